#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace adamsde::testing {

/// p-value of the one-sample Kolmogorov–Smirnov test, by the asymptotic law with Stephens'
/// correction (good to a few per cent of p from n = 20 on).
inline double KolmogorovPValue(std::vector<double> sample,
                               const std::function<double(double)>& cdf) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double f = cdf(sample[i]);
    distance =
        std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  const double x = (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * distance;
  double p = 0;
  for (int k = 1; k < 101; ++k) p += (k % 2 != 0 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * x * x);
  return std::clamp(p, 0.0, 1.0);
}

/// Of p-values that should be uniform.
inline double UniformityPValue(const std::vector<double>& p_values) {
  return KolmogorovPValue(p_values, [](double p) { return std::clamp(p, 0.0, 1.0); });
}

}  // namespace adamsde::testing
