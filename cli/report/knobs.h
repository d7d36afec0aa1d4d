#pragma once

#include <optional>

#include "cli/report/files.h"
#include "cli/report/page.h"

namespace adamsde {

/// What the knobs of a sweep's page start from; nothing where the sweep saved no modes.
/// @throws std::invalid_argument  files of shapes that do not fit together.
[[nodiscard]] std::optional<Knobs> MakeKnobs(const Json& result, const ReportFiles& files);

/// Doubles as base64 of their little-endian bytes: every bit, at 4/3 of their size.
[[nodiscard]] std::string Base64(const std::vector<double>& values);

}  // namespace adamsde
