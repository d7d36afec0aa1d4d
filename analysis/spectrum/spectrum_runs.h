#pragma once

#include <Eigen/Core>
#include <vector>

#include "analysis/bound/corollary3.h"

namespace adamsde {

/// Independent estimates of one Hessian's spectrum, for example the runs of a Lanczos quadrature.
struct SpectrumRuns {
  std::vector<WeightedSpectrum> runs;  ///< each with weights that sum to 1

  [[nodiscard]] double Dimension() const { return runs.empty() ? 0 : runs.front().dimension; }
  void SetDimension(double dimension) {
    for (WeightedSpectrum& run : runs) run.dimension = dimension;
  }
};

/// Checks that each run's weights sum to 1 within 1e-3 and makes it exact.
/// @throws std::invalid_argument  names the run and its sum, or a negative or non-finite entry.
void NormalizeWeights(SpectrumRuns& spectrum);

/// All runs as one spectrum, each with the same share of the weight: any mean over nodes is the
/// mean of the runs' means.
[[nodiscard]] WeightedSpectrum Pool(const SpectrumRuns& spectrum);

/// Corollary 3 as the mean over runs, and how it varies between them.
struct SpectrumBound {
  Corollary3 mean;
  /// Standard error of err/d over runs; NaN with a single run.
  double adamw_stderr = 0;
  double l2_adam_stderr = 0;
};

/// @throws as EvaluateCorollary3.
[[nodiscard]] SpectrumBound EvaluateRuns(const SpectrumRuns& spectrum, const Hyperparameters& hyper,
                                         double prior_variance, const SpectrumPolicy& policy);

}  // namespace adamsde
