#include "analysis/statistics/whitening.h"

#include <algorithm>

#include "sde/problem/symmetric_eigen.h"

namespace adamsde {

Whitening Whiten(const Eigen::MatrixXd& covariance, double relative_error) {
  Eigen::VectorXd scale = covariance.diagonal().cwiseMax(0.0).cwiseSqrt();
  scale = (scale.array() > 0).select(scale, 1.0);
  const Eigen::VectorXd inverse_scale = scale.cwiseInverse();
  const SymmetricEigen eigen =
      DecomposeSymmetric(inverse_scale.asDiagonal() * covariance * inverse_scale.asDiagonal());
  const double cutoff =
      std::clamp(relative_error, 1e-12, 1e-2) * std::max(eigen.values.maxCoeff(), 0.0);
  const Eigen::Index r = (eigen.values.array() > cutoff).count();
  const Eigen::VectorXd root = eigen.values.tail(r).cwiseSqrt();
  const auto vectors = eigen.vectors.rightCols(r);
  return {.from_working = scale.asDiagonal() * vectors * root.asDiagonal(),
          .to_working =
              root.cwiseInverse().asDiagonal() * vectors.transpose() * inverse_scale.asDiagonal()};
}

}  // namespace adamsde
