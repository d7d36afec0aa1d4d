#include "cli/report/log_density.h"

#include <cmath>
#include <numbers>

namespace adamsde {
namespace {

constexpr int kPoints = 241;

}  // namespace

void LogSpectrum::Add(double value, double share) {
  position.push_back(std::log10(value));
  weight.push_back(share);
}

Layer DensityLayer(const LogSpectrum& spectrum, double low, double high,
                   const std::string& series) {
  constexpr double s = kDensitySmoothing;
  Layer layer{.mark = Mark::kLine, .series = series};
  for (int k = 0; k < kPoints; ++k) {
    const double t = low + (high - low) * k / (kPoints - 1);
    double density = 0;
    for (std::size_t n = 0; n < spectrum.position.size(); ++n) {
      const double u = (t - spectrum.position[n]) / s;
      if (std::abs(u) < 8) density += spectrum.weight[n] * std::exp(-0.5 * u * u);
    }
    layer.x.push_back(std::pow(10.0, t));
    layer.y.push_back(density / (s * std::sqrt(2 * std::numbers::pi)));
  }
  return layer;
}

}  // namespace adamsde
