#include "sde/optimizer/update.h"

#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

/// The inner loop, vectorized by the compiler (this file is built with -fno-math-errno, which lets
/// it vectorize the root). The flags leave out what a step does not need.
template <bool kCoupled, bool kOutside>
void Apply(const UpdateStep& s, std::ptrdiff_t count, const double* __restrict gradient,
           double* __restrict x, double* __restrict m, double* __restrict n) {
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    double g = gradient[i];
    if constexpr (kCoupled) g += s.coupled_decay * x[i];
    const double m_i = s.old1 * m[i] + s.new1 * g;
    const double n_i = s.old2 * n[i] + s.new2 * (g * g);
    double root = std::sqrt(n_i + s.inside);
    if constexpr (kOutside) root = s.root_scale * root + s.outside;
    m[i] = m_i;
    n[i] = n_i;
    x[i] = s.decoupled_decay * x[i] - s.rate * m_i / root;
  }
}

/// 1 − (1−β)^t without cancellation.
double BiasCorrection(double beta, double t) {
  return beta < 1 ? -std::expm1(t * std::log1p(-beta)) : 1.0;
}

}  // namespace

UpdateRule MakeUpdateRule(const Hyperparameters& hyper) {
  const bool paper = hyper.convention == OptimizerConvention::kPaper;
  return {.optimizer = hyper.optimizer,
          .convention = hyper.convention,
          .start = paper ? MomentStart::kFirstGradient : MomentStart::kZero,
          .second_moment = SecondMoment::kEvolving,
          .learning_rate = hyper.learning_rate,
          .weight_decay = hyper.weight_decay,
          .beta1 = hyper.beta1,
          .beta2 = hyper.beta2,
          .delta = hyper.delta};
}

void Validate(const UpdateRule& rule) {
  Hyperparameters hyper;
  hyper.beta2 = rule.beta2;
  hyper.delta = rule.delta;
  Validate(hyper);
  if (rule.convention == OptimizerConvention::kPytorch && !rule.beta1.IsConstant()) {
    throw std::invalid_argument(
        "convention-optimizer = pytorch needs a constant beta1 (bias correction assumes it)");
  }
}

namespace {

/// Adds what a convention says of m, n and the root.
void ApplyConvention(const UpdateRule& rule, std::int64_t step, UpdateStep& s) {
  if (rule.convention == OptimizerConvention::kPaper) {
    s.inside = rule.delta;
    if (step == 0 && rule.start == MomentStart::kFirstGradient) {
      s.old1 = s.old2 = 0;
      s.new1 = s.new2 = 1;
    }
    return;
  }
  const double t = static_cast<double>(step) + 1;
  s.rate /= BiasCorrection(s.new1, t);
  s.root_scale = 1 / std::sqrt(BiasCorrection(rule.beta2, t));
  s.outside = rule.delta;
}

}  // namespace

UpdateStep MakeUpdateStep(const UpdateRule& rule, std::int64_t step) {
  const double eta = rule.learning_rate.At(step);
  const double lambda = rule.weight_decay.At(step);
  const double beta1 = rule.beta1.At(step);
  const bool coupled = rule.optimizer == OptimizerKind::kL2Adam;
  UpdateStep s{.coupled_decay = coupled ? lambda : 0.0,
               .decoupled_decay = coupled ? 1.0 : 1 - eta * lambda,
               .old1 = 1 - beta1,
               .new1 = beta1,
               .old2 = 1 - rule.beta2,
               .new2 = rule.beta2,
               .rate = eta,
               .inside = 0,
               .root_scale = 1,
               .outside = 0};
  ApplyConvention(rule, step, s);
  if (rule.second_moment == SecondMoment::kFrozen) {
    s.old2 = 1;
    s.new2 = s.inside = s.outside = 0;
    s.root_scale = 1;
  }
  return s;
}

void ApplyUpdate(const UpdateStep& step, std::ptrdiff_t count, const double* gradient, double* x,
                 double* m, double* n) {
  const bool coupled = step.coupled_decay != 0;
  const bool outside = step.outside != 0 || step.root_scale != 1;
  if (coupled) {
    outside ? Apply<true, true>(step, count, gradient, x, m, n)
            : Apply<true, false>(step, count, gradient, x, m, n);
  } else {
    outside ? Apply<false, true>(step, count, gradient, x, m, n)
            : Apply<false, false>(step, count, gradient, x, m, n);
  }
}

}  // namespace adamsde
