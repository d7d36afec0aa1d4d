#include "analysis/bound/alternatives.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "analysis/bound/brent.h"
#include "sde/problem/hyperparameters.h"

namespace adamsde {

double BinaryKl(double empirical, double p) {
  const double left = empirical > 0 ? empirical * std::log(empirical / p) : 0.0;
  const double right = empirical < 1 ? (1 - empirical) * std::log((1 - empirical) / (1 - p)) : 0.0;
  return left + right;
}

double BinaryKlInverse(double empirical, double c) {
  if (!(c > 0) || empirical >= 1) return empirical;
  if (empirical <= 0) return -std::expm1(-c);
  const double top = 1 - std::numeric_limits<double>::epsilon() / 2;
  if (BinaryKl(empirical, top) <= c) return 1;
  return FindRoot([&](double p) { return BinaryKl(empirical, p) - c; }, empirical, top);
}

RiskBounds BoundRisk(double kl, double num_samples, double failure_probability,
                     double empirical_risk, double catoni_parameter) {
  if (!(empirical_risk >= 0 && empirical_risk <= 1)) {
    throw std::invalid_argument(
        fmt::format("empirical-risk = {} is not allowed (must be in [0, 1])", empirical_risk));
  }
  RequirePositive("catoni-parameter", catoni_parameter);
  const double complexity =
      (kl + std::log(2 * std::sqrt(num_samples) / failure_probability)) / num_samples;
  const double catoni_complexity = (kl - std::log(failure_probability)) / num_samples;
  const double gamma = catoni_parameter;
  return {.maurer = empirical_risk + std::sqrt(complexity / 2),
          .seeger = BinaryKlInverse(empirical_risk, complexity),
          .catoni = std::expm1(-gamma * empirical_risk - catoni_complexity) / std::expm1(-gamma)};
}

}  // namespace adamsde
