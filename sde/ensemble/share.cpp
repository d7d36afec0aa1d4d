#include "sde/ensemble/share.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sde/ensemble/progress_arrays.h"
#include "sde/ensemble/stepper.h"

namespace adamsde {
namespace {

std::int64_t BlocksLeft(const EnsembleProgress& progress) {
  std::int64_t left = 0;
  for (const BlockRange& range : progress.ranges) left += range.end - range.next;
  return left;
}

std::int64_t ShardBegin(const EnsembleLayout& layout, std::int64_t block) {
  while (block > 0 && layout.ShardOf(block - 1) == layout.ShardOf(block)) --block;
  return block;
}

/// The first block of a rank: `skip` blocks of the work left lie before it, about. Never among
/// those that are done.
std::int64_t Cut(const EnsembleProgress& whole, const EnsembleLayout& layout, std::int64_t skip) {
  for (const BlockRange& range : whole.ranges) {
    const std::int64_t left = range.end - range.next;
    if (skip >= left) {
      skip -= left;
      continue;
    }
    const std::int64_t block = ShardBegin(layout, range.next + skip);
    return block > range.next ? block : range.begin;
  }
  return layout.Blocks();
}

/// The part of a range in [begin, end), which does not cut through what is done.
BlockRange Part(const BlockRange& range, std::int64_t begin, std::int64_t end) {
  BlockRange part{.begin = std::max(range.begin, begin),
                  .next = 0,
                  .end = std::min(range.end, end),
                  .sums = {},
                  .paused = {},
                  .divergences = {}};
  part.next = std::clamp(range.next, part.begin, part.end);
  std::copy_if(range.paused.begin(), range.paused.end(), std::back_inserter(part.paused),
               [&](const PausedBlock& p) { return p.block >= part.begin && p.block < part.end; });
  if (part.begin == range.begin) {
    part.sums = range.sums;
    part.divergences = range.divergences;
  }
  return part;
}

void Append(BlockRange range, std::vector<BlockRange>& ranges) {
  if (ranges.empty() || ranges.back().next < ranges.back().end) {
    ranges.push_back(std::move(range));
    return;
  }
  BlockRange& last = ranges.back();
  last.next = range.next;
  last.end = range.end;
  last.paused = std::move(range.paused);
  std::move(range.sums.begin(), range.sums.end(), std::back_inserter(last.sums));
  last.divergences.insert(last.divergences.end(), range.divergences.begin(),
                          range.divergences.end());
}

}  // namespace

EnsembleProgress ShareOf(const EnsembleProgress& whole, const EnsembleLayout& layout, int rank,
                         int size) {
  const std::int64_t left = BlocksLeft(whole);
  const std::int64_t begin = rank == 0 ? 0 : Cut(whole, layout, left * rank / size);
  const std::int64_t end =
      rank + 1 == size ? layout.Blocks() : Cut(whole, layout, left * (rank + 1) / size);
  EnsembleProgress part;
  for (const BlockRange& range : whole.ranges) {
    if (range.begin < end && range.end > begin) part.ranges.push_back(Part(range, begin, end));
  }
  return part;
}

std::int64_t NumSumsOfRanks(const EnsembleLayout& layout, int size) {
  EnsembleProgress whole;
  whole.ranges.resize(1);
  whole.ranges.front().end = layout.Blocks();
  std::int64_t count = 0;
  for (int rank = 0; rank < size; ++rank) {
    for (const BlockRange& range : ShareOf(whole, layout, rank, size).ranges) {
      for (std::int64_t g = 0; g < layout.Replicates(); ++g) {
        const std::int64_t first = layout.FirstChainOfGroup(g) / kBlockChains;
        const std::int64_t last = (layout.FirstChainOfGroup(g + 1) - 1) / kBlockChains;
        const std::int64_t from = layout.ShardOf(std::max(first, range.begin));
        const std::int64_t to = layout.ShardOf(std::min(last, range.end - 1));
        if (last < range.begin || first >= range.end) continue;
        count += from == layout.ShardOf(first) ? 1 : to - from + 1;
      }
    }
  }
  return count;
}

EnsembleProgress Unite(const EnsembleProgress& part, RankGroup& ranks) {
  ArrayMap mine;
  AddArrays(part, "", mine);
  EnsembleProgress whole;
  for (const std::string& bytes : ranks.AllGather(ToBytes(mine))) {
    for (BlockRange& range : ReadProgress(FromBytes(bytes), "").ranges) {
      Append(std::move(range), whole.ranges);
    }
  }
  return whole;
}

}  // namespace adamsde
