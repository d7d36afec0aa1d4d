#pragma once

#include <cstddef>

namespace adamsde {

/// One component of a tile of runs at one iteration, before and after its update.
struct ComponentView {
  std::ptrdiff_t runs;
  const double* before;    ///< x_k
  const double* after;     ///< x_{k+1}
  const double* m;         ///< m_k
  const double* n;         ///< n_k
  const double* gradient;  ///< ∂F(x_k)
  double minimizer;        ///< x*
};

/// What Observe adds up over components, one array of length runs each.
struct ComponentSums {
  double* surrogate_gradient;
  double* move;
  double* move_weighted;
  double* momentum_error;
  double* regularizer;  ///< x² v (ℓ2-Adam: x²)
  double* gradient;
  double* scale;
  double* distance;  ///< squared
  double* largest;   ///< max |x|
};

/// @param decay    λ_k
/// @param coupled  ℓ2-Adam's regularizer, λ_k x
void Observe(const ComponentView& view, double decay, double delta, bool coupled,
             const ComponentSums& sums);

/// What is left to do per run once the components are summed.
struct RunView {
  std::ptrdiff_t lanes;
  double decay;               ///< λ_k
  double rounding;            ///< relative slack of Corollary 1
  const double* gap;          ///< F(x_k) − F*
  const double* largest_now;  ///< ‖x_k‖∞
  double* loss;
  double* vacuous;
  double* violated;
  double* largest;  ///< max over iterations, updated
};

/// sums.regularizer becomes F_k − F*, sums.distance its root; fills view's outputs. Corollary 1:
/// ‖∇F‖ ≤ ‖∇F_k‖/(1 − λρ'‖x‖∞), ρ' = ‖v‖/‖∇F‖, that is ‖∇F‖ − λ‖v‖‖x‖∞ ≤ ‖∇F_k‖.
void FinishMeasure(const RunView& view, const ComponentSums& sums);

}  // namespace adamsde
