#pragma once

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

/// kl(r̂‖p) = r̂ ln(r̂/p) + (1−r̂) ln((1−r̂)/(1−p)), of two Bernoulli laws.
[[nodiscard]] double BinaryKl(double empirical, double p);

/// kl⁻¹(r̂|c): the largest p with kl(r̂‖p) ≤ c, by Brent's method (GSL); 1 − e^(−c) at r̂ = 0.
[[nodiscard]] double BinaryKlInverse(double empirical, double c);

}  // namespace adamsde
