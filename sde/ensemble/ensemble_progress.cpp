#include "sde/ensemble/ensemble_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

#include "sde/ensemble/stepper.h"

namespace adamsde {
namespace {

void AddTo(GroupSums& into, const GroupSums& from) {
  for (std::size_t w = 0; w < into.windows.size(); ++w) into.windows[w].Merge(from.windows[w]);
  into.observables += from.observables;
  into.last_shard = from.last_shard;
}

void Require(bool holds, const char* what) {
  if (!holds) {
    throw std::invalid_argument(fmt::format("the saved ensemble is not of this run ({})", what));
  }
}

}  // namespace

EnsembleLayout::EnsembleLayout(std::int64_t chains, std::int64_t replicates)
    : chains_(chains),
      replicates_(replicates),
      blocks_((chains + kBlockChains - 1) / kBlockChains),
      shards_(std::min(blocks_, kMostShards)) {}

std::int64_t EnsembleLayout::FirstChainOfGroup(std::int64_t group) const {
  return group * chains_ / replicates_;
}

std::int64_t EnsembleLayout::FirstChain(std::int64_t block) const { return block * kBlockChains; }

std::int64_t EnsembleLayout::EndChain(std::int64_t block) const {
  return std::min(FirstChain(block + 1), chains_);
}

std::int64_t EnsembleLayout::ShardOf(std::int64_t block) const { return block * shards_ / blocks_; }

std::vector<GroupSums> EnsembleLayout::EmptySums(std::int64_t block, std::int64_t windows,
                                                 Eigen::Index dimension,
                                                 Eigen::Index observables) const {
  std::vector<GroupSums> sums;
  for (std::int64_t g = 0; g < replicates_; ++g) {
    if (FirstChainOfGroup(g) >= EndChain(block)) break;
    if (FirstChainOfGroup(g + 1) <= FirstChain(block)) continue;
    sums.push_back({.group = g,
                    .first_shard = ShardOf(block),
                    .last_shard = ShardOf(block),
                    .windows = std::vector<MomentSums>(static_cast<std::size_t>(windows),
                                                       MomentSums(dimension)),
                    .observables = Eigen::VectorXd::Zero(observables)});
  }
  return sums;
}

bool EnsembleLayout::StartsGroup(const GroupSums& sums) const {
  return sums.first_shard == ShardOf(FirstChainOfGroup(sums.group) / kBlockChains);
}

void EnsembleLayout::Absorb(std::vector<GroupSums> sums, BlockRange& range) const {
  assert(range.next < range.end);
  for (GroupSums& part : sums) {
    const bool continues_shard = !range.sums.empty() && range.sums.back().group == part.group &&
                                 range.sums.back().last_shard == part.first_shard &&
                                 range.sums.back().first_shard == part.first_shard;
    if (continues_shard) {
      AddTo(range.sums.back(), part);
    } else {
      range.sums.push_back(std::move(part));
    }
  }
  ++range.next;
  const bool shard_is_done =
      range.next == blocks_ || ShardOf(range.next) != ShardOf(range.next - 1);
  if (!shard_is_done) return;
  // A finished shard joins the shards before it, if those reach back to its group's first.
  std::vector<GroupSums> joined;
  for (GroupSums& part : range.sums) {
    if (!joined.empty() && joined.back().group == part.group && StartsGroup(joined.back())) {
      AddTo(joined.back(), part);
    } else {
      joined.push_back(std::move(part));
    }
  }
  range.sums = std::move(joined);
}

void Validate(const EnsembleProgress& progress, const EnsembleLayout& layout, std::int64_t windows,
              Eigen::Index dimension, Eigen::Index observables) {
  const auto require_sums = [&](const std::vector<GroupSums>& sums) {
    for (const GroupSums& s : sums) {
      Require(s.group >= 0 && s.group < layout.Replicates(), "a group's number");
      Require(static_cast<std::int64_t>(s.windows.size()) == windows, "its windows");
      Require(s.observables.size() == observables, "its observables");
      for (const MomentSums& w : s.windows) {
        Require(
            w.sum.size() == dimension && w.lower.rows() == dimension && w.lower.cols() == dimension,
            "its dimension");
      }
    }
  };
  std::int64_t end = 0;
  for (const BlockRange& range : progress.ranges) {
    Require(range.begin == end && range.next >= range.begin && range.end >= range.next,
            "a range of blocks");
    end = range.end;
    require_sums(range.sums);
    std::int64_t before = range.next - 1;
    for (const PausedBlock& block : range.paused) {
      Require(block.block > before && block.block < range.end, "a block's number");
      Require(block.transitions > 0 && block.records >= 0, "a block's progress");
      before = block.block;
      require_sums(block.sums);
    }
  }
  Require(end == layout.Blocks(), "its number of chains");
}

}  // namespace adamsde
