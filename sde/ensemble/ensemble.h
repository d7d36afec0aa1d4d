#pragma once

#include <Eigen/Core>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "sde/ensemble/moments.h"
#include "sde/ensemble/stepper.h"

namespace adamsde {

/// What to run. Counts are in transitions of the stepper, which may each cover many time steps.
struct EnsembleOptions {
  std::int64_t chains = 1024;     ///< N, independent
  std::int64_t replicates = 32;   ///< groups of consecutive chains, each with its own moments
  std::int64_t burn_in = 0;       ///< transitions before recording starts
  std::int64_t record_every = 1;  ///< transitions between records
  std::int64_t records = 1;       ///< T, per chain
  std::int64_t windows = 1;       ///< equal parts of a chain's records with moments of their own
  std::uint64_t seed = 1;
  int threads = 0;  ///< 0: all cores; never changes a result
  /// Initial states as deviations from the mean, in the stepper's coordinates: empty (all zero),
  /// 1×d (all chains alike) or chains×d.
  Eigen::MatrixXd initial;
  /// Called now and then with the fraction done, from one thread at a time.
  std::function<void(double fraction)> progress;
  /// Called with the records of a block, in order of first_chain: chains×(T·d), record r of a chain
  /// in columns r·d … r·d+d−1. Set only where records are wanted: they cost memory T·d per chain.
  std::function<void(std::int64_t first_chain, const Eigen::MatrixXd& records)> sink;
  /// Polled between records; true stops the run.
  const std::atomic<bool>* stop = nullptr;
};

/// A chain that left the finite numbers.
struct Divergence {
  std::int64_t chain = 0;
  std::int64_t transition = 0;  ///< the first check that found it non-finite
};

struct EnsembleResult {
  /// One per replicate; deviations from the mean, in the stepper's coordinates (so are records).
  std::vector<MomentSums> groups;
  /// The same by window, in order of time: what tells a transient. Empty unless windows > 1.
  std::vector<std::vector<MomentSums>> windows;
  /// e×replicates: mean of the chains' observables per group (ChainBlock::Observables).
  Eigen::MatrixXd observables;
  std::vector<Divergence> divergences;  ///< if any, moments are of no use
  bool stopped = false;                 ///< options.stop was raised: moments are incomplete
};

/// A block of chains on its way.
class ChainBlock {
 public:
  virtual ~ChainBlock() = default;
  /// Applies transitions number first, …, first+count−1; called in order from 0 on.
  virtual void Advance(std::uint64_t first, std::uint64_t count) = 0;
  /// kBlockChains×d, as deviations from whatever point the caller counts from.
  [[nodiscard]] virtual const Eigen::MatrixXd& States() = 0;
  /// kBlockChains×e: further quantities of which only means are kept.
  [[nodiscard]] virtual const Eigen::MatrixXd& Observables();
};

/// Anything that can run blocks of chains: linear SDEs, optimizers.
class ChainSource {
 public:
  virtual ~ChainSource() = default;
  [[nodiscard]] virtual Eigen::Index Dimension() const = 0;                ///< d
  [[nodiscard]] virtual Eigen::Index NumObservables() const { return 0; }  ///< e
  /// Chains first_chain, …, first_chain + kBlockChains − 1 before their first transition. What a
  /// chain does may depend on its number only, not on its block. Called by several threads.
  [[nodiscard]] virtual std::unique_ptr<ChainBlock> Start(std::uint32_t first_chain) const = 0;
};

/// @throws std::invalid_argument  a count outside its range (chains < replicates, 32-bit chain
///                                numbers, 33-bit transition numbers), or a wrong shape of initial.
void Validate(const EnsembleOptions& options, Eigen::Index dimension);

/// Runs N independent chains and accumulates their moments. Blocks of kBlockChains chains are run
/// by OpenMP threads and merged in a fixed order: bit-identical for any number of threads.
/// Memory: (replicates + 2·threads) d² doubles per window.
[[nodiscard]] EnsembleResult RunChains(const ChainSource& source, const EnsembleOptions& options);

/// The same for a stepper, from options.initial.
[[nodiscard]] EnsembleResult RunEnsemble(const Stepper& stepper, const EnsembleOptions& options);

}  // namespace adamsde
