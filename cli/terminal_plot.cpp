#include "cli/terminal_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace adamsde {
namespace {

constexpr int kColumns = 60;
constexpr int kLines = 6;

/// Cells of 2×4 dots.
class Canvas {
 public:
  static constexpr int kWidth = 2 * kColumns;
  static constexpr int kHeight = 4 * kLines;

  void Set(int x, int y) {
    // Unicode numbers the dots down the left column, then the right, the lowest pair last.
    constexpr int kDots[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cells_[static_cast<std::size_t>(y / 4)][static_cast<std::size_t>(x / 2)] |= kDots[y % 4][x % 2];
  }

  [[nodiscard]] std::string Line(int line) const {
    std::string text;
    for (const int dots : cells_[static_cast<std::size_t>(line)]) {
      // U+2800 + dots, as UTF-8.
      text += '\xe2';
      text += static_cast<char>(0xa0 + dots / 64);
      text += static_cast<char>(0x80 + dots % 64);
    }
    return text;
  }

 private:
  std::array<std::array<int, kColumns>, kLines> cells_{};
};

}  // namespace

std::string TerminalCurve(std::span<const double> values, const std::string& from,
                          const std::string& to) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (values.size() < 2 || low > high) return "";
  Canvas canvas;
  const double span = high > low ? high - low : 1;
  int previous = -1;
  for (int x = 0; x < Canvas::kWidth; ++x) {
    const double place = x * static_cast<double>(values.size() - 1) / (Canvas::kWidth - 1);
    const auto k = std::min(static_cast<std::size_t>(place), values.size() - 2);
    const double t = place - static_cast<double>(k);
    const double value = (1 - t) * values[k] + t * values[k + 1];
    if (!std::isfinite(value)) {
      previous = -1;
      continue;
    }
    const auto y = static_cast<int>(std::lround((high - value) / span * (Canvas::kHeight - 1)));
    // Steep parts stay connected.
    const int start = previous < 0 ? y : previous + (y > previous ? 1 : y < previous ? -1 : 0);
    for (int dot = std::min(start, y); dot <= std::max(start, y); ++dot) canvas.Set(x, dot);
    previous = y;
  }
  std::string text;
  for (int line = 0; line < kLines; ++line) {
    const std::string label = line == 0            ? fmt::format("{:.6g}", high)
                              : line == kLines - 1 ? fmt::format("{:.6g}", low)
                                                   : "";
    text += fmt::format("{:>12} {}\n", label, canvas.Line(line));
  }
  return text +
         fmt::format("{:12} {:<{}}{}\n", "", from, kColumns - static_cast<int>(to.size()), to);
}

}  // namespace adamsde
