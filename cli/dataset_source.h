#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/options.h"
#include "sde/problem/loss.h"

namespace adamsde {

/// The table behind a dataset's problem.
struct DatasetLayout {
  std::size_t features = 0;  ///< columns of numbers, the intercept not counted
  bool intercept = true;
  std::string target;                         ///< its column
  std::vector<std::string> classes;           ///< all of them by name; empty for least squares
  std::vector<Eigen::Index> train_counts;     ///< rows of each class
  std::vector<Eigen::Index> test_counts;      ///< the same of the test rows
  std::vector<std::string> constant_columns;  ///< the same in every training row
};

/// A loss on the training rows of a dataset.
struct DatasetProblem {
  std::unique_ptr<SampledLoss> loss;  ///< with the ridge
  std::unique_ptr<SampledLoss> test;  ///< on the test rows, without ridge; or nothing
  std::vector<std::string> features;  ///< names, the intercept last
  std::vector<std::string> classes;   ///< by name; empty for least squares
  DatasetLayout layout;
};

/// Reads --dataset (CSV, IDX images with their labels, either one gzipped) and splits its rows: the
/// first --train-rows train, the last --test-rows test; without --train-rows all others train.
/// Test rows are standardized as the training rows are.
/// @throws std::invalid_argument  unreadable or malformed input, an unknown model, rows that are
///                                not there or that both train and test.
[[nodiscard]] DatasetProblem LoadDatasetProblem(const Options& options);

}  // namespace adamsde
