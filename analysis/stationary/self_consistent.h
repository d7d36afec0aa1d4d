#pragma once

#include <Eigen/Core>

#include "analysis/stationary/laws.h"
#include "sde/problem/preconditioner.h"
#include "sde/problem/quadratic.h"

namespace adamsde {

/// The preconditioner that the optimizer's own n_t settles to on a quadratic (THEORY §2): the fixed
/// point q_i = (E[g_i²] + δ)^(−½) (InverseRoot), with
///
///   E[g gᵀ] = C + H (M + (c−x*)(c−x*)ᵀ) H       AdamW
///   E[g gᵀ] = C + (H+λI) M (H+λI)               ℓ2-Adam, whose gradient has mean zero at c
///
/// and M = M(q) the law of the optimizer actually run: §3.4's for β₁ < 1, M_h with h = η for β₁
/// = 1.
struct SelfConsistentPreconditioner {
  Eigen::VectorXd q;              ///< length d
  Eigen::VectorXd second_moment;  ///< E[g_i²] at that q: what n_t settles to
  GaussianLaw law;                ///< of the optimizer with this q frozen
  int iterations = 0;             ///< laws evaluated
  double residual = 0;            ///< max_i |log q_i − log T(q)_i| at the end
};

/// Iterates in log q with Anderson acceleration, damped; an iterate without a stationary law counts
/// as E = ∞, so the fixed point may be stable where `minibatch` is not. Cost O(d³) per iteration,
/// some ten of them.
/// @throws std::domain_error  no iterate has a law (says so), or no convergence to 1e-9.
[[nodiscard]] SelfConsistentPreconditioner FindSelfConsistentPreconditioner(
    const QuadraticProblem& problem, const Hyperparameters& hyper);

/// The stationary law of the discrete optimizer with frozen Q: §3.4's, or M_h at h = η for β₁ = 1.
/// @throws std::domain_error  no stationary law, or an unstable learning rate.
[[nodiscard]] GaussianLaw OptimizerLaw(const ModalSystem& system);

/// E[g_i²] of the optimizer's gradients under a law of its positions. Cost O(d³).
[[nodiscard]] Eigen::VectorXd GradientSecondMoment(const QuadraticProblem& problem,
                                                   const Hyperparameters& hyper,
                                                   const GaussianLaw& law);

}  // namespace adamsde
