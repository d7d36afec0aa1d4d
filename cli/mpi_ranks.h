#pragma once

#include <memory>

#include "sde/parallel/rank_group.h"

namespace adamsde {

/// The ranks that a launcher (mpirun, srun) started together, or this process alone. MPI is
/// initialized only under a launcher: it takes a third of a second.
/// @throws std::runtime_error  several were started, but this program was built without MPI.
[[nodiscard]] std::shared_ptr<RankGroup> StartRanks();

/// Ends all ranks of a job, in which others may wait for this one, with this exit code. Returns
/// where this process is alone.
void EndAllRanks(const RankGroup& ranks, int exit_code);

}  // namespace adamsde
