#pragma once

#include <cstddef>

namespace adamsde {

/// Chains of a panel in single precision. In its rows chains are not in order: FloatLane.
inline constexpr std::ptrdiff_t kFloatPanel = 16;

/// Where chain i of a panel (0 … 15) stands in its rows: its two halves alternate.
[[nodiscard]] constexpr std::ptrdiff_t FloatLane(std::ptrdiff_t i) {
  return i < kFloatPanel / 2 ? 2 * i : 2 * (i - kFloatPanel / 2) + 1;
}

}  // namespace adamsde
