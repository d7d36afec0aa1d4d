#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>

#include "sde/optimizer/minibatch.h"
#include "sde/problem/loss.h"
#include "sde/problem/quadratic.h"

namespace adamsde {

/// The noisy gradients of one block of kBlockChains chains.
class GradientBlock {
 public:
  virtual ~GradientBlock() = default;
  /// gradient's column i = the gradient that chain first_chain + i sees at its state x.col(i).
  /// @param step      any order is allowed, ascending is fastest
  /// @param x         d×kBlockChains
  /// @param gradient  d×kBlockChains, overwritten
  virtual void Evaluate(std::uint64_t step, const Eigen::MatrixXd& x,
                        Eigen::MatrixXd& gradient) = 0;
};

/// A law of noisy gradients. Noise is a function of (seed, chain, step), whatever optimizer reads
/// it.
class GradientSource {
 public:
  virtual ~GradientSource() = default;
  [[nodiscard]] virtual Eigen::Index Dimension() const = 0;
  /// @param first_chain  a multiple of kBlockChains
  [[nodiscard]] virtual std::unique_ptr<GradientBlock> Start(std::uint32_t first_chain) const = 0;
  /// The gradients that this source has at `point`, whatever x is asked for. This source must
  /// outlive the result.
  [[nodiscard]] virtual std::unique_ptr<GradientSource> At(const Eigen::VectorXd& point) const;
};

/// H(x − x*) + √scale·C^½ z, z ~ N(0, I): rung 6's quadratic loss with Gaussian noise.
/// @param noise_scale  1 for an optimizer; η/h makes Euler–Maruyama's step h out of one
[[nodiscard]] std::unique_ptr<GradientSource> MakeQuadraticGradients(
    const QuadraticProblem& problem, std::uint64_t seed, double noise_scale = 1);

/// Minibatches of the loss's own samples. The loss must outlive the source.
/// @throws std::invalid_argument  what Validate(MinibatchOptions) refuses.
[[nodiscard]] std::unique_ptr<GradientSource> MakeMinibatchGradients(
    const SampledLoss& loss, const MinibatchOptions& options);

/// Rung 7': ∇F(x) + √scale·C_x^½ ξ with the true loss and the minibatch covariance at the current
/// x, C_x = (f/b)·(1/n) Σ (g_i−ḡ)(g_i−ḡ)ᵀ, realized as Σ_i w_i g_i(x) with w_i = 1/n +
/// √(scale·f/(bn)) (z_i − z̄): no root of C_x is taken. f = (n−b)/(n−1) for batches without
/// replacement, else 1. Cost O(nd) per chain. The loss must outlive the source.
[[nodiscard]] std::unique_ptr<GradientSource> MakeGaussianSampleGradients(
    const SampledLoss& loss, const MinibatchOptions& options, double noise_scale = 1);

/// H(x − p) + (the gradient that `source` has at p, by the same random numbers): what `source`
/// becomes where its loss is quadratic and its noise does not depend on x. The process it drives is
/// linear, so that its law is known: a control for the one that `source` drives itself. `source`
/// must outlive the result.
/// @param hessian  H, d×d
/// @param point    p, length d
[[nodiscard]] std::unique_ptr<GradientSource> MakeLinearizedGradients(const GradientSource& source,
                                                                      Eigen::MatrixXd hessian,
                                                                      Eigen::VectorXd point);

}  // namespace adamsde
