#pragma once

#include <cstddef>
#include <cstdint>

#include "sde/optimizer/schedule.h"
#include "sde/problem/hyperparameters.h"

namespace adamsde {

/// What m and n are before the first gradient (the paper's convention; PyTorch's starts at 0).
enum class MomentStart {
  kFirstGradient,  ///< m₀ = g₀, n₀ = g₀²: the first step puts all weight on its gradient
  kZero,           ///< m and n start at what the arrays hold, usually 0
};

/// What becomes of n.
enum class SecondMoment {
  kEvolving,  ///< as the optimizer has it
  kFrozen,    ///< n stays what the arrays hold and δ does not count: x moves by q m, q = 1/√n
};

/// Algorithm 1 (THEORY §5) and its hyperparameters as functions of the step. With g_k the minibatch
/// gradient at x_k (ℓ2-Adam: g_k + λ_k x_k, before m and n see it), all elementwise:
///
///   kPaper:    m ← (1−β₁k)m + β₁k g,  n ← (1−β₂)n + β₂g²,
///              x ← (1−η_kλ_k)x − η_k m/√(n + δ)
///   kPytorch:  x ← (1−η_kλ_k)x, m and n as above,
///              x ← x − [η_k/(1−(1−β₁)^{k+1})] m / (√n/√(1−(1−β₂)^{k+1}) + δ)
///
/// ℓ2-Adam has no factor (1−η_kλ_k). β is the weight of the NEW gradient in both; kPytorch needs a
/// constant β₁, as bias correction does.
struct UpdateRule {
  OptimizerKind optimizer = OptimizerKind::kAdamW;
  OptimizerConvention convention = OptimizerConvention::kPaper;
  MomentStart start = MomentStart::kFirstGradient;
  SecondMoment second_moment = SecondMoment::kEvolving;
  Schedule learning_rate;  ///< η_k
  Schedule weight_decay;   ///< λ_k
  Schedule beta1;          ///< β₁k in (0, 1]
  double beta2 = 1e-3;     ///< β₂ in (0, 1]
  double delta = 1e-8;     ///< δ; PyTorch's ε
};

/// The rule with constant hyperparameters.
[[nodiscard]] UpdateRule MakeUpdateRule(const Hyperparameters& hyper);

/// @throws std::invalid_argument  β₂ or δ outside its range, or kPytorch with a scheduled β₁.
void Validate(const UpdateRule& rule);

/// One step of a rule as the numbers its inner loop needs.
struct UpdateStep {
  double coupled_decay = 0;    ///< λ_k where it goes into the gradient (ℓ2-Adam), else 0
  double decoupled_decay = 1;  ///< 1 − η_kλ_k (AdamW), else 1
  double old1 = 0;             ///< weight of the old m
  double new1 = 1;             ///< weight of g in m
  double old2 = 0;             ///< weight of the old n
  double new2 = 1;             ///< weight of g² in n
  double rate = 0;             ///< η_k, over m's bias correction in PyTorch's convention
  double inside = 0;           ///< added inside the root
  double root_scale = 1;       ///< multiplies the root
  double outside = 0;          ///< added outside the root
};

/// The numbers of step k = 0, 1, …
[[nodiscard]] UpdateStep MakeUpdateStep(const UpdateRule& rule, std::int64_t step);

/// Applies one step to `count` scalars: a tile of chains × d, or any contiguous arrays (distinct).
///
///   g ← g + coupled·x,  m ← old₁m + new₁g,  n ← old₂n + new₂g²,
///   x ← decoupled·x − rate·m/(scale·√(n + inside) + outside)
///
/// Every operation is exactly rounded and none is fused: the same bits on any vector length.
/// Some 480 million scalars per second and core where the arrays stay in cache (measured by the
/// test Update.IsFast).
void ApplyUpdate(const UpdateStep& step, std::ptrdiff_t count, const double* gradient, double* x,
                 double* m, double* n);

}  // namespace adamsde
