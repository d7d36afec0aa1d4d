#pragma once

#include "analysis/ladder/sampled_rung.h"
#include "sde/optimizer/gradient_source.h"
#include "sde/optimizer/optimizer_chains.h"

namespace adamsde {

/// The linear optimizer of rung 5: q frozen. Its law is known, so it is the control of what runs
/// near it.
struct FrozenOptimizer {
  Hyperparameters hyper;
  ModalSystem modal;
  GaussianLaw law;
  OptimizerStart start;  ///< stationary in x and m; n = 1/q²
};

/// @param quadratic  with the covariance of the noise that will drive it
/// @throws std::domain_error  no stationary law, or an unstable learning rate.
[[nodiscard]] FrozenOptimizer MakeFrozenOptimizer(const QuadraticProblem& quadratic,
                                                  const Hyperparameters& hyper,
                                                  const Eigen::VectorXd& q);

/// A start with a law's mean and spreads, the frozen optimizer's correlations and first moments,
/// and E[n].
[[nodiscard]] OptimizerStart StartNear(const FrozenOptimizer& frozen, const GaussianLaw& law,
                                       const Eigen::VectorXd& second_moment);

/// Runs the optimizer itself, n evolving, on `gradients`.
/// @param control_gradients  the same randomness on the quadratic, for the frozen optimizer beside
///                           it; null: no control, and `plan` counts on none
[[nodiscard]] SampledRung SampleOptimizer(const GradientSource& gradients,
                                          const GradientSource* control_gradients,
                                          const FrozenOptimizer& frozen,
                                          const OptimizerStart& start, const RungPlan& plan,
                                          const LadderOptions& options);

/// L with L Lᵀ = X, d×rank, for a covariance that rounding may have made indefinite: eigenvalues
/// that are not positive beyond rounding, after scaling to unit diagonal, count as zero. O(d³).
[[nodiscard]] Eigen::MatrixXd FactorNearlyPsd(const Eigen::MatrixXd& x);

}  // namespace adamsde
