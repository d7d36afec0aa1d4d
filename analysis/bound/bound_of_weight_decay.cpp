#include "analysis/bound/bound_of_weight_decay.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <utility>

#include "analysis/stationary/laws.h"

namespace adamsde {
namespace {

ModalSystem SystemWithoutDecay(const QuadraticProblem& problem, Hyperparameters hyper,
                               const Preconditioner& preconditioner) {
  hyper.weight_decay = 0;
  return MakeModalSystem(problem, hyper, preconditioner);
}

}  // namespace

BoundOfWeightDecay::BoundOfWeightDecay(const QuadraticProblem& problem,
                                       const Hyperparameters& hyper,
                                       const Preconditioner& preconditioner, SweepOptions options)
    : problem_(problem),
      hyper_(hyper),
      preconditioner_(preconditioner),
      options_(std::move(options)),
      at_zero_(SystemWithoutDecay(problem, hyper, preconditioner)),
      modal_minimizer_(at_zero_.to_modal * problem.minimizer) {}

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
  GaussianLaw law = StationaryLaw(SystemAt(lambda));
  Eigen::Index dimension = problem_.Dimension();
  if (!std::isfinite(law.log_det) && options_.range_only) {
    const RangeSummary range = SummarizeRange(law.covariance);
    dimension = range.rank;
    law.log_det = range.log_det;
  }
  if (!std::isfinite(law.log_det)) {
    throw std::domain_error(fmt::format(
        "infinite KL at weight-decay {:.6g} (the posterior covariance is singular) drop the "
        "directions without curvature, add --ridge, or use --range-only",
        lambda));
  }
  const Eigen::VectorXd& mean =
      options_.posterior_mean == PosteriorMean::kStationary ? law.mean : problem_.minimizer;
  const PosteriorSummary summary{
      .dimension = dimension,
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

}  // namespace adamsde
