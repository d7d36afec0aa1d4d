#include "sde/optimizer/descent_kernel.h"

#include <cmath>

namespace adamsde {
namespace {

template <bool kCoupled>
void Add(const ComponentView& view, double decay, double delta, const ComponentSums& sums) {
  const double* __restrict before = view.before;
  const double* __restrict after = view.after;
  const double* __restrict momentum = view.m;
  const double* __restrict second = view.n;
  const double* __restrict gradient = view.gradient;
  double* __restrict surrogate_gradient = sums.surrogate_gradient;
  double* __restrict move = sums.move;
  double* __restrict move_weighted = sums.move_weighted;
  double* __restrict momentum_error = sums.momentum_error;
  double* __restrict regularizer = sums.regularizer;
  double* __restrict squared_gradient = sums.gradient;
  double* __restrict scale = sums.scale;
  double* __restrict distance = sums.distance;
  double* __restrict largest = sums.largest;
  const double minimizer = view.minimizer;
  const std::ptrdiff_t runs = view.runs;
#pragma GCC ivdep
  for (std::ptrdiff_t i = 0; i < runs; ++i) {
    const double x = before[i];
    const double g = gradient[i];
    const double v2 = second[i] + delta;
    const double v = std::sqrt(v2);
    const double weight = kCoupled ? 1.0 : v;
    const double regularized = g + decay * (weight * x);
    const double step = x - after[i];
    const double error = momentum[i] - (kCoupled ? regularized : g);
    const double from_minimizer = x - minimizer;
    const double size = std::fabs(x);
    surrogate_gradient[i] += regularized * regularized;
    move[i] += v2 * (step * step);
    move_weighted[i] += v * (step * step);
    momentum_error[i] += error * error;
    regularizer[i] += weight * (x * x);
    squared_gradient[i] += g * g;
    scale[i] += v2;
    distance[i] += from_minimizer * from_minimizer;
    largest[i] = size > largest[i] ? size : largest[i];
  }
}

}  // namespace

void Observe(const ComponentView& view, double decay, double delta, bool coupled,
             const ComponentSums& sums) {
  coupled ? Add<true>(view, decay, delta, sums) : Add<false>(view, decay, delta, sums);
}

void FinishMeasure(const RunView& view, const ComponentSums& sums) {
  const double half_decay = 0.5 * view.decay;
  const double decay = view.decay;
  const double rounding = view.rounding;
  const std::ptrdiff_t lanes = view.lanes;
  const RunView out = view;
  const ComponentSums in = sums;
#pragma GCC ivdep
  for (std::ptrdiff_t i = 0; i < lanes; ++i) {
    const double gradient = std::sqrt(in.gradient[i]);
    const double regularized = std::sqrt(in.surrogate_gradient[i]);
    const double now = out.largest_now[i];
    const double before = out.largest[i];
    const double pull = decay * std::sqrt(in.scale[i]) * now;
    const double slack = rounding * (gradient + pull);
    out.vacuous[i] = pull >= gradient ? 1.0 : 0.0;
    out.violated[i] = gradient - pull > regularized + slack ? 1.0 : 0.0;
    out.loss[i] = out.gap[i];
    in.regularizer[i] = out.gap[i] + half_decay * in.regularizer[i];
    in.distance[i] = std::sqrt(in.distance[i]);
    out.largest[i] = now > before ? now : before;
  }
}

}  // namespace adamsde
