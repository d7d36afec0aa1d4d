#pragma once

#include <string>
#include <vector>

#include "cli/report/figure.h"

namespace adamsde {

/// Nodes on the axis log10|σ|, with their share of all directions.
struct LogSpectrum {
  std::vector<double> position{};
  std::vector<double> weight{};

  /// @param value  > 0
  void Add(double value, double share);
  [[nodiscard]] bool Empty() const { return position.empty(); }
};

/// Standard deviation of the smoothing kernel, in decades.
inline constexpr double kDensitySmoothing = 0.1;

/// Density per decade Σ w φ((t − log10|σ|)/s)/s from 10^low to 10^high, as a line.
[[nodiscard]] Layer DensityLayer(const LogSpectrum& spectrum, double low, double high,
                                 const std::string& series);

}  // namespace adamsde
