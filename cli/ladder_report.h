#pragma once

#include <string>

#include "cli/options.h"
#include "cli/problem_source.h"
#include "cli/result.h"

namespace adamsde {

/// Descends the ladder as --ladder says, adds `ladder`, `ladder_conclusions`, `preconditioner` and
/// `paired` to result.json, and returns the report to read: the table, what each rung changed,
/// which one hurts most, and AdamW against ℓ2-Adam on the same random numbers.
[[nodiscard]] std::string AddLadder(const Problem& problem, const Options& options, Result& result);

}  // namespace adamsde
