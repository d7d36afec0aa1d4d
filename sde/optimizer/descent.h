#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "sde/optimizer/update.h"
#include "sde/parallel/work_units.h"
#include "sde/problem/known_loss.h"
#include "sde/random/additive_noise.h"

namespace adamsde {

/// Mean over runs with its standard error; merging in a fixed order gives the same bits always.
struct RunAverage {
  std::int64_t count = 0;
  double mean = 0;
  double squares = 0;  ///< Σ (value − mean)²

  void Add(double value);
  void Merge(const RunAverage& other);
  /// Of the mean; 0 with a single run.
  [[nodiscard]] double StandardError() const;
};

/// What is measured at every iteration k of every run (THEORY §5), at x_k with v_k = √(n_k + δ) and
/// the regularized gradient ∇F_k = ∇F + λ_k v_k⊙x_k (ℓ2-Adam: ∇F + λ_k x_k).
enum Quantity : std::size_t {
  kSurrogateGradient,  ///< ‖∇F_k(x_k)‖²
  kMove,               ///< ‖v_k⊙(x_k − x_{k+1})‖²
  kMoveWeighted,       ///< ‖x_k − x_{k+1}‖² in ‖·‖_{v_k}
  kMomentumError,      ///< ‖m_k − ∇F(x_k)‖² (ℓ2-Adam: ‖m_k − ∇F_k(x_k)‖²)
  kLoss,               ///< F(x_k) − F*
  kSurrogate,          ///< F_k(x_k) − F*
  kGradient,           ///< ‖∇F(x_k)‖²
  kScale,              ///< ‖v_k‖²
  kDistance,           ///< ‖x_k − x*‖
  kVacuous,            ///< 1 where λ_kρ'‖x_k‖∞ ≥ 1: Corollary 1 says nothing there
  kViolated,           ///< 1 where Corollary 1's inequality fails
  kQuantities,
};

using QuantityAverages = std::array<RunAverage, kQuantities>;

/// A state of every run: what a stage of Algorithm 2 hands to the next.
struct DescentState {
  Eigen::MatrixXd x;  ///< runs×d
  Eigen::MatrixXd m;
  Eigen::MatrixXd n;
};

struct DescentOptions {
  UpdateRule rule;
  AdditiveNoise noise;
  std::int64_t runs = 64;
  std::int64_t iterations = 1;  ///< T
  /// Where all runs start; ignored with `resume`.
  Eigen::VectorXd start;
  /// Continues from a state of as many runs (rule.start should be kZero then).
  const DescentState* resume = nullptr;
  /// Weights of the averages over iterations: η_k instead of equal ones (Theorem 3).
  bool weight_by_rate = false;
  /// η_k = (rate)·√(n_k+δ), which cancels the preconditioner: x ← … − rate·m (Theorem 1's ℓ2-Adam).
  bool cancel_preconditioner = false;
  /// Iterations whose quantities are averaged over runs and kept, ascending.
  std::vector<std::int64_t> records;
  /// Keeps E|g_k|₁ of every iteration (T numbers).
  bool track_gradient = false;
  /// Draws Algorithm 2's random output iterate, P(k) ∝ the weights.
  bool random_output = false;
  std::uint64_t seed = 1;
  std::uint32_t stream = 0;  ///< two are used: this and the next
  int threads = 0;           ///< 0: all
  /// Who runs the blocks, and what is known of them from a run before; nothing: this process, all.
  WorkUnits* units = nullptr;
  std::function<void(double fraction)> progress;
};

/// @throws std::invalid_argument  a field outside its range; names it.
void Validate(const DescentOptions& options, Eigen::Index dimension);

struct DescentRecord {
  std::int64_t iteration = 0;
  QuantityAverages at;         ///< of iteration k alone
  RunAverage running_average;  ///< of ‖∇F_k‖² over iterations 0…k, weighted
};

struct DescentResult {
  QuantityAverages average;  ///< over runs, of each run's weighted average over k < T
  std::vector<DescentRecord> records;
  std::vector<double> gradient;  ///< E|g_k|₁ where tracked
  RunAverage final_distance;     ///< ‖x_T − x*‖
  DescentState final_state;      ///< x_T, m_{T−1}, n_{T−1}
  DescentState output_state;     ///< x_J, m_J, n_J for each run's random J
  QuantityAverages output;       ///< quantities at (x_J, m_J, n_J)
  double largest_x = 0;          ///< max |x| over all runs, iterations and components
  std::int64_t diverged = 0;     ///< runs that left the finite numbers
};

/// Many independent runs of Algorithm 1 with every quantity of THEORY §5 averaged on the way.
///
/// A run's noise depends on (seed, stream, run, iteration, component) only; runs lie in fixed
/// blocks merged in order: bit-identical for any number of threads. Cost O(T·runs·d) and the
/// gradient's; memory O(runs·d).
/// @throws std::invalid_argument  see Validate.
[[nodiscard]] DescentResult RunDescent(const KnownLoss& loss, const DescentOptions& options);

/// About `count` iterations in [0, iterations), logarithmically spaced, with first and last.
[[nodiscard]] std::vector<std::int64_t> LogSpacedIterations(std::int64_t iterations, int count);

}  // namespace adamsde
