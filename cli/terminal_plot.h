#pragma once

#include <span>
#include <string>

namespace adamsde {

/// A curve in Braille dots for the terminal, six lines high, with its extremes and the ends of x
/// written beside: points in order of x, spaced evenly over the width. Non-finite values are left
/// out. Empty for fewer than two points.
/// @param from, to  what stands below the left and the right end
[[nodiscard]] std::string TerminalCurve(std::span<const double> values, const std::string& from,
                                        const std::string& to);

}  // namespace adamsde
