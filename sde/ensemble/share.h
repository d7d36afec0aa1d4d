#pragma once

#include <cstdint>

#include "sde/ensemble/ensemble_progress.h"
#include "sde/parallel/rank_group.h"

namespace adamsde {

/// The part of a run that one of `size` ranks takes: consecutive blocks, about as much work left as
/// the others have, cut where shards begin, so that sums keep their order.
[[nodiscard]] EnsembleProgress ShareOf(const EnsembleProgress& whole, const EnsembleLayout& layout,
                                       int rank, int size);

/// All ranks' parts as one run again, on every rank; finished neighbours become one range.
[[nodiscard]] EnsembleProgress Unite(const EnsembleProgress& part, RankGroup& ranks);

/// Groups' sums in all ranks' parts together when their runs are over: one per group, but one per
/// shard where a rank goes on with a group that another began, since shards are added in order.
[[nodiscard]] std::int64_t NumSumsOfRanks(const EnsembleLayout& layout, int size);

}  // namespace adamsde
