#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "sde/ensemble/ensemble_progress.h"
#include "sde/ensemble/moments.h"
#include "sde/ensemble/stepper.h"
#include "sde/parallel/rank_group.h"

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
  int threads = 0;              ///< 0: all cores; never changes a result
  RankGroup* ranks = &Alone();  ///< who shares the blocks; never changes a result
  /// Initial states as deviations from the mean, in the stepper's coordinates: empty (all zero),
  /// 1×d (all chains alike) or chains×d.
  Eigen::MatrixXd initial;
  /// Called now and then with the fraction done, from one thread at a time.
  std::function<void(double fraction)> progress;
  /// Called with the records of a block, in order of first_chain: chains×(T·d), record r of a chain
  /// in columns r·d … r·d+d−1. Set only where records are wanted: they cost memory T·d per chain.
  std::function<void(std::int64_t first_chain, const Eigen::MatrixXd& records)> sink;
  /// Polled every half second or more often, by several threads; true pauses the run.
  std::function<bool()> pause;
};

struct EnsembleResult {
  /// One per replicate; deviations from the mean, in the stepper's coordinates (so are records).
  std::vector<MomentSums> groups;
  /// The same by window, in order of time: what tells a transient. Empty unless windows > 1.
  std::vector<std::vector<MomentSums>> windows;
  /// e×replicates: mean of the chains' observables per group (ChainBlock::Observables).
  Eigen::MatrixXd observables;
  std::vector<Divergence> divergences;  ///< if any, moments are of no use
  bool paused = false;                  ///< options.pause was true: there are no moments yet
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
  /// All that further transitions depend on, beside their numbers.
  [[nodiscard]] virtual Eigen::MatrixXd Save() = 0;
  /// @param saved  what Save of a block of the same chains returned
  /// @throws std::invalid_argument  another shape
  virtual void Restore(const Eigen::MatrixXd& saved) = 0;

 protected:
  static void RequireShape(const Eigen::MatrixXd& saved, Eigen::Index rows, Eigen::Index columns);
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
/// by OpenMP threads and merged in a fixed order: bit-identical for any number of threads. Ranks
/// take about as many blocks each, and all return the same; a pause ends with the slowest of them.
/// Memory: (replicates + 2·threads) d² doubles per window.
///
/// @param progress  where the run stands: empty, or what a run with the same options left when
///                  options.pause became true. It goes on from there, to the same bits. The same
///                  on every rank.
/// @throws std::invalid_argument  see Validate; or progress that is not of these options.
[[nodiscard]] EnsembleResult RunChains(const ChainSource& source, const EnsembleOptions& options,
                                       EnsembleProgress& progress);
[[nodiscard]] EnsembleResult RunChains(const ChainSource& source, const EnsembleOptions& options);

/// The same for a stepper, from options.initial.
[[nodiscard]] EnsembleResult RunEnsemble(const Stepper& stepper, const EnsembleOptions& options,
                                         EnsembleProgress& progress);
[[nodiscard]] EnsembleResult RunEnsemble(const Stepper& stepper, const EnsembleOptions& options);

}  // namespace adamsde
