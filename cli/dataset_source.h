#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/options.h"
#include "sde/problem/loss.h"

namespace adamsde {

/// A loss on the training rows of a dataset.
struct DatasetProblem {
  std::unique_ptr<SampledLoss> loss;  ///< with the ridge
  std::unique_ptr<SampledLoss> test;  ///< on the test rows, without ridge; or nothing
  std::vector<std::string> features;  ///< names, the intercept last
  std::vector<std::string> classes;   ///< by name; empty for least squares
};

/// Reads --dataset (CSV, IDX images with their labels, either one gzipped) and splits its rows: the
/// first --train-rows train, the last --test-rows test; without --train-rows all others train.
/// Test rows are standardized as the training rows are.
/// @throws std::invalid_argument  unreadable or malformed input, an unknown model, rows that are
///                                not there or that both train and test.
[[nodiscard]] DatasetProblem LoadDatasetProblem(const Options& options);

}  // namespace adamsde
