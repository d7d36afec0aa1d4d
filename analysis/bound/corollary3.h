#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "sde/problem/hyperparameters.h"

namespace adamsde {

/// A Hessian's spectrum as weighted nodes {(σ_k, w_k)}, Σ w = 1, for d parameters.
struct WeightedSpectrum {
  Eigen::VectorXd values;   ///< σ_k, any sign
  Eigen::VectorXd weights;  ///< w_k ≥ 0
  double dimension = 0;     ///< d
};

/// What to do with negative eigenvalues: the paper's σ are singular values.
enum class NegativePolicy {
  kAbsolute,  ///< |σ|
  kClip,      ///< to the floor
  kDrop,      ///< left out, the weights of the others unchanged
  kReject,    ///< an error
};

struct SpectrumPolicy {
  NegativePolicy negative = NegativePolicy::kAbsolute;
  double floor = 0;  ///< nodes below it are raised to it; 0: a zero node is an error
};

/// Nodes after a policy: positive values, and the mass it changed.
struct PolicyNodes {
  Eigen::VectorXd values;
  Eigen::VectorXd weights;  ///< sum to 1 unless nodes were dropped
  std::vector<bool> at_floor;
  double mass_touched = 0;
};

/// @throws as EvaluateCorollary3.
[[nodiscard]] PolicyNodes ApplyPolicy(const WeightedSpectrum& spectrum,
                                      const SpectrumPolicy& policy);

/// err of one optimizer by Corollary 3.
struct SpectralErr {
  double err = 0;
  double err_per_parameter = 0;  ///< err/d
  /// Change of err/d if the floor were ten times lower: w(nodes at the floor)·Δh. 0 without a
  /// floor.
  double floor_sensitivity = 0;
};

struct Corollary3 {
  SpectralErr adamw;
  SpectralErr l2_adam;
  double mass_below_one = 0;  ///< Σ w over σ < 1
  double mass_ordered = 0;    ///< Σ w over x^ℓ2 > x^AdamW > 1, the paper's argument
  double mass_touched = 0;    ///< Σ w that the policy or the floor changed
};

/// Corollary 3 (Q = H^(−½)): err = d Σ_k w_k h(x(σ_k)), h(x) = log x + 1/x, with
///
///   x^AdamW = (2ρb/η)(√σ + λ),   x^ℓ2 = (2ρb/η)(√σ + λ/√σ)          (THEORY §4)
///
/// @throws std::invalid_argument  weights negative or not summing to 1 within 1e-6, sizes differ,
///                                kReject with a negative node (names it), dimension < 1.
/// @throws std::domain_error      a zero node and no floor.
[[nodiscard]] Corollary3 EvaluateCorollary3(const WeightedSpectrum& spectrum,
                                            const Hyperparameters& hyper, double prior_variance,
                                            const SpectrumPolicy& policy);

}  // namespace adamsde
