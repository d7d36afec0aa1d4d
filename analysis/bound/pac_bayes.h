#pragma once

#include <Eigen/Core>

namespace adamsde {

/// What the PAC-Bayes bounds assume besides the posterior.
struct BoundSettings {
  double prior_variance = 1;          ///< ρ > 0 of the prior N(0, ρI)
  double num_samples = 50000;         ///< n ≥ 1, training samples
  double failure_probability = 0.05;  ///< τ in (0, 1): the bound holds with probability ≥ 1 − τ
};

/// @throws std::invalid_argument  a field outside its range; names field, value and range.
void Validate(const BoundSettings& settings);

/// What a bound needs to know of a posterior N(μ, M) in d dimensions.
struct PosteriorSummary {
  Eigen::Index dimension = 0;   ///< d; or the rank, for a law restricted to its range
  double log_det = 0;           ///< log det M; −inf where singular
  double trace = 0;             ///< Tr M
  double mean_square = 0;       ///< ‖μ‖²
  double minimizer_square = 0;  ///< ‖x*‖², for the printed conventions
  double scale = 1;             ///< η/(2b), for the printed conventions
  // What rounding may have done to them: absolute.
  double log_det_error = 0;
  double trace_error = 0;
  double mean_square_error = 0;
};

/// Which statement of Φ is meant (THEORY §4).
enum class BoundConvention {
  kDerived,  ///< 2 KL = err + ‖μ‖²/ρ − d, as the derivation gives
  kPrinted,  ///< c₀ as Theorem 6 prints it: two terms halved twice
  kLiteral,  ///< Lemma 5's M put where M̃ belongs: counts η/2b twice
};

/// Φ = √(8/n)·(err + c₀)^½. In every convention err ≥ d (each eigenvalue contributes h(x) ≥ 1) and
/// c₀ > −d, so the radicand is positive.
struct BoundValue {
  double err = 0;
  double c0 = 0;
  double phi = 0;     ///< +inf where M is singular
  double digits = 0;  ///< estimate of how many of err and of Φ are right
};

/// KL(N(μ, M) ‖ N(0, ρI)) = ½(−log det M + Tr M/ρ + d log ρ + ‖μ‖²/ρ − d); +inf for singular M.
[[nodiscard]] double KlDivergence(const PosteriorSummary& posterior, const BoundSettings& settings);

/// Estimate of how many digits of the KL divergence are right: its terms may cancel.
[[nodiscard]] double KlDigits(const PosteriorSummary& posterior, const BoundSettings& settings);

/// Φ in one convention, THEORY §4's table. Lemma 4 of the supplement needs a loss of range ≤ 4√2.
[[nodiscard]] BoundValue PacBayesBound(const PosteriorSummary& posterior,
                                       const BoundSettings& settings, BoundConvention convention);

/// 2(KL + ln(2n/τ)): what err + c₀ stands for in Theorem 6 (claim T6-kl).
[[nodiscard]] double TwiceComplexity(const PosteriorSummary& posterior,
                                     const BoundSettings& settings);

/// E_P[F − F*] = ½ (c−x*)ᵀH(c−x*) + ½ Tr(HM) on the quadratic, exactly.
[[nodiscard]] double QuadraticRisk(const Eigen::MatrixXd& hessian, const Eigen::VectorXd& minimizer,
                                   const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance);

/// log pseudo-determinant and rank of a PSD matrix: eigenvalues below d·1e-15 of the largest, after
/// scaling to unit diagonal, count as zero. For --range-only. Cost O(d³).
struct RangeSummary {
  Eigen::Index rank = 0;
  double log_det = 0;    ///< Σ log of the eigenvalues that count
  double condition = 0;  ///< Σ λ_max/λ_i over them: times M's relative error, the error of log_det
};
/// d·1e-15: relative to the largest eigenvalue at unit diagonal.
[[nodiscard]] double RankTolerance(Eigen::Index dimension);
[[nodiscard]] RangeSummary SummarizeRange(const Eigen::MatrixXd& covariance);

}  // namespace adamsde
