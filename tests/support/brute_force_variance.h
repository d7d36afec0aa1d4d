#pragma once

#include <Eigen/Core>
#include <cmath>
#include <cstdint>

#include "analysis/stationary/lyapunov.h"
#include "analysis/statistics/record_law.h"
#include "sde/process/gaussian_kernel.h"

namespace adamsde::testing {

/// Var Ĉ_ij of records with these lags: Σ over all pairs of times of Isserlis' products.
/// @param m  covariance of a record
/// @param f  transition from record to record
inline Eigen::MatrixXd BruteForceVariance(const Eigen::MatrixXd& m, const Eigen::MatrixXd& f,
                                          const Averaging& averaging) {
  const Eigen::Index d = m.rows();
  Eigen::MatrixXd variance = Eigen::MatrixXd::Zero(d, d);
  for (std::int64_t s = 0; s < averaging.records; ++s) {
    for (std::int64_t t = 0; t < averaging.records; ++t) {
      Eigen::MatrixXd r = m;
      for (std::int64_t k = 0; k < std::abs(s - t); ++k) r = (f * r).eval();
      if (t < s) r.transposeInPlace();
      variance += r.diagonal() * r.diagonal().transpose() + r.cwiseProduct(r.transpose());
    }
  }
  const auto records = static_cast<double>(averaging.records);
  return variance / (static_cast<double>(averaging.chains) * records * records);
}

/// Of Euler–Maruyama chains recorded `every` steps, in the original coordinates.
inline Eigen::MatrixXd BruteForceVariance(const LinearSde& sde, double h, std::int64_t every,
                                          const Averaging& averaging) {
  const Eigen::MatrixXd m = EulerMaruyamaCovariance(sde, h);
  const Eigen::MatrixXd f =
      Eigen::MatrixXd::Identity(m.rows(), m.rows()) + LeapKernel(sde, h, every).increment;
  return BruteForceVariance(m, f, averaging);
}

}  // namespace adamsde::testing
