#pragma once

#include "cli/report/files.h"
#include "cli/report/page.h"

namespace adamsde {

/// The figures of any command's result, in the order of its page.
/// @throws std::invalid_argument  not a result of adamsde.
[[nodiscard]] std::vector<Figure> MakeFigures(const Json& result, const ReportFiles& files);

/// The page of any command's result.json and its files.
/// @throws std::invalid_argument  not a result of adamsde: says what is wrong.
[[nodiscard]] Page MakePage(const Json& result, const ReportFiles& files);

}  // namespace adamsde
