#pragma once

#include <Eigen/Core>

#include "sde/process/linear_sde.h"

namespace adamsde {

/// Stationary covariance of dx = −A (x−c) dt + B dW, for any A.
///
/// Solves A M + M Aᵀ = B Bᵀ by Bartels–Stewart on the complex Schur form of A. Unique iff every
/// eigenvalue of A has positive real part; then M is symmetric and positive semidefinite. Cost
/// O(d³).
///
/// @return d×d, exactly symmetric.
/// @throws std::domain_error  an eigenvalue of A has real part ≤ 0: no stationary law (names it).
/// See [BartelsStewart1972] and THEORY §3.1.
[[nodiscard]] Eigen::MatrixXd StationaryCovariance(const LinearSde& sde);

/// Stationary covariance of Euler–Maruyama with step h on the same SDE:
/// (I−hA) M (I−hA)ᵀ + h BBᵀ = M, solved in the form without cancellation
/// A M + M Aᵀ − h A M Aᵀ = B Bᵀ.
///
/// @throws std::domain_error  no stationary law, or h not below min 2 Re α/|α|² (gives the limit).
[[nodiscard]] Eigen::MatrixXd EulerMaruyamaCovariance(const LinearSde& sde, double time_step);

/// Either of them (h = 0: the SDE's own), and the norm of the inverse of its operator: its largest
/// value, in ‖·‖₂, is at the identity, since it maps positive semidefinite to positive
/// semidefinite.
struct LyapunovSolution {
  Eigen::MatrixXd covariance;
  double inverse_norm = 0;  ///< ‖X‖_F ≥ ‖X‖₂ of X with I in place of B Bᵀ
};
[[nodiscard]] LyapunovSolution SolveLyapunov(const LinearSde& sde, double time_step);

}  // namespace adamsde
