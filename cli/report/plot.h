#pragma once

#include <filesystem>
#include <string>

#include "cli/report/files.h"
#include "cli/report/page.h"

namespace adamsde {

/// @throws std::invalid_argument  the name ends neither in .svg nor, where this program can write
///                                it, in .png.
void RequirePlotName(const std::string& path);

/// One figure of a result for a paper: vector in .svg, or .png at 300 dots per inch; 86 mm wide.
/// @param name  of the figure; empty: the first
/// @throws std::invalid_argument  no such figure (names those there are), or none at all.
void WritePlot(const std::filesystem::path& path, const std::string& name, const Json& result,
               const ReportFiles& files);

}  // namespace adamsde
