#include "analysis/bound/alternatives.h"

#include <fmt/format.h>
#include <gsl/gsl_sf_log.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "analysis/bound/brent.h"
#include "sde/problem/hyperparameters.h"

namespace adamsde {

namespace {

/// kl(r‖r+Δ) for Δ below half of r and of 1 − r: with φ(x) = x − log(1+x) the linear terms cancel
/// by themselves, kl = r φ(Δ/r) + (1−r) φ(−Δ/(1−r)).
double KlOfDifference(double r, double difference) {
  return -r * gsl_sf_log_1plusx_mx(difference / r) -
         (1 - r) * gsl_sf_log_1plusx_mx(-difference / (1 - r));
}

bool IsNear(double r, double difference) { return std::abs(difference) < 0.5 * std::min(r, 1 - r); }

double Catoni(double kl, double n, double tau, double risk, double gamma) {
  return std::expm1(-gamma * risk - (kl - std::log(tau)) / n) / std::expm1(-gamma);
}

void RequireRisk(double empirical_risk) {
  if (!(empirical_risk >= 0 && empirical_risk <= 1)) {
    throw std::invalid_argument(
        fmt::format("empirical-risk = {} is not allowed (must be in [0, 1])", empirical_risk));
  }
}

}  // namespace

double BinaryKl(double empirical, double p) {
  const double r = empirical;
  if (r <= 0) return -std::log1p(-p);
  if (r >= 1) return -std::log(p);
  if (IsNear(r, p - r)) return KlOfDifference(r, p - r);
  // By p − r where p is small, by 1 − p where it is near 1: either way the logarithm keeps its
  // digits.
  const double moved = (p - r) / (1 - r);
  const double rest = moved < 0.5 ? std::log1p(-moved) : std::log((1 - p) / (1 - r));
  return r * std::log(r / p) - (1 - r) * rest;
}

double BinaryKlInverse(double empirical, double c) {
  const double r = empirical;
  if (!(c > 0) || r >= 1) return r;
  if (r <= 0) return -std::expm1(-c);
  const double top = 1 - std::numeric_limits<double>::epsilon() / 2;
  if (r >= top || BinaryKl(r, top) <= c) return 1;
  // Pinsker: p − r̂ ≤ √(c/2). Where p stays near r̂, the difference keeps the digits that p loses.
  const double most = std::sqrt(c / 2) * (1 + 1e-12);
  if (!IsNear(r, most)) {
    return FindRoot([&](double p) { return BinaryKl(r, p) - c; }, r, top);
  }
  return r + FindRoot([&](double x) { return x > 0 ? KlOfDifference(r, x) - c : -c; }, 0, most);
}

CatoniOverGrid BoundRiskByCatoniGrid(double kl, double num_samples, double failure_probability,
                                     double empirical_risk, std::span<const double> parameters) {
  RequireRisk(empirical_risk);
  const double each = failure_probability / static_cast<double>(parameters.size());
  CatoniOverGrid best{.bound = std::numeric_limits<double>::infinity()};
  for (const double gamma : parameters) {
    RequirePositive("catoni-grid", gamma);
    const double bound = Catoni(kl, num_samples, each, empirical_risk, gamma);
    if (bound < best.bound) best = {.bound = bound, .parameter = gamma};
  }
  return best;
}

RiskBounds BoundRisk(double kl, double num_samples, double failure_probability,
                     double empirical_risk, double catoni_parameter) {
  RequireRisk(empirical_risk);
  RequirePositive("catoni-parameter", catoni_parameter);
  const double complexity =
      (kl + std::log(2 * std::sqrt(num_samples) / failure_probability)) / num_samples;
  return {.maurer = empirical_risk + std::sqrt(complexity / 2),
          .seeger = BinaryKlInverse(empirical_risk, complexity),
          .catoni = Catoni(kl, num_samples, failure_probability, empirical_risk, catoni_parameter)};
}

}  // namespace adamsde
