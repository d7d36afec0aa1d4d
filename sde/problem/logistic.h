#pragma once

#include "sde/problem/linear_model.h"

namespace adamsde {

/// F(x) = (1/n) Σ [log(1 + e^{z_i}) − y_i z_i] + (r/2)‖x‖², z_i = a_iᵀx, labels y_i in {0, 1}.
class LogisticLoss final : public LinearModelLoss {
 public:
  /// @param features  n×d, rows a_iᵀ (an intercept is a column of ones)
  /// @param labels    length n, each 0 or 1
  /// @param ridge     r ≥ 0
  /// @throws std::invalid_argument  sizes differ, a label that is neither 0 nor 1, r < 0.
  LogisticLoss(const Eigen::MatrixXd& features, const Eigen::VectorXd& labels, double ridge);

  [[nodiscard]] std::optional<double> Accuracy(const Eigen::VectorXd& x) const override;
  /// Newton's method with backtracking, columns scaled to unit root mean square.
  /// @throws std::domain_error  without ridge: separable or quasi-separable classes (no minimizer),
  ///                            rank-deficient features (not unique); both say so.
  [[nodiscard]] Eigen::VectorXd Minimizer() const override;

 private:
  [[nodiscard]] double SampleValue(const double* z, const double* y) const override;
  void ToMean(double* z) const override;
  void CurvatureTimes(const double* mean, double* v) const override;
};

}  // namespace adamsde
