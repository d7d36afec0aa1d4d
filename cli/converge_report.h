#pragma once

#include <string>

#include "analysis/convergence/complexity.h"
#include "analysis/convergence/theorem1.h"
#include "cli/io/json.h"

namespace adamsde {

// result.json's parts, the table for people and the CSV of `converge`.

[[nodiscard]] Json ToJson(const TheoremConstants& constants);
[[nodiscard]] Json ToJson(const std::vector<ParameterRow>& parameters);
[[nodiscard]] Json ToJson(const std::vector<Inequality>& inequalities);
[[nodiscard]] Json ToJson(const std::vector<MeasuredRun>& measured);
[[nodiscard]] Json ToJson(const std::vector<NamedSlope>& slopes);
[[nodiscard]] Json ToJson(const std::vector<ComplexityRow>& rows);
[[nodiscard]] Json ToJson(const std::vector<ComplexityPoint>& points);

[[nodiscard]] std::string ParameterTable(const std::vector<ParameterRow>& parameters);
[[nodiscard]] std::string InequalityTable(const std::vector<Inequality>& inequalities);
[[nodiscard]] std::string ComplexityTable(const std::vector<ComplexityRow>& rows);

/// run, iteration, then every averaged quantity with its standard error.
[[nodiscard]] std::string TrajectoryCsv(const std::vector<Trajectory>& trajectories);

}  // namespace adamsde
