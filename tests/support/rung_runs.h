#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/ladder/sampled_rung.h"
#include "analysis/stationary/self_consistent.h"
#include "analysis/statistics/budget.h"
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
  /// Rung 6, or the same with n frozen at the fixed point.
  [[nodiscard]] SampledRung Run(const RungPlan& plan, SecondMoment second_moment) const {
    const auto gradients = MakeQuadraticGradients(quadratic, options.seed);
    UpdateRule rule = StationaryRule(hyper);
    rule.second_moment = second_moment;
    const bool frozen = second_moment == SecondMoment::kFrozen;
    const Eigen::VectorXd inverse_square = own.q.cwiseAbs2().cwiseInverse();
    const OptimizerStart start{.mean = own.law.mean,
                               .factor = FactorPsd(own.law.covariance),
                               .second_moment = frozen ? inverse_square : own.second_moment};
    return SampleRung(*gradients, rule, start, nearby, plan, options);
  }
};

/// ‖a − b‖/‖b‖ without what a's own noise adds to it.
inline double DistanceBeyondNoise(const SampledRung& a, const Eigen::MatrixXd& b) {
  const double distance = (a.law.covariance - b).norm() / b.norm();
  return std::sqrt(std::max(0.0, distance * distance - a.standard_error * a.standard_error));
}

}  // namespace adamsde::testing
