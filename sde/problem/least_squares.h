#pragma once

#include "sde/problem/loss.h"

namespace adamsde {

/// F(x) = (1/2n) Σ (a_iᵀx − y_i)² + (r/2)‖x‖².
class LeastSquaresLoss final : public SampledLoss {
 public:
  /// @param features  n×d, rows a_iᵀ (an intercept is a column of ones)
  /// @param targets   y, length n
  /// @param ridge     r ≥ 0
  /// @throws std::invalid_argument  sizes differ, no rows, r < 0 or non-finite entries.
  LeastSquaresLoss(Eigen::MatrixXd features, Eigen::VectorXd targets, double ridge);

  [[nodiscard]] Eigen::Index Dimension() const override { return features_.cols(); }
  [[nodiscard]] Eigen::Index NumSamples() const override { return features_.rows(); }
  [[nodiscard]] double Value(const Eigen::VectorXd& x) const override;
  [[nodiscard]] Eigen::VectorXd Gradient(const Eigen::VectorXd& x) const override;
  [[nodiscard]] Eigen::MatrixXd Hessian(const Eigen::VectorXd& x) const override;
  [[nodiscard]] Eigen::MatrixXd SampleGradients(const Eigen::VectorXd& x) const override;
  /// By QR with column pivoting of the data matrix, columns scaled to unit length, and refinement
  /// with residuals in extended precision; never by the normal equations. Cost O(nd²).
  /// @throws std::domain_error  rank-deficient without ridge (names the rank).
  [[nodiscard]] Eigen::VectorXd Minimizer() const override;

 private:
  Eigen::MatrixXd features_;
  Eigen::VectorXd targets_;
  double ridge_;
};

/// @throws std::invalid_argument  what the constructors of losses on data refuse.
void ValidateData(const Eigen::MatrixXd& features, const Eigen::VectorXd& targets, double ridge);

}  // namespace adamsde
