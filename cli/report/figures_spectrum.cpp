#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cli/report/columns.h"
#include "cli/report/figures.h"

namespace adamsde {
namespace {

/// Nodes on the axis log10|σ|, with their share of all directions.
struct LogSpectrum {
  std::vector<double> position;
  std::vector<double> weight;
};

constexpr int kPoints = 241;
/// Standard deviation of the smoothing kernel, in decades.
constexpr double kSmoothing = 0.1;

/// Density per decade: Σ w φ((t − log10|σ|)/s)/s.
Layer Density(const LogSpectrum& spectrum, double low, double high, const std::string& series) {
  Layer layer{.mark = Mark::kLine, .series = series};
  for (int k = 0; k < kPoints; ++k) {
    const double t = low + (high - low) * k / (kPoints - 1);
    double density = 0;
    for (std::size_t n = 0; n < spectrum.position.size(); ++n) {
      const double u = (t - spectrum.position[n]) / kSmoothing;
      if (std::abs(u) < 8) density += spectrum.weight[n] * std::exp(-0.5 * u * u);
    }
    layer.x.push_back(std::pow(10.0, t));
    layer.y.push_back(density / (kSmoothing * std::sqrt(2 * std::numbers::pi)));
  }
  return layer;
}

void Add(LogSpectrum& spectrum, double value, double weight) {
  spectrum.position.push_back(std::log10(value));
  spectrum.weight.push_back(weight);
}

}  // namespace

std::vector<Figure> SpectrumFigures(const Json& result, const ReportFiles& files) {
  const auto nodes = Columns::Read(files, "spectrum.csv");
  if (!nodes) return {};
  const std::vector<double> values = nodes->Numbers("eig");
  const std::vector<double> weights = nodes->Numbers("weight");
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  const double runs = std::max(NumberOf(result, "runs"), 1.0);
  LogSpectrum positive;
  LogSpectrum negative;
  double zero = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    // Below rounding of the largest, a node has no sign and no place on a log axis.
    if (std::abs(values[k]) < 1e-14 * largest) {
      zero += weights[k] / runs;
    } else {
      Add(values[k] > 0 ? positive : negative, std::abs(values[k]), weights[k] / runs);
    }
  }
  LogSpectrum exact;
  if (const auto eigenvalues = files.Matrix("eigenvalues.npy")) {
    for (Eigen::Index k = 0; k < eigenvalues->rows(); ++k) {
      const double value = (*eigenvalues)(k, 0);
      if (value > 1e-14 * largest)
        Add(exact, value, 1.0 / static_cast<double>(eigenvalues->rows()));
    }
  }
  double low = std::log10(largest);
  for (const LogSpectrum* const part : {&positive, &negative, &exact}) {
    for (const double t : part->position) low = std::min(low, t);
  }
  const double high = std::log10(largest) + 0.5;
  low -= 0.5;
  Figure figure{
      .name = "density",
      .title = "Spectral density of the Hessian",
      .caption = fmt::format(
          "Share of directions per decade of |σ|, on a logarithmic axis as in the paper's Fig. 1: "
          "Lanczos nodes of {:g} random probes, smoothed over {} decades{}. A share of {:.3g} lies "
          "at zero to rounding.",
          runs, kSmoothing, exact.position.empty() ? "" : ", beside the exact eigenvalues", zero),
      .x = {.title = "|σ| (loss per parameter²)", .scale = ScaleKind::kLog},
      .y = {.title = "share of directions per decade"}};
  figure.layers.push_back(Density(positive, low, high, "Lanczos, σ > 0"));
  if (!negative.position.empty()) {
    figure.layers.push_back(Density(negative, low, high, "Lanczos, σ < 0"));
  }
  if (!exact.position.empty()) figure.layers.push_back(Density(exact, low, high, "exact"));
  return {figure};
}

}  // namespace adamsde
