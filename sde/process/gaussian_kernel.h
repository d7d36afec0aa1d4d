#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "sde/process/linear_sde.h"

namespace adamsde {

/// One transition of a linear Markov chain, y' = F y + L z with y = x − c and z ~ N(0, I_k).
///
/// F − I is kept in place of F: with slow modes F is close to I, and doubling by
/// (I+G)² = I + 2G + G² keeps the digits that F² would lose.
struct GaussianKernel {
  Eigen::MatrixXd increment;  ///< F − I, d×d
  Eigen::MatrixXd noise;      ///< L, d×k
};

/// One Euler–Maruyama step: F = I − hA, L = √h B.
[[nodiscard]] GaussianKernel EulerMaruyamaKernel(const LinearSde& sde, double time_step);

/// m Euler–Maruyama steps at once, exactly in law, by binary powering of the one-step kernel
/// (F ← F², Σ ← Σ + FΣFᵀ). Uses no Lyapunov theory. Cost O(d³ log m).
/// @param steps  m ≥ 1
/// @throws std::invalid_argument  m < 1.
[[nodiscard]] GaussianKernel LeapKernel(const LinearSde& sde, double time_step, std::int64_t steps);

/// The SDE's exact transition over time t: F = e^(−At), Σ = ∫₀ᵗ e^(−As) BBᵀ e^(−Aᵀs) ds, by a
/// Taylor series over t/2^s with ‖A‖t/2^s ≤ ¼ and s doublings. No step bias. Cost O(d³(s + 20)).
[[nodiscard]] GaussianKernel ExactKernel(const LinearSde& sde, double time);

}  // namespace adamsde
