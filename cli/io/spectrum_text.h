#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adamsde {

/// Runs of numbers, of any lengths.
using JaggedNumbers = std::vector<std::vector<double>>;

struct SpectrumTable {
  JaggedNumbers values;
  JaggedNumbers weights;  ///< empty: equal weights
};

/// Text with one node a line: run,k,eig,weight, or eig,weight, or eig; separated by commas,
/// semicolons, tabs or spaces, with or without a header (columns by name: run, eig or eigenvalue,
/// weight or wt; others are ignored). Read line by line, so that 10⁶ nodes take a second.
/// @param name  for messages
/// @throws std::invalid_argument  names file, line and column.
[[nodiscard]] SpectrumTable ParseSpectrumTable(const std::string& name, std::string_view text);

/// "(0.25+0j)" → 0.25; nothing unless the imaginary part is zero.
[[nodiscard]] std::optional<double> ParseRealOfComplex(std::string_view text);

/// JSON as Python writes it: NaN outside strings becomes null.
[[nodiscard]] std::string NullForNan(const std::string& json);

}  // namespace adamsde
