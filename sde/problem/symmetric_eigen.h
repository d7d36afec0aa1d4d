#pragma once

#include <Eigen/Core>

namespace adamsde {

/// X = V diag(w) Vᵀ with V orthogonal and w ascending.
struct SymmetricEigen {
  Eigen::VectorXd values;   ///< w, length d, ascending
  Eigen::MatrixXd vectors;  ///< V, d×d
};

/// Eigendecomposition of a symmetric matrix by LAPACK's divide and conquer (dsyevd, called
/// directly: 2–5 times Eigen's own). Only the lower triangle is read. Cost O(d³).
/// @throws std::domain_error  the iteration did not converge (non-finite input).
[[nodiscard]] SymmetricEigen DecomposeSymmetric(const Eigen::MatrixXd& x);

/// Eigenvalues only, ascending; about half the cost.
[[nodiscard]] Eigen::VectorXd SymmetricEigenvalues(const Eigen::MatrixXd& x);

}  // namespace adamsde
