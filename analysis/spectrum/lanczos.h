#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>

#include "analysis/spectrum/spectrum_runs.h"
#include "sde/problem/loss.h"

namespace adamsde {

/// A mean over runs and its standard error (NaN for a single run).
struct RunEstimate {
  double value = 0;
  double standard_error = 0;
};

/// Mean and standard error of one number per run.
[[nodiscard]] RunEstimate OverRuns(const Eigen::VectorXd& per_run);

enum class ProbeKind {
  kRademacher,  ///< ±1: exact for diagonal matrices, the smaller variance
  kGaussian,    ///< normals (scaled to unit length, so that weights sum to 1)
};

struct LanczosOptions {
  int steps = 80;  ///< k ≥ 2, nodes per run; at most d are taken
  int runs = 10;   ///< ≥ 1 probes; standard errors need 2
  ProbeKind probe = ProbeKind::kRademacher;
  std::uint64_t seed = 1;
  int threads = 0;  ///< 0: all; never changes a result
  std::function<void(double fraction)> progress{};
};

/// @throws std::invalid_argument  a field outside its range; names field, value and range.
void Validate(const LanczosOptions& options);

/// d×runs, reproducible: each entry is a function of (seed, run, component).
[[nodiscard]] Eigen::MatrixXd Probes(Eigen::Index dimension, const LanczosOptions& options);

/// Lanczos from each probe's direction u: A V = V T + …, V orthonormal, T tridiagonal.
struct LanczosRuns {
  Eigen::MatrixXd diagonal;     ///< α, runs × k
  Eigen::MatrixXd subdiagonal;  ///< β, runs × (k−1); zero where a run found an invariant subspace
  Eigen::MatrixXd cross;        ///< Vᵀ(q∘u), runs × k
  double dimension = 0;         ///< d

  [[nodiscard]] Eigen::Index Runs() const { return diagonal.rows(); }
  [[nodiscard]] Eigen::Index Steps() const { return diagonal.cols(); }
};

/// Probes in lockstep. Fixed: products with blocks of other widths round differently.
inline constexpr Eigen::Index kLanczosGroup = 4;

/// Lanczos with full reorthogonalization (twice), several probes in lockstep, so that A is applied
/// to blocks. Cost per run: k products with A and O(dk²); memory O(dk) per run at work.
/// Groups of four probes are shared among threads; results do not depend on their number.
/// [GolubMeurant2010], [UbaruChenSaad2017].
///
/// @param a       V ↦ A V, symmetric, d×d; may be called from several threads at once
/// @param probes  d×runs, no zero column
/// @param q       length d: weights of the cross terms (Tr[Q f(A)]); all ones to ignore them
[[nodiscard]] LanczosRuns RunLanczos(const BlockOperator& a, const Eigen::MatrixXd& probes,
                                     const Eigen::VectorXd& q, const LanczosOptions& options);

/// Nodes and weights of quadratures, one run per row: runs × nodes. Unused nodes have weight 0.
struct NodeTable {
  Eigen::MatrixXd values;
  Eigen::MatrixXd weights;  ///< each row sums to 1
  double dimension = 0;     ///< d
};

/// The same as SpectrumRuns, without the unused nodes.
[[nodiscard]] SpectrumRuns ToSpectrumRuns(const NodeTable& table);

/// Gauss quadratures from the first `steps` Lanczos steps, T = YΘYᵀ:
///   uᵀf(A)u ≈ Σ_k w_k f(θ_k), w_k = Y_1k²          hence Tr f(A) = d·E[…]
///   uᵀQf(A)u ≈ Σ_k c_k f(θ_k), c_k = Y_1k (Yᵀ VᵀQu)_k  hence Tr[Q f(A)] = d·E[…]
struct Quadrature {
  NodeTable spectrum;     ///< θ and w
  Eigen::MatrixXd cross;  ///< c, runs × steps, of any sign
};
[[nodiscard]] Quadrature MakeQuadrature(const LanczosRuns& runs, Eigen::Index steps);

/// An estimate with what the number of steps does to it. Quadratures of f with derivatives of fixed
/// sign approach their limit from one side, slowly where A is ill-conditioned: no standard error
/// over runs shows that.
struct TruncatedEstimate {
  RunEstimate estimate;    ///< with all k steps
  double truncation = 0;   ///< estimated |bias| left after k steps
  bool converged = false;  ///< truncation ≤ half a standard error, or of rounding size
};

/// Quadratures from k/2, 3k/4 and k steps of the same runs.
class QuadratureLadder {
 public:
  explicit QuadratureLadder(const LanczosRuns& runs);
  [[nodiscard]] const Quadrature& Full() const { return full_; }

  /// With δ₁, δ₂ the changes between the three, what is left is taken as δ₂·max(1, r/(1−r)), r =
  /// δ₂/δ₁ (geometric decay); without decay (r ≥ 1) it is unknown: infinite. k = d is exact.
  /// @param of  the estimator, given a quadrature: one number per run
  [[nodiscard]] TruncatedEstimate operator()(
      const std::function<Eigen::VectorXd(const Quadrature&)>& of) const;

 private:
  Quadrature half_;
  Quadrature most_;
  Quadrature full_;
  bool complete_;  // k = d
};

/// Σ_k w_k f(θ_k)·d for each run.
[[nodiscard]] Eigen::VectorXd TracePerRun(const NodeTable& runs,
                                          const std::function<double(double)>& f);

}  // namespace adamsde
