#pragma once

#include <optional>
#include <string>

#include "analysis/stationary/laws.h"
#include "cli/options.h"
#include "cli/problem_source.h"
#include "cli/result.h"

namespace adamsde {

/// How a self-consistent preconditioner was found, in result.json and as a line; nothing without
/// one.
[[nodiscard]] std::string AddFixedPoint(
    const std::optional<SelfConsistentPreconditioner>& fixed_point, Result& result);

/// Adds every closed form of the problem (stationary, euler_maruyama, momentum, paper, bound, risk)
/// to result.json and its arrays to the files, and returns the report to read. What does not exist
/// is null with a reason.
/// @param modal  an optimizer problem's modal system, where the caller has it already
/// @throws std::domain_error  no stationary law.
[[nodiscard]] std::string AddPosterior(const Problem& problem, const Options& options,
                                       Result& result,
                                       const std::optional<ModalSystem>& modal = std::nullopt);

}  // namespace adamsde
