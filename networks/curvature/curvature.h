#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analysis/bound/corollary3.h"
#include "analysis/spectrum/hutchinson.h"
#include "analysis/spectrum/lanczos.h"
#include "analysis/spectrum/mass_bounds.h"
#include "analysis/spectrum/matrix_free_bound.h"
#include "networks/data/split.h"
#include "networks/model/network.h"
#include "networks/training/optimizer.h"

namespace adamsde::networks {

/// The Hessian of F = (1/n) Σ f_i + (r/2)‖x‖² over some rows, at the network's present parameters,
/// by products: exact means over all rows, taken batch by batch. Batch normalization is in
/// evaluation mode: its running statistics are constants.
class DatasetHessian {
 public:
  /// Keeps references to network and data.
  /// @param batch  rows per pass of the network: memory only, not the result
  DatasetHessian(const Network& network, const Data& data, std::vector<Eigen::Index> rows,
                 std::int64_t batch, double ridge);

  [[nodiscard]] Eigen::MatrixXd operator()(const Eigen::MatrixXd& v) const;
  [[nodiscard]] Eigen::Index Rows() const { return static_cast<Eigen::Index>(rows_.size()); }

 private:
  const Network& network_;
  const Data& data_;
  std::vector<Eigen::Index> rows_;
  std::int64_t batch_;
  double ridge_;
};

/// How spectrum and err are estimated.
struct CurvatureOptions {
  std::int64_t rows = 0;         ///< a fixed random subset of the training rows; 0: all
  std::int64_t batch = 500;      ///< rows per pass
  int steps = 40;                ///< Lanczos
  int runs = 4;                  ///< probes
  int diagonal_probes = 32;      ///< of Hutchinson's estimate of diag H
  double diagonal_floor = 1e-6;  ///< q_i = max(|H_ii|, floor)^(−½)
  SpectrumPolicy policy{.negative = NegativePolicy::kAbsolute, .floor = 1e-6};
  double prior_variance = 1;  ///< ρ
  std::uint64_t seed = 1;     ///< of subset and probes
};

/// What the runs saw of one trained network.
struct Curvature {
  DiagonalEstimate diagonal{};
  Eigen::VectorXd q{};     ///< Lemma 5's preconditioner
  double q_at_floor = 0;   ///< share of entries at the floor
  LanczosRuns hessian{};   ///< on H
  LanczosRuns sandwich{};  ///< on Q^½HQ^½
};

/// A subset of the training rows: a function of (options.seed, options.rows).
[[nodiscard]] std::vector<Eigen::Index> CurvatureRows(const Data& data,
                                                      const CurvatureOptions& options);

/// Costs diagonal_probes + 2·runs·steps products with H.
/// @throws std::domain_error  products are not finite.
[[nodiscard]] Curvature MeasureCurvature(
    const BlockOperator& hessian, Eigen::Index dimension, const CurvatureOptions& options,
    const std::function<void(const std::string& part, double fraction)>& progress);

/// err per parameter of one network, by every formula.
struct NetworkErr {
  TruncatedEstimate corollary3_adamw{};  ///< err/d, x = (2ρb/η)(√σ + λ)
  TruncatedEstimate corollary3_l2{};     ///< err/d, x = (2ρb/η)(√σ + λ/√σ)
  TruncatedEstimate theorem6_adamw{};    ///< err/d of Lemma 5's M with the network's own diagonal Q
  TruncatedEstimate theorem7_l2{};       ///< err/d of H.3's printed matrix
};
[[nodiscard]] NetworkErr EvaluateErr(const Curvature& curvature, const Hyperparameters& hyper,
                                     const CurvatureOptions& options);

/// What Corollary 3's values can be with any number of Lanczos steps; NaN where the policy leaves
/// no bounds (no floor, negative eigenvalues left out).
[[nodiscard]] Corollary3Bounds BoundErr(const NodeTable& spectrum, const Hyperparameters& hyper,
                                        const CurvatureOptions& options);

/// η, λ and b as x_i takes them: those of the first step (the base rate, λ₀ of -D variants).
[[nodiscard]] Hyperparameters ErrHyperparameters(const TrainingOptions& training);

/// What the paper says of the spectrum, as means over runs.
struct SpectrumShares {
  RunEstimate unit{};      ///< mass with 0 ≤ σ ≤ 1 of absolute eigenvalues
  RunEstimate negative{};  ///< mass below −floor
  RunEstimate at_floor{};  ///< mass with |σ| ≤ floor
  double largest = 0;
  double smallest = 0;
};
[[nodiscard]] SpectrumShares MeasureShares(const NodeTable& spectrum, double floor);

}  // namespace adamsde::networks
