#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/ladder/frozen_optimizer.h"
#include "analysis/stationary/self_consistent.h"
#include "analysis/statistics/budget.h"
#include "analysis/statistics/comparison.h"
#include "sde/process/psd_factor.h"

namespace adamsde::testing {

/// An optimizer on a quadratic with its self-consistent preconditioner: rung 5, and samples near
/// it.
struct RungSetting {
  QuadraticProblem quadratic;
  Hyperparameters hyper;
  LadderOptions options;
  SelfConsistentPreconditioner own;
  ModalSystem nearby;

  RungSetting(QuadraticProblem problem, const Hyperparameters& h, double target_error)
      : quadratic(std::move(problem)),
        hyper(h),
        own(FindSelfConsistentPreconditioner(quadratic, hyper)),
        nearby(MakeModalSystem(quadratic, hyper, Preconditioner::Diagonal(own.q))) {
    options.target_error = target_error;
  }

  [[nodiscard]] RungPlan Plan() const {
    return PlanRung(nearby, 1 / hyper.beta2, LinearStepCost(nearby.Dimension()), options);
  }
  /// Rung 6, or the same with n frozen at the fixed point, without a control.
  [[nodiscard]] SampledRung Run(const RungPlan& plan, SecondMoment second_moment) const {
    const auto gradients = MakeQuadraticGradients(quadratic, options.seed);
    UpdateRule rule = StationaryRule(hyper);
    rule.second_moment = second_moment;
    const bool frozen = second_moment == SecondMoment::kFrozen;
    const Eigen::VectorXd inverse_square = own.q.cwiseAbs2().cwiseInverse();
    const OptimizerStart start{.mean = own.law.mean,
                               .factor = FactorPsd(own.law.covariance),
                               .second_moment = frozen ? inverse_square : own.second_moment};
    const OptimizerChains chains(*gradients, rule, start, nearby.center, options.seed,
                                 kStationaryStep);
    return SampleRung(chains, nullptr, nearby, plan, options);
  }
  /// Rung 6 beside rung 5 on the same random numbers.
  [[nodiscard]] SampledRung RunControlled(const RungPlan& plan) const {
    const auto gradients = MakeQuadraticGradients(quadratic, options.seed);
    const FrozenOptimizer frozen = MakeFrozenOptimizer(quadratic, hyper, own.q);
    return SampleOptimizer(*gradients, gradients.get(), frozen,
                           StartNear(frozen, own.law, own.second_moment), plan, options);
  }
};

/// Issue 3's: small steps, strong decay.
inline Hyperparameters IssueHyper(std::int64_t batch_size) {
  return {.learning_rate = 2e-3,
          .weight_decay = 0.5,
          .batch_size = batch_size,
          .beta1 = 0.1,
          .beta2 = 1e-3,
          .delta = 1e-8};
}

/// Diagonal H over two and a half decades, C = H/b.
inline QuadraticProblem DiagonalProblem(double b, double minimizer) {
  const Eigen::Vector4d h(0.01, 0.1, 0.5, 3.0);
  return {.hessian = h.asDiagonal(),
          .minimizer = Eigen::Vector4d::Constant(minimizer),
          .gradient_noise = (h / b).asDiagonal()};
}

/// Largest |z| of a sampled covariance against a law, by the sample's own standard errors.
inline double LargestZ(const SampledRung& rung, const Eigen::MatrixXd& law) {
  const SampleEstimate estimate = EstimateSample(rung.groups, rung.origin);
  return (estimate.covariance - law)
      .cwiseAbs()
      .cwiseQuotient(estimate.covariance_stderr)
      .maxCoeff();
}

/// ‖a − b‖/‖b‖ without what a's own noise adds to it.
inline double DistanceBeyondNoise(const SampledRung& a, const Eigen::MatrixXd& b) {
  const double distance = (a.law.covariance - b).norm() / b.norm();
  return std::sqrt(std::max(0.0, distance * distance - a.standard_error * a.standard_error));
}

}  // namespace adamsde::testing
