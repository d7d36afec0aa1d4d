#pragma once

#include "sde/problem/linear_model.h"

namespace adamsde {

/// F(x) = (1/2n) Σ (a_iᵀx − y_i)² + (r/2)‖x‖².
class LeastSquaresLoss final : public LinearModelLoss {
 public:
  /// @param features  n×d, rows a_iᵀ (an intercept is a column of ones)
  /// @param targets   y, length n
  /// @param ridge     r ≥ 0
  /// @throws std::invalid_argument  sizes differ, no rows, r < 0 or non-finite entries.
  LeastSquaresLoss(const Eigen::MatrixXd& features, const Eigen::VectorXd& targets, double ridge);

  /// By QR with column pivoting of the data matrix, columns scaled to unit length, and refinement
  /// with residuals in extended precision; never by the normal equations. Cost O(nd²).
  /// @throws std::domain_error  rank-deficient without ridge (names the rank).
  [[nodiscard]] Eigen::VectorXd Minimizer() const override;

 private:
  [[nodiscard]] double SampleValue(const double* z, const double* y) const override;
  void ToMean(double* z) const override;
  void CurvatureTimes(const double* mean, double* v) const override;
};

}  // namespace adamsde
