#pragma once

#include <Eigen/Core>

#include "sde/problem/hyperparameters.h"
#include "sde/problem/preconditioner.h"
#include "sde/problem/quadratic.h"

namespace adamsde {

/// An optimizer's SDE in the coordinates where its drift is diagonal (THEORY §3.1).
///
/// With y = Q^(−½)x the drift matrix is symmetric: K = S + λI (AdamW) or K = S + λQ (ℓ2-Adam),
/// S = Q^½ H Q^½, K = V diag(κ) Vᵀ. Modal coordinates are u = Vᵀ Q^(−½) (x − c), so that
///
///   du = −diag(κ) u dt + (noise of covariance Ĝ per unit time),  Ĝ = η Vᵀ Q^½ C Q^½ V.
struct ModalSystem {
  Hyperparameters hyper;
  Eigen::VectorXd center;  ///< c, length d
  Eigen::VectorXd curvatures;  ///< s = κ − λ ≥ 0 (AdamW, or λ = 0), without cancellation; else κ
  Eigen::VectorXd rates;       ///< κ ascending, per unit of SDE time; may be ≤ 0
  Eigen::MatrixXd to_modal;       ///< Vᵀ Q^(−½), d×d
  Eigen::MatrixXd from_modal;     ///< Q^½ V, d×d
  Eigen::MatrixXd noise;          ///< Ĝ, d×d, exactly symmetric
  bool noise_is_diagonal;         ///< Ĝ diagonal by structure: AdamW with C = H/b
  double preconditioner_log_det;  ///< log det Q

  [[nodiscard]] Eigen::Index Dimension() const { return rates.size(); }
};

/// Builds the modal system. Cost O(d³): one eigendecomposition of K.
///
/// Where C = H/b bit for bit and the optimizer is AdamW, Ĝ = (η/b) diag(κ−λ) is set exactly, and
/// eigenvalues of S that rounding made negative count as zero.
[[nodiscard]] ModalSystem MakeModalSystem(const QuadraticProblem& problem,
                                          const Hyperparameters& hyper,
                                          const Preconditioner& preconditioner);

/// The stationary mean c of THEORY §2: (QH + λI)⁻¹QHx* for AdamW, (H + λI)⁻¹Hx* for ℓ2-Adam;
/// x* at λ = 0. Cost O(d³).
[[nodiscard]] Eigen::VectorXd StationaryMean(const QuadraticProblem& problem,
                                             const Hyperparameters& hyper,
                                             const Preconditioner& preconditioner);

/// Throws unless min κ > 0, that is unless an attracting stationary law exists.
/// @throws std::domain_error  names the zero or negative rate.
void RequireStationary(const ModalSystem& system);

/// The largest stable Euler–Maruyama step: h is stable iff h < 2/max κ.
[[nodiscard]] double MaxStableStep(const ModalSystem& system);

/// The same SDE in linearly implicit Euler steps of h, written as the Euler–Maruyama steps of
/// another system: u' = (u + √h ξ)/(1 + hκ) = (1 − hκ')u + √h ξ' with κ' = κ/(1 + hκ) and
/// Ĝ'_ij = Ĝ_ij/((1 + hκ_i)(1 + hκ_j)). Stable for any h where κ > 0.
[[nodiscard]] ModalSystem ImplicitModalSystem(const ModalSystem& system, double time_step);

}  // namespace adamsde
