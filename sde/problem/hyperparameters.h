#pragma once

#include <cstdint>

namespace adamsde {

/// Which of the two SDEs of THEORY §2. Adam is either one at weight decay 0.
enum class OptimizerKind {
  kAdamW,   ///< decoupled weight decay: dx = −QH(x−x*)dt − λx dt + …
  kL2Adam,  ///< ℓ2-regularized gradient: dx = −Q[H(x−x*) + λx]dt + …
};

/// Whose optimizer is meant, where they differ. In both, fields of Hyperparameters mean the same:
/// β is the weight of the NEW gradient.
enum class OptimizerConvention {
  kPaper,    ///< Algorithm 1: m/√(n + δ), no bias correction
  kPytorch,  ///< m̂/(√n̂ + δ), m and n divided by their bias corrections, decay before the step
};

/// What the user sets on the optimizer. β is the weight of the NEW gradient (the paper's
/// convention, 1 − PyTorch's).
struct Hyperparameters {
  OptimizerKind optimizer = OptimizerKind::kAdamW;
  double learning_rate = 1e-3;    ///< η > 0
  double weight_decay = 1e-2;     ///< λ ≥ 0
  std::int64_t batch_size = 128;  ///< b ≥ 1
  double beta1 = 0.1;             ///< β₁ in (0, 1]; 1 means no momentum
  double beta2 = 1e-3;            ///< β₂ in (0, 1]
  double delta = 1e-8;            ///< δ > 0, inside the root: √(n + δ); PyTorch's ε outside it
  OptimizerConvention convention = OptimizerConvention::kPaper;
};

/// @throws std::invalid_argument  a field outside its range; names field, value and range.
void Validate(const Hyperparameters& hyper);

/// @throws std::invalid_argument  unless value is finite and > 0.
void RequirePositive(const char* name, double value);

}  // namespace adamsde
