#pragma once

#include <Eigen/Core>

#include "analysis/stationary/errors.h"
#include "sde/process/modal_system.h"

namespace adamsde {

/// One mode of the discrete optimizer with momentum, in (u, w) with w = ηm, of one scale:
/// (u', w')ᵀ = (I + increment)(u, w)ᵀ + drive·g, the gradient noise of the mode as g (THEORY §3.4).
struct MomentumBlock {
  Eigen::Matrix2d increment;  ///< f_i − I
  Eigen::Vector2d drive;      ///< ηβ₁(−1, 1)
};

/// @param mode  0-based, ascending in rate.
[[nodiscard]] MomentumBlock MakeMomentumBlock(const ModalSystem& system, Eigen::Index mode);

/// Whether the discrete optimizer with momentum has a stationary law: min κ > 0, and AdamW
/// ηβ₁ max s < (2−β₁)(2−ηλ), ℓ2-Adam ηβ₁ max κ < 2(2−β₁).
[[nodiscard]] bool MomentumIsStable(const ModalSystem& system);

/// The modal positions under momentum: N̂_ij is the (1,1) entry of the solution of
/// P = f_i P f_jᵀ + Ĉ_ij g gᵀ, Ĉ = Ĝ/η. Cost O(d²).
/// @throws std::domain_error  no stationary law, or unstable (gives the limit).
[[nodiscard]] ModalResponse MomentumResponse(const ModalSystem& system);

/// The stationary law of positions and first moments of the optimizer together, in the original
/// coordinates. AdamW's m has mean H(c − x*) = −λ q⁻¹∘c, ℓ2-Adam's has mean zero.
struct PhaseLaw {
  Eigen::VectorXd mean;        ///< (c, E[m]), length 2d
  Eigen::MatrixXd covariance;  ///< of (x, m), 2d×2d, exactly symmetric
};
/// @param q  the diagonal preconditioner behind `system`
/// @throws as MomentumResponse.
[[nodiscard]] PhaseLaw MomentumPhaseLaw(const ModalSystem& system, const Eigen::VectorXd& q);

}  // namespace adamsde
