#pragma once

#include "sde/ensemble/ensemble_progress.h"
#include "sde/parallel/array_map.h"

namespace adamsde {

/// A run's progress as arrays named prefix + "range0/…": outer products as packed lower triangles,
/// column after column, one row of the file per group and window.
void AddArrays(const EnsembleProgress& progress, const std::string& prefix, ArrayMap& arrays);

/// @throws std::invalid_argument  arrays that are missing or of shapes that disagree.
[[nodiscard]] EnsembleProgress ReadProgress(const ArrayMap& arrays, const std::string& prefix);

}  // namespace adamsde
