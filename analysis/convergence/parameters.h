#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/convergence/constants.h"

namespace adamsde {

/// Hyperparameters of one run of Algorithm 1: a constant rate, or β₁k = min(cap, γ/√(k+1)) with
/// η_k = κβ₁k.
struct RateParameters {
  bool decaying = false;
  double beta1 = 1;       ///< constant β₁, or γ
  double eta = 0;         ///< constant η, or κγ
  double cap = 1;         ///< of β₁k
  double iterations = 1;  ///< T, rounded up; may be infinite
  double target = 0;      ///< the weighted average of E‖∇F_k‖² that T is meant to reach
  std::vector<std::string> notes;

  [[nodiscard]] Schedule Beta1() const;
  [[nodiscard]] Schedule LearningRate() const;
};

/// Σ_{j=1}^n 1/j, to 1e-13 relative: Euler–Maclaurin from 64 terms on.
[[nodiscard]] double HarmonicNumber(double n);

/// Right side of the proof's own inequality for the weighted average of E‖∇F_k‖² over T steps,
///
///   [2c₂Δ + (c₂/c₁) Σ η_k/β_k·(E₀·1_{k=0} + β_k²σ²/b)] / Σ η_k
///
/// with E₀ the momentum's error at the start (σ²/b for m₀ = g₀). For a constant rate it is
/// 2c₂Δ/(ηT) + c₂E₀/(c₁β₁T) + c₂β₁σ²/(c₁b).
[[nodiscard]] double ProofBound(const TheoremConstants& c, const RateParameters& rate, double gap,
                                double momentum_error, double iterations);

/// The least T whose ProofBound is at most `target` (infinite if there is none below 1e30).
[[nodiscard]] double IterationsFor(const TheoremConstants& c, const RateParameters& rate,
                                   double gap, double momentum_error, double target);

/// Theorem 2. kProof and kCorrected agree: β₁, η as printed, η also ≤ β₁c₁√(c₁/c₂)/(2(1−β₁)L) and
/// ≤ c₁²/(2c₂(L+λc₁)), and Δ with the regularizer.
[[nodiscard]] RateParameters Theorem2Parameters(const TheoremConstants& c, double epsilon,
                                                Reading reading);

/// Theorem 3: γ = max{1, c₂^¼(LΔb)^½/(c₁^¼σ)}. Printed T forgets to square; proof: T of ProofBound
/// with β₁k ≤ 1; corrected: also η_k ≤ c₁²/(2c₂(L+λc₁)), by a smaller cap of β₁k.
[[nodiscard]] RateParameters Theorem3Parameters(const TheoremConstants& c, double epsilon,
                                                Reading reading);

/// One stage of Theorem 4.
struct StageParameters {
  int stage = 1;
  double epsilon_before = 0;  ///< ε_{k−1}
  double epsilon = 0;         ///< ε_k
  RateParameters rate;
};

/// Theorem 4: ε₀ = Δ, halved until it is at most `epsilon`. Printed, proof and corrected constants
/// of THEORY §5; for a decaying rate T is the least one of ProofBound at target με_k/8, and the
/// print differs by max{1, ·} in γ. The first stage's momentum error is σ²/b if that is larger than
/// με₀.
/// @throws std::domain_error  no μ; epsilon ≥ ε₀ leaves one stage.
[[nodiscard]] std::vector<StageParameters> Theorem4Parameters(const TheoremConstants& c,
                                                              double epsilon, bool decaying,
                                                              Reading reading);

/// The share of με_k that the three terms of a stage's bound add up to with the constants of a
/// reading: proof 1/24 + 1/8 + 1/8 = 7/24, corrected 1/8.
[[nodiscard]] double Theorem4ShareSum(Reading reading);

/// Σ_{k=1}^K of 2^k, k2^k and k²2^k: what (2.2) sums with and without its logarithms.
struct StageSums {
  double plain = 0;
  double with_log = 0;
  double with_log_squared = 0;
};
[[nodiscard]] StageSums SumStages(int stages);

}  // namespace adamsde
