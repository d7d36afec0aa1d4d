#pragma once

#include <Eigen/Core>
#include <limits>

#include "analysis/stationary/lyapunov.h"
#include "sde/problem/quadratic.h"
#include "sde/process/linear_sde.h"
#include "sde/process/modal_system.h"

namespace adamsde {

// What rounding makes of the closed forms: first-order bounds with the usual size of the constants
// (kRounding for a symmetric eigendecomposition or a Schur form), so that |error| <= estimate on
// everything that was tried and mostly within two digits of it.

/// The distance from 1 to the next double, 2⁻⁵².
inline constexpr double kEps = std::numeric_limits<double>::epsilon();

/// Relative backward error to expect of an eigendecomposition: 25·eps. A law feels it twice, in its
/// drift and in its noise: 50·eps·fastest/slowest rate where nothing else matters.
inline constexpr double kRounding = 25 * kEps;

/// Decimal digits that a relative error leaves: −log₁₀, between 0 and a double's 15.65.
[[nodiscard]] double DigitsOf(double relative_error);

/// How a stationary law follows from its noise: N̂ = Ĝ∘factor in modal coordinates.
struct ModalResponse {
  Eigen::MatrixXd factor;  ///< d×d; only its diagonal where the noise is diagonal
  Eigen::VectorXd slope;   ///< d log factor_ii / dκ_i
};

/// Of M = from_modal·N̂·from_modalᵀ: ‖δM‖_F/‖M‖_F. With δK and δG of relative size kRounding,
///
///   ‖δN̂‖ ≤ max factor·(‖δG‖ + 2‖δK‖‖N̂‖), carried to M by the largest entry of Q;
///
/// where C = H/b, N̂ is a function of K alone and its derivative replaces both. Cost O(d²).
[[nodiscard]] double EstimateCovarianceError(const ModalSystem& system,
                                             const ModalResponse& response,
                                             const Eigen::MatrixXd& modal,
                                             const Eigen::MatrixXd& covariance);

/// |δ log det M| of a regular M: δ log det N̂ = Tr(Y δG) − 2 Tr(N̂ Y δK), Y = N̂⁻¹∘factor; where
/// C = H/b by the derivative again. Cost O(d³).
[[nodiscard]] double EstimateLogDetError(const ModalSystem& system, const ModalResponse& response,
                                         const Eigen::MatrixXd& modal);

/// Of a mean c = x* − shift, in ‖·‖₂: the shift is a solve with K.
[[nodiscard]] double EstimateMeanError(const ModalSystem& system, const Eigen::VectorXd& minimizer);

/// Of E[F − F*] = ½ shiftᵀH shift + ½ Tr(HM), whose terms may cancel in the second sum.
/// @param relative_error  of the covariance
[[nodiscard]] double EstimateRiskError(const ModalSystem& system, const QuadraticProblem& problem,
                                       const Eigen::MatrixXd& covariance, double relative_error);

/// ‖δM‖_F/‖M‖_F of M in A M + M Aᵀ − h A M Aᵀ = B Bᵀ, with L that operator:
/// ‖δM‖ ≤ ‖L⁻¹‖(2‖δA‖‖M‖‖I − hA‖ + ‖δBBᵀ‖). [HewerKenney1988]
[[nodiscard]] double EstimateLyapunovError(const LinearSde& sde, double time_step,
                                           const LyapunovSolution& solution);

/// |δ log det M| of a regular M of which nothing but its relative error is known:
/// ‖δM‖ Tr M⁻¹. Cost O(d³).
[[nodiscard]] double EstimateLogDetError(const Eigen::MatrixXd& covariance, double relative_error);

}  // namespace adamsde
