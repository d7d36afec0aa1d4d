#pragma once

#include <cstdint>
#include <vector>

#include "analysis/convergence/experiment.h"
#include "analysis/convergence/fit.h"

namespace adamsde {

struct Theorem1Options {
  std::vector<std::int64_t> horizons = {10, 30, 100, 300, 1000, 3000, 10000};  ///< each ≥ 3
  double alpha = 0.5;                                                          ///< > 0
};

struct NamedSlope {
  std::string name;
  Slope slope;  ///< of log E|x_k − x*| against log k
};

struct Theorem1Report {
  ConvergenceReport report;
  std::vector<NamedSlope> slopes;
};

/// Theorem 1 on the least-square problem (3), d = 1, m₀ = n₀ = 0: E|x_k − x*| at every horizon k
/// against its bound, each horizon with its own hyperparameters.
///
///   adamw            λ = k^(½+α)/√δ, η = (3/2)√δ k^(−1−α); print (1−1/√k)^{3k/2}Λ + τk^(−½−α),
///                    proof (1−3/(2√k))^k Λ + τk^(−½−α)
///   l2-adam          η_k = β₁/γ_k, β₁ = 1/√k, λ = √k: (1−1/√k)^{k/2}Λ + 2τk^(−½)
///   l2-adam-printed-edge, l2-adam-corrected-edge
///                    the same at the lower ends of λ's range, (2−β₁−2√(1−β₁))/β₁ and …/β₁²
///
/// Λ = η₀ + |x₀ − x*|; τ = the largest E|g_k| measured on the run. The statement has x* = 0; with
/// another minimizer decay points away from it, and the verdicts say what is left.
/// @throws std::invalid_argument  a horizon < 3, α ≤ 0, d ≠ 1.
[[nodiscard]] Theorem1Report MeasureTheorem1(const ConvergenceSetup& setup,
                                             const Theorem1Options& options);

}  // namespace adamsde
