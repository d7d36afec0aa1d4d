#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/report/columns.h"
#include "cli/report/figures.h"
#include "cli/report/log_density.h"

namespace adamsde {

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
      (values[k] > 0 ? positive : negative).Add(std::abs(values[k]), weights[k] / runs);
    }
  }
  LogSpectrum exact;
  if (const auto eigenvalues = files.Matrix("eigenvalues.npy")) {
    for (Eigen::Index k = 0; k < eigenvalues->rows(); ++k) {
      const double value = (*eigenvalues)(k, 0);
      if (value > 1e-14 * largest) exact.Add(value, 1.0 / static_cast<double>(eigenvalues->rows()));
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
          runs, kDensitySmoothing, exact.Empty() ? "" : ", beside the exact eigenvalues", zero),
      .x = {.title = "|σ| (loss per parameter²)", .scale = ScaleKind::kLog},
      .y = {.title = "share of directions per decade"}};
  figure.layers.push_back(DensityLayer(positive, low, high, "Lanczos, σ > 0"));
  if (!negative.Empty()) {
    figure.layers.push_back(DensityLayer(negative, low, high, "Lanczos, σ < 0"));
  }
  if (!exact.Empty()) figure.layers.push_back(DensityLayer(exact, low, high, "exact"));
  return {figure};
}

}  // namespace adamsde
