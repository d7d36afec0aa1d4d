#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>

#include "sde/ensemble/ensemble.h"
#include "sde/optimizer/gradient_source.h"
#include "sde/problem/hyperparameters.h"

namespace adamsde {

/// The SDE of an optimizer with frozen Q on any loss, in linearly implicit (Rosenbrock) Euler steps
/// of h, which no stiff direction makes unstable:
///
///   x' = x − h (I + hA)⁻¹ [q∘g + λx]   (AdamW; ℓ2-Adam: q∘(g + λx)),   A = QH + λI or Q(H + λI)
///
/// with g the gradient with its noise. On the quadratic itself, with noise of covariance Ĝ per unit
/// time in §3.1's modes, u' = (u + √h ξ)/(1 + hκ): the law is ModalCovariance(system, −h).
struct ImplicitSde {
  OptimizerKind optimizer = OptimizerKind::kAdamW;
  double weight_decay = 0;  ///< λ
  Eigen::VectorXd q;        ///< length d
  Eigen::MatrixXd step;     ///< h (I + hA)⁻¹, d×d
  Eigen::VectorXd mean;     ///< of the initial states, from which deviations are counted
  Eigen::MatrixXd factor;   ///< of their covariance, d×k
  std::uint64_t seed = 1;
};

/// Chains of it. Both arguments must outlive them.
class ImplicitChains final : public ChainSource {
 public:
  ImplicitChains(const GradientSource& gradients, const ImplicitSde& sde)
      : gradients_(gradients), sde_(sde) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return gradients_.Dimension(); }
  [[nodiscard]] std::unique_ptr<ChainBlock> Start(std::uint32_t first_chain) const override;

 private:
  const GradientSource& gradients_;
  const ImplicitSde& sde_;
};

}  // namespace adamsde
