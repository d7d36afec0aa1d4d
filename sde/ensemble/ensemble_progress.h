#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "sde/ensemble/moments.h"

namespace adamsde {

/// A chain that left the finite numbers.
struct Divergence {
  std::int64_t chain = 0;
  std::int64_t transition = 0;  ///< the first check that found it non-finite
};

/// What has been summed of one replicate group, over consecutive shards.
///
/// Blocks are cut into at most kMostShards shards of consecutive blocks. A group's sum is that of
/// its shards, a shard's that of its blocks, each from the first to the last: an order that depends
/// on neither threads, ranks nor pauses.
struct GroupSums {
  std::int64_t group = 0;
  std::int64_t first_shard = 0;
  std::int64_t last_shard = 0;
  std::vector<MomentSums> windows;  ///< by part of the chains' records, in order of time
  Eigen::VectorXd observables;      ///< summed, length e
};

/// A block that was left before its end, or whose predecessors were.
struct PausedBlock {
  std::int64_t block = 0;
  std::int64_t transitions = 0;  ///< applied
  std::int64_t records = 0;      ///< taken
  Eigen::MatrixXd state;         ///< ChainBlock::Save
  std::vector<GroupSums> sums;   ///< of its chains
  Eigen::MatrixXd kept;          ///< the records themselves, for a sink; else empty
  std::vector<Divergence> divergences;
};

/// Consecutive blocks and how far they have come.
struct BlockRange {
  std::int64_t begin = 0;
  std::int64_t next = 0;            ///< blocks before it are done and in `sums`
  std::int64_t end = 0;             ///< one past the last
  std::vector<GroupSums> sums;      ///< in order of group and shard
  std::vector<PausedBlock> paused;  ///< ascending, from `next` on
  std::vector<Divergence> divergences;
};

/// Where a paused run stands: all that RunChains needs to go on to the bits of a run that never
/// paused. Empty: not started.
struct EnsembleProgress {
  std::vector<BlockRange> ranges;  ///< ascending, covering all blocks
};

/// How a run is cut up.
class EnsembleLayout {
 public:
  static constexpr std::int64_t kMostShards = 1024;

  EnsembleLayout(std::int64_t chains, std::int64_t replicates);

  [[nodiscard]] std::int64_t Blocks() const { return blocks_; }
  [[nodiscard]] std::int64_t Replicates() const { return replicates_; }
  [[nodiscard]] std::int64_t FirstChainOfGroup(std::int64_t group) const;
  [[nodiscard]] std::int64_t FirstChain(std::int64_t block) const;
  [[nodiscard]] std::int64_t EndChain(std::int64_t block) const;
  [[nodiscard]] std::int64_t ShardOf(std::int64_t block) const;

  /// Zero sums for the groups that a block has chains of.
  [[nodiscard]] std::vector<GroupSums> EmptySums(std::int64_t block, std::int64_t windows,
                                                 Eigen::Index dimension,
                                                 Eigen::Index observables) const;

  /// Adds the sums of block range.next, which must be finished, and moves on.
  void Absorb(std::vector<GroupSums> sums, BlockRange& range) const;

 private:
  [[nodiscard]] bool StartsGroup(const GroupSums& sums) const;

  std::int64_t chains_;
  std::int64_t replicates_;
  std::int64_t blocks_;
  std::int64_t shards_;
};

/// @throws std::invalid_argument  progress that no run with this layout, these windows, dimension
///                                and observables can have left.
void Validate(const EnsembleProgress& progress, const EnsembleLayout& layout, std::int64_t windows,
              Eigen::Index dimension, Eigen::Index observables);

}  // namespace adamsde
