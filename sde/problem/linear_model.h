#pragma once

#include "sde/problem/loss.h"

namespace adamsde {

/// A loss on m linear outputs per sample, the common form of least squares, logistic and softmax
/// regression (generalized linear models with their natural link):
///
///   F(x) = (1/n) Σ ℓ(z_i, y_i) + (r/2)‖x‖²,   z_i = Wᵀa_i in R^m,   x = (W's columns one after the
///   other), d = p·m
///   ∂ℓ/∂z = μ(z) − y,   ∂²ℓ/∂z² = μ'(z), m×m and a function of μ
///
/// so ∇F = A^T(μ − y)/n + r x and H v = A^T[μ'·(A v)]/n + r v. Parameter k·p + j is the weight of
/// feature j on output k.
class LinearModelLoss : public SampledLoss {
 public:
  [[nodiscard]] Eigen::Index Dimension() const final { return samples_.rows() * Outputs(); }
  [[nodiscard]] Eigen::Index NumSamples() const final { return samples_.cols(); }
  [[nodiscard]] Eigen::Index NumOutputs() const final { return Outputs(); }
  [[nodiscard]] double Value(const Eigen::VectorXd& x) const final;
  [[nodiscard]] Eigen::VectorXd Gradient(const Eigen::VectorXd& x) const final;
  [[nodiscard]] Eigen::MatrixXd Hessian(const Eigen::VectorXd& x) const final;
  [[nodiscard]] Eigen::MatrixXd SampleGradients(const Eigen::VectorXd& x) const final;
  void BatchGradient(const Eigen::Ref<const Eigen::VectorXd>& x, std::span<const Eigen::Index> rows,
                     Eigen::Ref<Eigen::VectorXd> gradient) const final;
  [[nodiscard]] Eigen::VectorXd WeightedGradient(const Eigen::VectorXd& x,
                                                 const Eigen::VectorXd& weights) const final;
  [[nodiscard]] std::unique_ptr<PointGradients> At(const Eigen::VectorXd& x) const final;
  [[nodiscard]] Eigen::MatrixXd HessianTimes(const Eigen::VectorXd& x,
                                             const Eigen::MatrixXd& v) const final;
  [[nodiscard]] BlockOperator HessianOperator(const Eigen::VectorXd& x) const final;
  [[nodiscard]] Eigen::VectorXd HessianDiagonal(const Eigen::VectorXd& x) const final;

 protected:
  /// @param features  n×p, rows a_iᵀ
  /// @param targets   m×n, column i = y_i
  /// @throws std::invalid_argument  sizes differ, no rows, r < 0 or non-finite entries.
  LinearModelLoss(const Eigen::MatrixXd& features, Eigen::MatrixXd targets, double ridge);

  /// ℓ(z, y).
  [[nodiscard]] virtual double SampleValue(const double* z, const double* y) const = 0;
  /// z becomes μ(z).
  virtual void ToMean(double* z) const = 0;
  /// v becomes μ'v, given μ.
  virtual void CurvatureTimes(const double* mean, double* v) const = 0;

  [[nodiscard]] Eigen::Index Outputs() const { return targets_.rows(); }                   ///< m
  [[nodiscard]] Eigen::MatrixXd Logits(const Eigen::Ref<const Eigen::VectorXd>& x) const;  ///< m×n
  [[nodiscard]] Eigen::MatrixXd Means(const Eigen::VectorXd& x) const;                     ///< m×n
  [[nodiscard]] const Eigen::MatrixXd& Samples() const { return samples_; }  ///< p×n, columns a_i
  [[nodiscard]] const Eigen::MatrixXd& Targets() const { return targets_; }  ///< m×n
  [[nodiscard]] double Ridge() const { return ridge_; }

 private:
  [[nodiscard]] Eigen::MatrixXd CurvedTimes(const Eigen::MatrixXd& means,
                                            const Eigen::MatrixXd& v) const;

  Eigen::MatrixXd samples_;
  Eigen::MatrixXd targets_;
  double ridge_;
};

}  // namespace adamsde
