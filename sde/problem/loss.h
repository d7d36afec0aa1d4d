#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace adamsde {

/// A twice differentiable loss F: R^d → R.
class Loss {
 public:
  virtual ~Loss() = default;
  [[nodiscard]] virtual Eigen::Index Dimension() const = 0;
  [[nodiscard]] virtual double Value(const Eigen::VectorXd& x) const = 0;
  [[nodiscard]] virtual Eigen::VectorXd Gradient(const Eigen::VectorXd& x) const = 0;
  [[nodiscard]] virtual Eigen::MatrixXd Hessian(const Eigen::VectorXd& x) const = 0;
};

/// V ↦ A V for a symmetric d×d matrix A that is not formed; V is d×k.
using BlockOperator = std::function<Eigen::MatrixXd(const Eigen::MatrixXd&)>;

/// Gradients of the samples at one point x, many times: what depends on x alone is computed once.
/// All members may be called from several threads at once.
class PointGradients {
 public:
  virtual ~PointGradients() = default;
  /// gradient = (1/|rows|) Σ_{i in rows} ∇f_i(x), as SampledLoss::BatchGradient gives it.
  virtual void Batch(std::span<const Eigen::Index> rows,
                     Eigen::Ref<Eigen::VectorXd> gradient) const = 0;
  /// gradients.col(j) = Σ_i w_ij ∇f_i(x), as SampledLoss::WeightedGradient gives it.
  /// @param weights    n×k, any sign
  /// @param gradients  d×k, overwritten
  virtual void Weighted(const Eigen::MatrixXd& weights, Eigen::MatrixXd& gradients) const = 0;
};

/// A mean over n samples, F = (1/n) Σ f_i, where each f_i carries its share (r/2)‖x‖² of the ridge.
/// All members may be called from several threads at once.
class SampledLoss : public Loss {
 public:
  [[nodiscard]] virtual Eigen::Index NumSamples() const = 0;
  /// Outputs per sample that the loss is a function of, m.
  [[nodiscard]] virtual Eigen::Index NumOutputs() const = 0;
  /// n×d, row i = ∇f_i(x), the ridge term r·x included.
  [[nodiscard]] virtual Eigen::MatrixXd SampleGradients(const Eigen::VectorXd& x) const = 0;
  /// gradient = (1/|rows|) Σ_{i in rows} ∇f_i(x), the ridge term included. For the inner loop of an
  /// optimizer: allocates nothing once a thread's workspace has grown to the problem's size.
  /// Cost O(|rows|·d).
  /// @param x         length d
  /// @param rows      sample numbers 0 … n−1, at least one; may repeat
  /// @param gradient  length d, overwritten; must not overlap x
  virtual void BatchGradient(const Eigen::Ref<const Eigen::VectorXd>& x,
                             std::span<const Eigen::Index> rows,
                             Eigen::Ref<Eigen::VectorXd> gradient) const = 0;
  /// Σ_i w_i ∇f_i(x), the ridge term (Σ w_i) r·x included. Weights of length n, any sign.
  [[nodiscard]] virtual Eigen::VectorXd WeightedGradient(const Eigen::VectorXd& x,
                                                         const Eigen::VectorXd& weights) const = 0;
  /// Gradients at x. Must not outlive the loss.
  [[nodiscard]] virtual std::unique_ptr<PointGradients> At(const Eigen::VectorXd& x) const = 0;
  /// H(x) V for a d×k block, exact, without forming H. Cost O(ndk).
  [[nodiscard]] virtual Eigen::MatrixXd HessianTimes(const Eigen::VectorXd& x,
                                                     const Eigen::MatrixXd& v) const = 0;
  /// V ↦ H(x) V with what depends on x computed once. Must not outlive the loss.
  [[nodiscard]] virtual BlockOperator HessianOperator(const Eigen::VectorXd& x) const = 0;
  /// H_ii(x), exact. Cost O(nd).
  [[nodiscard]] virtual Eigen::VectorXd HessianDiagonal(const Eigen::VectorXd& x) const = 0;
  /// Share of samples whose own class is the most probable at x; nothing for regression.
  [[nodiscard]] virtual std::optional<double> Accuracy(const Eigen::VectorXd& /*x*/) const {
    return std::nullopt;
  }
  /// x*, the minimizer.
  /// @throws std::domain_error  there is none, or it is not unique; says why.
  [[nodiscard]] virtual Eigen::VectorXd Minimizer() const = 0;
};

/// Fisher = (1/n) Σ g_i g_iᵀ with g_i the per-sample gradients at x (THEORY §1). d×d.
[[nodiscard]] Eigen::MatrixXd FisherInformation(const SampledLoss& loss, const Eigen::VectorXd& x);

/// How minibatches are drawn.
enum class MinibatchSampling {
  kReplacement,  ///< each of the b samples independently
  kBatch,        ///< b different samples, each batch anew
  kEpoch,        ///< reshuffled passes: successive noises are anticorrelated, no C describes them
};

/// Covariance of ONE minibatch gradient at x, C = (1/b)[Fisher − ∇F ∇Fᵀ], times (n−b)/(n−1) for
/// batches without replacement. d×d, PSD.
/// @throws std::invalid_argument  b > n without replacement.
/// @throws std::domain_error      kEpoch: no covariance describes it.
[[nodiscard]] Eigen::MatrixXd EmpiricalGradientNoise(const SampledLoss& loss,
                                                     const Eigen::VectorXd& x,
                                                     std::int64_t batch_size,
                                                     MinibatchSampling sampling);

}  // namespace adamsde
