#pragma once

#include <string>

#include "cli/options.h"
#include "cli/problem_source.h"
#include "cli/result.h"

namespace adamsde {

/// sweep --map: writes sweep_map.csv, adds "map" to result.json and returns the report to read.
/// @throws std::invalid_argument  an unknown parameter (names the nearest), a spectrum, a range
///                                that is empty, or a law whose minima cannot be certified.
[[nodiscard]] std::string AddSweepMap(const OptimizerProblem& problem, const Options& options,
                                      const SweepOptions& sweep, Result& result);

}  // namespace adamsde
