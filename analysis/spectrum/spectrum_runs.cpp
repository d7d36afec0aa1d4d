#include "analysis/spectrum/spectrum_runs.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace adamsde {
namespace {

/// Standard error of the mean.
double StandardError(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  double mean = 0;
  for (const double v : values) mean += v / n;
  double square = 0;
  for (const double v : values) square += (v - mean) * (v - mean);
  return std::sqrt(square / (n - 1) / n);
}

}  // namespace

void NormalizeWeights(SpectrumRuns& spectrum) {
  for (std::size_t k = 0; k < spectrum.runs.size(); ++k) {
    WeightedSpectrum& run = spectrum.runs[k];
    if (!run.values.allFinite() || !run.weights.allFinite() || run.weights.minCoeff() < 0) {
      throw std::invalid_argument(
          fmt::format("run {} of the spectrum has a non-finite entry or a negative weight", k + 1));
    }
    const double sum = run.weights.sum();
    if (!(std::abs(sum - 1) <= 1e-3)) {
      throw std::invalid_argument(fmt::format(
          "run {} of the spectrum has weights that sum to {:.6g} (must be 1 within 1e-3) give the "
          "squared first components of the eigenvectors, normalized",
          k + 1, sum));
    }
    run.weights /= sum;
  }
}

WeightedSpectrum Pool(const SpectrumRuns& spectrum) {
  Eigen::Index nodes = 0;
  for (const WeightedSpectrum& run : spectrum.runs) nodes += run.values.size();
  WeightedSpectrum pooled{.values = Eigen::VectorXd(nodes),
                          .weights = Eigen::VectorXd(nodes),
                          .dimension = spectrum.Dimension()};
  Eigen::Index at = 0;
  for (const WeightedSpectrum& run : spectrum.runs) {
    const Eigen::Index n = run.values.size();
    pooled.values.segment(at, n) = run.values;
    pooled.weights.segment(at, n) = run.weights / static_cast<double>(spectrum.runs.size());
    at += n;
  }
  return pooled;
}

SpectrumBound EvaluateRuns(const SpectrumRuns& spectrum, const Hyperparameters& hyper,
                           double prior_variance, const SpectrumPolicy& policy) {
  std::vector<double> adamw;
  std::vector<double> l2_adam;
  for (const WeightedSpectrum& run : spectrum.runs) {
    const Corollary3 c = EvaluateCorollary3(run, hyper, prior_variance, policy);
    adamw.push_back(c.adamw.err_per_parameter);
    l2_adam.push_back(c.l2_adam.err_per_parameter);
  }
  return {.mean = EvaluateCorollary3(Pool(spectrum), hyper, prior_variance, policy),
          .adamw_stderr = StandardError(adamw),
          .l2_adam_stderr = StandardError(l2_adam)};
}

}  // namespace adamsde
