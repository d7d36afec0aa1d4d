#pragma once

#include <span>

namespace adamsde {

/// Bounds on the true risk R from the same KL, tighter than Φ, for a loss in [0, 1] and an
/// empirical risk r̂ (THEORY §4). All hold with probability ≥ 1 − τ over the n samples.
struct RiskBounds {
  double maurer = 0;  ///< r̂ + √{[KL + ln(2√n/τ)]/(2n)}
  double seeger = 0;  ///< kl⁻¹(r̂ | [KL + ln(2√n/τ)]/n)
  double catoni = 0;  ///< [1 − exp(−γr̂ − (KL + ln(1/τ))/n)]/(1 − e^(−γ)), γ fixed beforehand
};

/// @param kl  KL(P‖P_pre), ≥ 0
/// @param catoni_parameter  γ > 0
/// @throws std::invalid_argument  r̂ outside [0, 1] or γ ≤ 0.
[[nodiscard]] RiskBounds BoundRisk(double kl, double num_samples, double failure_probability,
                                   double empirical_risk, double catoni_parameter);

/// Catoni's bound with γ chosen from a grid after seeing the data: each γ holds at τ/K, so their
/// minimum holds at τ.
struct CatoniOverGrid {
  double bound = 0;
  double parameter = 0;  ///< the γ that gives it
};
[[nodiscard]] CatoniOverGrid BoundRiskByCatoniGrid(double kl, double num_samples,
                                                   double failure_probability,
                                                   double empirical_risk,
                                                   std::span<const double> parameters);

/// kl(r̂‖p) = r̂ ln(r̂/p) + (1−r̂) ln((1−r̂)/(1−p)), of two Bernoulli laws; without cancellation
/// where p is near r̂.
[[nodiscard]] double BinaryKl(double empirical, double p);

/// kl⁻¹(r̂|c): the largest p with kl(r̂‖p) ≤ c, by Brent's method (GSL) for p − r̂, to its last
/// bit; 1 − e^(−c) at r̂ = 0, 1 at r̂ = 1 or where no double below 1 reaches c.
[[nodiscard]] double BinaryKlInverse(double empirical, double c);

}  // namespace adamsde
