#pragma once

#include <Eigen/Core>
#include <array>

namespace adamsde {

inline constexpr Eigen::Index kSumWidth = 16;   ///< arrays are padded to a multiple of it
inline constexpr Eigen::Index kSumBlock = 256;  ///< modes summed before partial sums are added

/// Per-mode arrays of a DecayModel, all of one length that is a multiple of kSumWidth. Padding
/// modes have s = 1, p = 0, 1/s = 1, multiplicity 0 and no weights. Arrays of length zero are left
/// out of the sums (multiplicity: all one).
struct ModeArrays {
  const Eigen::ArrayXd& s;
  const Eigen::ArrayXd& p;
  const Eigen::ArrayXd& inverse_s;
  const Eigen::ArrayXd& multiplicity;
  const Eigen::ArrayXd& trace_weight;
  const Eigen::ArrayXd& risk_weight;
  const Eigen::ArrayXd& pull_weight;
  const Eigen::ArrayXd& mean_weight;
  const Eigen::ArrayXd& reach_weight;
  double largest_ratio;  ///< max (s+λp)/s
  bool with_log_det;
};

/// Sums over modes at one λ, with u = 1/(s+λp), r = s u and slopes in λ:
struct ModeSums {
  double log_ratio = 0;  ///< Σ m log((s+λp)/s)
  double log_ratio_slope = 0;
  double log_ratio_sensitivity = 0;  ///< Σ m λp/(s(s+λp)): its change per error of every s
  double trace = 0;                  ///< Σ (trace weight) u
  double trace_slope = 0;
  double risk = 0;  ///< Σ (risk weight) u
  double risk_slope = 0;
  double bias = 0;  ///< Σ (pull weight) (1−r)²
  double pull = 0;  ///< Σ (pull weight) r
  double pull_slope = 0;
  double pull_square = 0;  ///< Σ (pull weight) r²
  double pull_square_slope = 0;
  double mean_square = 0;  ///< Σ (mean weight) r²
  double mean_square_slope = 0;
  std::array<double, 4> reach_square{};  ///< Σ (reach weight) (r⁽ᵏ⁾)²
};

/// O(d). Partial sums over blocks keep the rounding to about (kSumWidth/8 + 8 + d/kSumBlock) ulp of
/// the absolute sum. Logarithms are taken of products of 16 ratios.
[[nodiscard]] ModeSums SumModes(const ModeArrays& modes, double lambda, bool with_slopes);

}  // namespace adamsde
