#pragma once

#include <vector>

#include "sde/problem/linear_model.h"

namespace adamsde {

/// Softmax regression on K classes, F(x) = (1/n) Σ −log P(y_i | a_i) + (r/2)‖x‖² with
///
///   P(k | a) = e^{w_kᵀa} / (1 + Σ_{l<K−1} e^{w_lᵀa}),   w_{K−1} = 0
///
/// The last class is the reference: without it H would be singular. x has d = p·(K−1) entries;
/// x[k·p + j] is the weight of feature j for class k (the intercept last within each class).
class SoftmaxLoss final : public LinearModelLoss {
 public:
  /// @param features  n×p, rows a_iᵀ (an intercept is a column of ones)
  /// @param labels    length n, each 0 … K−1
  /// @param classes   K ≥ 2
  /// @param ridge     r ≥ 0
  /// @throws std::invalid_argument  sizes differ, a label outside its range, K < 2, r < 0.
  SoftmaxLoss(const Eigen::MatrixXd& features, const std::vector<Eigen::Index>& labels,
              Eigen::Index classes, double ridge);

  [[nodiscard]] Eigen::Index NumClasses() const { return Outputs() + 1; }

  [[nodiscard]] std::optional<double> Accuracy(const Eigen::VectorXd& x) const override;
  /// Newton's method with backtracking: Cholesky up to d = 1,200, beyond that truncated Newton
  /// (conjugate gradients with H·v and diag H as preconditioner, O(d) memory).
  /// @throws std::domain_error  without ridge: separable or quasi-separable classes (no minimizer),
  ///                            rank-deficient features (not unique); both say so.
  [[nodiscard]] Eigen::VectorXd Minimizer() const override;
  /// The same with the largest d for Cholesky chosen.
  [[nodiscard]] Eigen::VectorXd Minimizer(Eigen::Index largest_dense) const;

 private:
  [[nodiscard]] double SampleValue(const double* z, const double* y) const override;
  void ToMean(double* z) const override;
  void CurvatureTimes(const double* mean, double* v) const override;
  void RequireFullRank() const;
  [[nodiscard]] Eigen::Index NumCorrect(const Eigen::VectorXd& x) const;
};

}  // namespace adamsde
