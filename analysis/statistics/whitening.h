#pragma once

#include <Eigen/Core>

namespace adamsde {

/// Coordinates u = W⁺(x − c) in which a covariance M = W Wᵀ of rank r is I_r.
struct Whitening {
  Eigen::MatrixXd from_working;  ///< W, d×r
  Eigen::MatrixXd to_working;    ///< W⁺, r×d
};

/// From the eigendecomposition of M scaled to unit diagonal; directions below 1e-12 of the largest
/// eigenvalue there, or below M's own relative error where that is more (up to 1 %), count as
/// having no variance. Cost O(d³).
[[nodiscard]] Whitening Whiten(const Eigen::MatrixXd& covariance, double relative_error = 0);

}  // namespace adamsde
