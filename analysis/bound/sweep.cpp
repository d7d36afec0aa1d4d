#include "analysis/bound/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "analysis/bound/brent.h"
#include "analysis/stationary/laws.h"

namespace adamsde {
namespace {

void Validate(const SweepOptions& options) {
  adamsde::Validate(options.settings);
  if (!(options.lambda_min >= 0 && options.lambda_max > options.lambda_min &&
        std::isfinite(options.lambda_max))) {
    throw std::invalid_argument(
        fmt::format("lambda range [{}, {}] is not allowed (0 <= lambda-min < lambda-max)",
                    options.lambda_min, options.lambda_max));
  }
  if (options.points < 3) {
    throw std::invalid_argument(
        fmt::format("points = {} is not allowed (must be >= 3)", options.points));
  }
}

/// λ = 0 first if asked for, the others evenly spaced in log λ over at most six decades.
std::vector<double> Grid(const SweepOptions& options) {
  std::vector<double> grid;
  double low = options.lambda_min;
  if (low == 0) {
    grid.push_back(0);
    low = options.lambda_max * 1e-6;
  }
  const auto rest = options.points - static_cast<int>(grid.size());
  const double ratio = std::log(options.lambda_max / low);
  for (int i = 0; i < rest; ++i) {
    grid.push_back(low * std::exp(ratio * i / (rest - 1)));
  }
  grid.back() = options.lambda_max;
  return grid;
}

using Objective = std::function<double(const SweepPoint&)>;

SweepMinimum Refine(const BoundOfWeightDecay& bound, const std::vector<SweepPoint>& points,
                    const Objective& objective) {
  const auto best = std::min_element(
      points.begin(), points.end(),
      [&](const SweepPoint& a, const SweepPoint& b) { return objective(a) < objective(b); });
  SweepMinimum minimum{.lambda = best->lambda, .value = objective(*best)};
  if (best == points.begin() || best + 1 == points.end()) return minimum;
  const Minimum refined = FindMinimum([&](double lambda) { return objective(bound(lambda)); },
                                      (best - 1)->lambda, best->lambda, (best + 1)->lambda);
  if (refined.value < minimum.value) minimum = {.lambda = refined.at, .value = refined.value};
  return minimum;
}

}  // namespace

BoundOfWeightDecay::BoundOfWeightDecay(const QuadraticProblem& problem,
                                       const Hyperparameters& hyper,
                                       const Preconditioner& preconditioner,
                                       const SweepOptions& options)
    : problem_(problem), hyper_(hyper), preconditioner_(preconditioner), options_(options) {
  Hyperparameters zero = hyper;
  zero.weight_decay = 0;
  at_zero_ = MakeModalSystem(problem, zero, preconditioner);
  modal_minimizer_ = at_zero_.to_modal * problem.minimizer;
}

ModalSystem BoundOfWeightDecay::SystemAt(double lambda) const {
  Hyperparameters hyper = hyper_;
  hyper.weight_decay = lambda;
  if (hyper.optimizer == OptimizerKind::kL2Adam && lambda > 0) {
    return MakeModalSystem(problem_, hyper, preconditioner_);
  }
  ModalSystem system = at_zero_;
  system.hyper = hyper;
  system.rates.array() += lambda;
  if (lambda > 0) {
    const Eigen::VectorXd shift = lambda * modal_minimizer_.cwiseQuotient(system.rates);
    system.center -= system.from_modal * shift;
  }
  return system;
}

SweepPoint BoundOfWeightDecay::operator()(double lambda) const {
  const GaussianLaw law = StationaryLaw(SystemAt(lambda));
  if (!std::isfinite(law.log_det)) {
    throw std::domain_error(fmt::format(
        "infinite KL at weight-decay {:.6g} (the posterior covariance is singular) drop the "
        "directions without curvature, or add --ridge",
        lambda));
  }
  const Eigen::VectorXd& mean =
      options_.posterior_mean == PosteriorMean::kStationary ? law.mean : problem_.minimizer;
  const PosteriorSummary summary{
      .dimension = problem_.Dimension(),
      .log_det = law.log_det,
      .trace = law.covariance.trace(),
      .mean_square = mean.squaredNorm(),
      .minimizer_square = problem_.minimizer.squaredNorm(),
      .scale = hyper_.learning_rate / (2.0 * static_cast<double>(hyper_.batch_size))};
  const auto phi = [&](BoundConvention convention) {
    return PacBayesBound(summary, options_.settings, convention);
  };
  SweepPoint point{
      .lambda = lambda,
      .err = phi(BoundConvention::kDerived).err,
      .phi_derived = phi(BoundConvention::kDerived).phi,
      .phi_printed = phi(BoundConvention::kPrinted).phi,
      .phi_literal = phi(BoundConvention::kLiteral).phi,
      .risk = QuadraticRisk(problem_.hessian, problem_.minimizer, mean, law.covariance),
      .risk_plus_phi = 0,
      .trace = summary.trace,
      .log_det = summary.log_det};
  point.risk_plus_phi = point.risk + Phi(point);
  return point;
}

double BoundOfWeightDecay::Phi(const SweepPoint& point) const {
  switch (options_.convention) {
    case BoundConvention::kPrinted:
      return point.phi_printed;
    case BoundConvention::kLiteral:
      return point.phi_literal;
    case BoundConvention::kDerived:
      break;
  }
  return point.phi_derived;
}

std::optional<double> BoundOfWeightDecay::Criterion() const {
  const bool paper = hyper_.optimizer == OptimizerKind::kAdamW && at_zero_.noise_is_diagonal;
  if (!paper || !(at_zero_.curvatures(0) > 0)) return std::nullopt;
  const double kappa0 = hyper_.learning_rate / (2.0 * static_cast<double>(hyper_.batch_size) *
                                                options_.settings.prior_variance);
  const Eigen::ArrayXd w = at_zero_.from_modal.colwise().squaredNorm().transpose();
  return ((1 - kappa0 * w) / at_zero_.curvatures.array()).sum();
}

Sweep SweepWeightDecay(const QuadraticProblem& problem, const Hyperparameters& hyper,
                       const Preconditioner& preconditioner, const SweepOptions& options) {
  Validate(options);
  const BoundOfWeightDecay bound(problem, hyper, preconditioner, options);
  Sweep sweep;
  for (const double lambda : Grid(options)) sweep.points.push_back(bound(lambda));
  sweep.err = Refine(bound, sweep.points, [](const SweepPoint& p) { return p.err; });
  sweep.phi = Refine(bound, sweep.points, [&](const SweepPoint& p) { return bound.Phi(p); });
  sweep.risk_plus_phi =
      Refine(bound, sweep.points, [](const SweepPoint& p) { return p.risk_plus_phi; });
  sweep.interior = sweep.err.lambda > 0;
  sweep.criterion = bound.Criterion();
  return sweep;
}

}  // namespace adamsde
