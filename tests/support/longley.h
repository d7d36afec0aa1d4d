#pragma once

#include <array>
#include <string>

#include "cli/builtin_problems.h"
#include "cli/io/csv.h"

namespace adamsde::testing {

inline Dataset Longley() {
  return ParseDataset(ReadTextOrBuiltin("builtin:longley.csv"), "longley.csv", "employed");
}

/// NIST's certified estimates, the intercept last (here the parameters follow the data file's
/// columns).
inline constexpr std::array<double, 7> kLongleyCertified = {
    15.0618722713733,       -0.358191792925910E-01, -2.02022980381683, -1.03322686717359,
    -0.511041056535807E-01, 1829.15146461355,       -3482258.63459582};

/// NIST's certified residual standard deviation, 9 degrees of freedom.
inline constexpr double kLongleyResidualDeviation = 304.854073561965;

}  // namespace adamsde::testing
