#pragma once

#include <Eigen/Core>

#include "sde/process/linear_sde.h"
#include "sde/process/modal_system.h"

namespace adamsde {

/// A stationary Gaussian law N(μ, M) in the original coordinates.
struct GaussianLaw {
  Eigen::VectorXd mean;        ///< μ, length d
  Eigen::MatrixXd covariance;  ///< M, d×d, exactly symmetric
  double log_det = 0;          ///< log det M from the modal factors; −inf where M is singular
  double digits = 0;           ///< estimate: ‖δM‖_F/‖M‖_F is at most 10^(−digits)
  double log_det_error = 0;    ///< estimate of |δ log det M|
};

/// Covariance of the modal coordinates u (THEORY §3.1):
///
///   N̂_ij = Ĝ_ij / (κ_i + κ_j − h κ_i κ_j),   h = 0: the SDE's own; h > 0: Euler–Maruyama's, exact.
///
/// @throws std::domain_error  no stationary law (some κ ≤ 0), or h ≥ 2/max κ (gives the limit).
[[nodiscard]] Eigen::MatrixXd ModalCovariance(const ModalSystem& system, double time_step);

/// The SDE's own stationary law: M = Q^½ V N̂ Vᵀ Q^½ solves A M + M Aᵀ = η Q C Q. Cost O(d³).
/// @throws std::domain_error  no stationary law: names the rate ≤ 0.
[[nodiscard]] GaussianLaw StationaryLaw(const ModalSystem& system);

/// The stationary law of Euler–Maruyama with step h, exact:
/// (I−hA) M_h (I−hA)ᵀ + h η Q C Q = M_h. With h = η it is the discrete optimizer with frozen Q and
/// β₁ = 1. Cost O(d³).
/// @throws std::domain_error  no stationary law, or an unstable step (gives the limit).
[[nodiscard]] GaussianLaw EulerMaruyamaLaw(const ModalSystem& system, double time_step);

/// The stationary law of the positions of the discrete optimizer with momentum β₁ and frozen Q
/// (THEORY §3.4): m' = (1−β₁)m + β₁g, x' = x − ηQm' − ηλx (AdamW; ℓ2-Adam: g includes λx and the
/// last term is absent). Modes decouple into 2×2 blocks f_i; each pair (i, j) solves
/// P = f_i P f_jᵀ + Ĉ_ij g gᵀ, a 4×4 linear system, in extended precision. Cost O(d³).
/// @throws std::domain_error  no stationary law, or an unstable learning rate (gives the limit).
[[nodiscard]] GaussianLaw MomentumLaw(const ModalSystem& system);

/// The stationary law of a general linear SDE (h = 0), or of Euler–Maruyama on it. Cost O(d³).
/// @throws as StationaryCovariance and EulerMaruyamaCovariance.
[[nodiscard]] GaussianLaw GeneralLaw(const LinearSde& sde, double time_step);

/// Whether row i of a computed covariance is rounding: a parameter without noise whose coordinates
/// were rotated there and back. Its variance is below (d·eps)² of the largest, and it has nonzero
/// covariances, which a parameter that merely has a small scale of its own need not have.
[[nodiscard]] bool HoldsOnlyRounding(const Eigen::MatrixXd& covariance, Eigen::Index i);

/// log det M of a covariance from its correlations, whose rank does not depend on scales; −inf
/// where it is singular to a double's precision.
[[nodiscard]] double LogDetOfCovariance(const Eigen::MatrixXd& covariance);

/// log det M = log det Q + log det N̂ for a modal covariance; −inf where N̂ is singular.
[[nodiscard]] double LogDetFromModal(const ModalSystem& system, const Eigen::MatrixXd& modal);

}  // namespace adamsde
