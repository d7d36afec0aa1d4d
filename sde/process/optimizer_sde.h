#pragma once

#include "sde/problem/hyperparameters.h"
#include "sde/problem/preconditioner.h"
#include "sde/problem/quadratic.h"
#include "sde/process/linear_sde.h"

namespace adamsde {

/// The linear SDE of an optimizer with frozen preconditioner Q on a quadratic loss (THEORY §2):
///
///   AdamW:    A = QH + λI,   c = (QH + λI)⁻¹ Q H x*
///   ℓ2-Adam:  A = Q(H + λI), c = (H + λI)⁻¹ H x*
///   both:     B = √η Q C^½
///
/// in the original coordinates, per unit of SDE time t = η·iteration. C^½ is any d×k factor of C,
/// k = rank C. Uses none of §3.1's coordinates except for c, whose formula is solved in them.
/// Where H is singular and λ = 0, c is x* (its component in H's null space does not move).
///
/// Cost O(d³).
[[nodiscard]] LinearSde MakeOptimizerSde(const QuadraticProblem& problem,
                                         const Hyperparameters& hyper,
                                         const Preconditioner& preconditioner);

/// The same where c is known already, which saves an eigendecomposition.
[[nodiscard]] LinearSde MakeOptimizerSde(const QuadraticProblem& problem,
                                         const Hyperparameters& hyper,
                                         const Preconditioner& preconditioner,
                                         const Eigen::VectorXd& center);

}  // namespace adamsde
