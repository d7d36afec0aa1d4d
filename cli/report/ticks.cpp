#include "cli/report/ticks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace adamsde {
namespace {

/// 1e-05 as 1e-5.
std::string Short(double value, const char* format) {
  std::string text = fmt::format(fmt::runtime(format), value);
  const std::size_t e = text.find('e');
  if (e != std::string::npos && text.size() == e + 4 && text[e + 2] == '0') text.erase(e + 2, 1);
  return text;
}

}  // namespace

std::vector<Tick> LinearTicks(double low, double high, int count) {
  const double span = high - low;
  if (!(span > 0) || !std::isfinite(span)) return {{low, fmt::format("{:.4g}", low)}};
  const double rough = span / count;
  const double decade = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * decade;
  for (const double multiple : {1.0, 2.0, 5.0}) {
    if (multiple * decade >= rough) {
      step = multiple * decade;
      break;
    }
  }
  std::vector<Tick> ticks;
  const double first = std::ceil(low / step - 1e-9);
  const double last = std::floor(high / step + 1e-9);
  // Far from zero a step may be lost in rounding: then few ticks, never many.
  for (double k = first; k <= last && ticks.size() < 50; ++k) {
    const double value = k == 0 ? 0 : k * step;
    ticks.push_back({value, Short(value, "{:.6g}")});
  }
  return ticks;
}

std::vector<Tick> LogTicks(double low, double high, int count) {
  std::vector<Tick> ticks;
  const auto first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
  const auto last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  const int stride = std::max(1, (last - first + count) / count);
  for (int k = first; k <= last; k += stride) {
    const double value = std::pow(10.0, k);
    ticks.push_back({value, Short(value, "{:g}")});
  }
  if (ticks.size() >= 3) return ticks;
  ticks.clear();
  for (int k = first - 1; k <= last; ++k) {
    for (const double multiple : {1.0, 2.0, 5.0}) {
      const double value = multiple * std::pow(10.0, k);
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
        ticks.push_back({value, Short(value, "{:g}")});
      }
    }
  }
  if (ticks.size() >= 2) return ticks;
  return LinearTicks(low, high, count);
}

}  // namespace adamsde
