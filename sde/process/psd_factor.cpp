#include "sde/process/psd_factor.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <stdexcept>

#include "sde/problem/symmetric_eigen.h"

namespace adamsde {

Eigen::MatrixXd FactorPsd(const Eigen::MatrixXd& x, double error) {
  Eigen::VectorXd scale = x.diagonal().cwiseMax(0.0).cwiseSqrt();
  scale = (scale.array() > 0).select(scale, 1.0);
  const Eigen::VectorXd inverse = scale.cwiseInverse();
  const Eigen::MatrixXd scaled = inverse.asDiagonal() * x * inverse.asDiagonal();
  const double rounding = 1e-15 * static_cast<double>(x.rows());
  const Eigen::LLT<Eigen::MatrixXd> llt(scaled);
  if (llt.info() == Eigen::Success && llt.matrixLLT().diagonal().minCoeff() > std::sqrt(rounding)) {
    return scale.asDiagonal() * Eigen::MatrixXd(llt.matrixL());
  }
  const SymmetricEigen eigen = DecomposeSymmetric(scaled);
  const double top = std::max(eigen.values.maxCoeff(), 0.0);
  if (eigen.values(0) < -error * std::max(top, 1.0)) {
    throw std::invalid_argument(fmt::format(
        "covariance is indefinite (eigenvalue {:.6g} of {:.6g} after scaling to unit diagonal)",
        eigen.values(0), top));
  }
  const Eigen::Index rank = (eigen.values.array() > rounding * top).count();
  return scale.asDiagonal() * eigen.vectors.rightCols(rank) *
         eigen.values.tail(rank).cwiseSqrt().asDiagonal();
}

}  // namespace adamsde
