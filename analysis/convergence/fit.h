#pragma once

#include <span>

namespace adamsde {

struct Slope {
  double value = 0;
  double standard_error = 0;
};

/// Slope of log y against log x by weighted least squares, weights from the relative errors of y.
/// Its error is the propagated one, times √(χ²/dof) where the points scatter more than that.
/// @param relative_errors  > 0
/// @throws std::invalid_argument  fewer than 3 points, different lengths, or a value ≤ 0.
[[nodiscard]] Slope FitLogLog(std::span<const double> x, std::span<const double> y,
                              std::span<const double> relative_errors);

}  // namespace adamsde
