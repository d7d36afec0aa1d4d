#pragma once

#include <Eigen/Core>
#include <atomic>
#include <cstdint>
#include <functional>
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
  std::vector<MomentSums> groups;       ///< one per replicate; deviations from the mean
  std::vector<Divergence> divergences;  ///< if any, moments are of no use
  bool stopped = false;                 ///< options.stop was raised: moments are incomplete
};

/// @throws std::invalid_argument  a count outside its range (chains < replicates, 32-bit chain
///                                numbers, 33-bit transition numbers), or a wrong shape of initial.
void Validate(const EnsembleOptions& options, Eigen::Index dimension);

/// Runs N independent chains and accumulates their moments. Blocks of kBlockChains chains are run
/// by OpenMP threads and merged in a fixed order: bit-identical for any number of threads.
/// Memory: (replicates + 2·threads) d² doubles.
[[nodiscard]] EnsembleResult RunEnsemble(const Stepper& stepper, const EnsembleOptions& options);

}  // namespace adamsde
