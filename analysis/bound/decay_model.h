#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "analysis/bound/moving_mean.h"
#include "sde/problem/preconditioner.h"
#include "sde/problem/quadratic.h"
#include "sde/process/modal_system.h"

namespace adamsde {

/// Where the posterior of a bound is centred.
enum class PosteriorMean {
  kStationary,  ///< at c, the SDE's own mean
  kMinimizer,   ///< at x*, as the paper has it
};

/// What every bound needs of the stationary law at one λ, with slopes in λ. Each term's shape in λ
/// is known (DecayModel says why), which is what certifies a minimum between two nodes.
struct DecayNode {
  double lambda = 0;
  double log_det = 0;     ///< log det M: decreasing, convex
  double trace = 0;       ///< Tr M: decreasing, convex
  double noise_risk = 0;  ///< ½ Tr(HM): decreasing, convex
  double bias_risk = 0;  ///< ½ (μ−x*)ᵀH(μ−x*) = pull(0) − 2 pull + pull_square: increasing
  double pull = 0;       ///< ½ Σ s ẑ² r, r = s/(s+λp): decreasing, convex
  double pull_square = 0;  ///< ½ Σ s ẑ² r²: decreasing, convex
  double mean_square = 0;  ///< ‖μ‖²: of any shape, unless the model says that it is convex
  // Slopes in λ; all zero unless asked for.
  double log_det_slope = 0;
  double trace_slope = 0;
  double noise_risk_slope = 0;
  double pull_slope = 0;
  double pull_square_slope = 0;
  double mean_square_slope = 0;
  std::array<double, 3> mean_norm{};  ///< ‖dᵏμ/dλᵏ‖, k = 0, 1, 2
  /// √(max q) ‖r⁽ᵏ⁾ ∘ ẑ‖ ≥ ‖dᵏμ/dλᵏ‖, k = 0…3, at every larger λ too.
  std::array<double, 4> mean_reach{};
  double rounding = 0;  ///< of log_det, absolute: summation and the backward error of eigenvalues
};

/// The stationary law as a function of λ in coordinates where its drift is diagonal at every λ:
/// κ_i = s_i + λ p_i. After one eigendecomposition a λ costs O(d) for noise that is diagonal in
/// those coordinates (C = H/b), else O(d³/3); ‖c‖² costs O(d²) unless Q is diagonal there or the λ
/// lie dense (MovingMean).
///
/// It exists for AdamW (p = 1, any C), and for ℓ2-Adam (p = the eigenvalues of Q) where Q commutes
/// with H and C = H/b, or Q is a multiple of I. Other laws of ℓ2-Adam rotate with λ.
///
/// Why the shapes hold: M = ∫ e^(−2λpt)(…) dt, so Tr M and Tr(HM) are Laplace transforms of
/// nonnegative functions, hence decreasing and convex. det M is one too, by Andréief's identity
/// det ∫ φφᵀ dμ = (1/d!) ∫ det[φ_i(t_k)]² Π dμ(t_k), and a Laplace transform of a positive measure
/// is log-convex; this covers any C.
class DecayModel {
 public:
  /// @param range_only  drop the directions where M is singular (C = H/b only).
  /// @return  nothing where no such coordinates exist.
  /// @throws std::domain_error  M is singular at every λ (infinite KL) and not range_only.
  [[nodiscard]] static std::optional<DecayModel> FromProblem(const QuadraticProblem& problem,
                                                             const Hyperparameters& hyper,
                                                             const Preconditioner& preconditioner,
                                                             PosteriorMean mean, bool range_only);

  /// Corollary 3's law (Q = H^(−½)): s = √σ, p = 1 or 1/√σ, each node counting weight·dimension
  /// times; covariance only. Its risk and mean are not known (all zero).
  [[nodiscard]] static DecayModel FromSpectrum(const Eigen::VectorXd& sigma,
                                               const Eigen::VectorXd& weights, double dimension,
                                               const Hyperparameters& hyper);

  /// At many λ ≥ 0, in parallel. Slopes and rounding cost about twice as much.
  /// @throws std::domain_error  no stationary law at some λ, or a singular M.
  [[nodiscard]] std::vector<DecayNode> Evaluate(std::span<const double> lambdas,
                                                bool with_slopes) const;

  [[nodiscard]] double Dimension() const { return dimension_; }  ///< rank, if range_only
  [[nodiscard]] double PullAtZero() const { return pull_at_zero_; }
  /// Whether the noise is C = H/b (or a spectrum's): diagonal in these coordinates.
  [[nodiscard]] bool NoiseIsDiagonal() const { return noise_.size() == 0; }
  /// Whether directions without variance were left out.
  [[nodiscard]] bool IsRestricted() const { return restricted_; }
  [[nodiscard]] bool MeanMoves() const { return mean_moves_; }
  [[nodiscard]] bool MeanSquareIsConvex() const { return mean_is_diagonal_; }
  /// The smallest λ at which some direction feels the decay: min s/p over s > 0.
  [[nodiscard]] double SmallestScale() const { return smallest_scale_; }

 private:
  DecayModel() = default;
  void SetModes(const Eigen::VectorXd& s, const Eigen::VectorXd& p);
  void SetDiagonalNoise(const Eigen::VectorXd& g, double base_log_det);
  void AddSums(DecayNode& node, bool with_slopes) const;
  void AddDenseNoise(DecayNode& node, bool with_slopes) const;
  void AddMeans(std::span<DecayNode> nodes, bool with_slopes) const;

  double dimension_ = 0;
  double smallest_scale_ = 0;
  double pull_at_zero_ = 0;
  bool restricted_ = false;
  bool mean_is_diagonal_ = true;
  bool mean_moves_ = false;
  double fixed_mean_square_ = 0;
  double largest_q_ = 1;
  double eigenvalue_error_ = 0;  // backward error of each s
  double log_det_at_zero_ = 0;   // diagonal noise only
  double log_det_size_ = 0;      // sum of the absolute terms of the above
  double largest_inverse_s_p_ = 0;
  // Per mode, padded with modes that contribute nothing to a multiple of the kernel's width.
  Eigen::ArrayXd s_, p_, inverse_s_;
  Eigen::ArrayXd multiplicity_;  // empty: all one
  Eigen::ArrayXd trace_weight_;  // w_i g_i: Tr M = Σ w g/(s+λp)
  Eigen::ArrayXd risk_weight_;   // ½ s_i g_i
  Eigen::ArrayXd pull_weight_;   // ½ s_i ẑ_i²
  Eigen::ArrayXd mean_weight_;   // w_i ẑ_i², where Q is diagonal in these coordinates
  Eigen::ArrayXd reach_weight_;  // ẑ_i², where it is not
  // Noise that is not diagonal: Ĝ, and (WᵀW)∘Ĝ for the trace.
  Eigen::MatrixXd noise_;
  Eigen::MatrixXd trace_noise_;
  double base_log_det_ = 0;  // log det of the map to the original coordinates
  MovingMean mean_;          // c, where it is not diagonal in these coordinates
};

}  // namespace adamsde
