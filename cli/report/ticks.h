#pragma once

#include <string>
#include <vector>

namespace adamsde {

/// Where an axis is marked, and how.
struct Tick {
  double value = 0;
  std::string label;
};

/// Multiples of 1, 2 or 5 times a power of ten within [low, high], about `count` of them.
[[nodiscard]] std::vector<Tick> LinearTicks(double low, double high, int count);

/// Powers of ten within [low, high], every k-th where they are many; 1, 2, 5 times them where they
/// are fewer than three. low > 0.
[[nodiscard]] std::vector<Tick> LogTicks(double low, double high, int count);

}  // namespace adamsde
