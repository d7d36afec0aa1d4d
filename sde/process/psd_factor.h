#pragma once

#include <Eigen/Core>

namespace adamsde {

/// A factor L of a symmetric PSD matrix, X = L Lᵀ: d×d lower triangular (Cholesky) where X is
/// positive definite, else d×rank from the eigendecomposition. X is scaled to unit diagonal first,
/// so that rounding is relative to each component's own scale; eigenvalues within rounding of zero
/// (d·1e-15 of the largest, after scaling) are dropped, and one more negative than `error` is an
/// error.
///
/// Cost O(d³).
/// @param error  of X as it was computed, relative to its diagonal
/// @throws std::invalid_argument  X is indefinite beyond that; names the eigenvalue.
[[nodiscard]] Eigen::MatrixXd FactorPsd(const Eigen::MatrixXd& x, double error = 1e-10);

}  // namespace adamsde
