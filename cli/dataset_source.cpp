#include "cli/dataset_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "cli/builtin_problems.h"
#include "cli/io/csv.h"
#include "cli/io/gzip.h"
#include "cli/io/idx.h"
#include "cli/io/text.h"
#include "cli/machine.h"
#include "sde/problem/dataset.h"
#include "sde/problem/least_squares.h"
#include "sde/problem/logistic.h"
#include "sde/problem/softmax.h"

namespace adamsde {
namespace {

/// A gzipped table may unpack to this, or to an eighth of memory if that is less.
constexpr double kLargestTable = 4e9;

struct Split {
  Dataset train;
  Dataset test;  // no rows: there is none
};

Dataset ReadDataset(const Options& options) {
  std::string bytes = ReadTextOrBuiltin(options.dataset);
  if (IsIdx(bytes, options.dataset)) {
    if (!options.target.empty()) {
      throw std::invalid_argument("--target does not go with IDX images (their labels are a file)");
    }
    return ReadIdxDataset(bytes, options.dataset, options.labels);
  }
  if (!options.labels.empty()) {
    throw std::invalid_argument(
        fmt::format("--labels goes with IDX images ('{}' is not IDX)", options.dataset));
  }
  if (IsGzip(bytes)) {
    const double most = std::min(kLargestTable, PhysicalMemory() / 8);
    bytes = Gunzip(bytes, options.dataset, static_cast<std::size_t>(most));
  }
  return ParseDataset(std::move(bytes), options.dataset, options.target);
}

Split SplitRows(const Dataset& dataset, const Options& options) {
  const auto rows = static_cast<std::int64_t>(dataset.targets.size());
  const std::int64_t test = options.test_rows;
  const std::int64_t train = options.train_rows.value_or(rows - test);
  if (options.train_rows && (train < 1 || train > rows)) {
    throw std::invalid_argument(
        fmt::format("train-rows = {} is not allowed (the dataset has {} rows)", train, rows));
  }
  if (test < 0 || test > rows - 1) {
    throw std::invalid_argument(
        fmt::format("test-rows = {} is not allowed (the dataset has {} rows)", test, rows));
  }
  if (train + test > rows) {
    throw std::invalid_argument(fmt::format(
        "train-rows = {} and test-rows = {} overlap (the dataset has {} rows)", train, test, rows));
  }
  return {.train = SelectRows(dataset, 0, train), .test = SelectRows(dataset, rows - test, test)};
}

std::vector<Eigen::Index> CountRows(const Dataset& rows, const std::vector<std::string>& classes) {
  std::vector<Eigen::Index> counts(classes.size(), 0);
  for (const Eigen::Index k : ClassNumbers(rows, classes)) ++counts[static_cast<std::size_t>(k)];
  return counts;
}

DatasetLayout DescribeLayout(const Split& split, const Options& options) {
  DatasetLayout layout;
  layout.features = split.train.feature_names.size();
  layout.intercept = !options.no_intercept;
  layout.target = split.train.target_name;
  const Eigen::MatrixXd& x = split.train.features;
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    if ((x.col(j).array() == x(0, j)).all()) {
      layout.constant_columns.push_back(split.train.feature_names[static_cast<std::size_t>(j)]);
    }
  }
  if (options.model == "least-squares") return layout;
  layout.classes = Classes(split.train);
  layout.train_counts = CountRows(split.train, layout.classes);
  layout.test_counts = CountRows(split.test, layout.classes);
  return layout;
}

/// Both losses by one recipe: make(design, rows, ridge).
template <typename Make>
void MakeLosses(const Options& options, const Split& split, const Make& make,
                DatasetProblem& problem) {
  const DesignOptions design = {.standardize = options.standardize,
                                .intercept = !options.no_intercept};
  problem.loss = make(DesignMatrix(split.train, design), split.train, options.ridge);
  if (!split.test.targets.empty()) {
    problem.test = make(DesignMatrix(split.test, split.train, design), split.test, 0.0);
  }
}

void MakeSoftmax(const Options& options, const Split& split, DatasetProblem& problem) {
  problem.classes = Classes(split.train);
  if (problem.classes.size() < 2) {
    throw std::invalid_argument(fmt::format("target '{}' has a single class ({}) softmax needs two",
                                            split.train.target_name, problem.classes.front()));
  }
  const auto classes = static_cast<Eigen::Index>(problem.classes.size());
  MakeLosses(
      options, split,
      [&](const Eigen::MatrixXd& design, const Dataset& rows, double ridge) {
        return std::make_unique<SoftmaxLoss>(design, ClassNumbers(rows, problem.classes), classes,
                                             ridge);
      },
      problem);
}

void MakeLogistic(const Options& options, const Split& split, DatasetProblem& problem) {
  const std::vector<std::string> classes = Classes(split.train);
  // The name is settled on the training rows, so that test rows use the same one.
  static_cast<void>(BinaryLabels(split.train, options.positive_class));
  const std::string positive =
      options.positive_class.empty() ? classes.back() : options.positive_class;
  problem.classes = {classes.size() == 2 ? classes[classes[0] == positive ? 1 : 0] : "rest",
                     positive};
  MakeLosses(
      options, split,
      [&](const Eigen::MatrixXd& design, const Dataset& rows, double ridge) {
        const std::vector<Eigen::Index> numbers = ClassNumbers(rows, classes);
        const auto own = std::find(classes.begin(), classes.end(), positive) - classes.begin();
        Eigen::VectorXd labels(static_cast<Eigen::Index>(numbers.size()));
        std::transform(numbers.begin(), numbers.end(), labels.begin(),
                       [own](Eigen::Index k) { return k == own ? 1.0 : 0.0; });
        return std::make_unique<LogisticLoss>(design, labels, ridge);
      },
      problem);
}

void MakeLeastSquares(const Options& options, const Split& split, DatasetProblem& problem) {
  MakeLosses(
      options, split,
      [](const Eigen::MatrixXd& design, const Dataset& rows, double ridge) {
        return std::make_unique<LeastSquaresLoss>(design, NumericTargets(rows), ridge);
      },
      problem);
}

}  // namespace

DatasetProblem LoadDatasetProblem(const Options& options) {
  const Split split = SplitRows(ReadDataset(options), options);
  if (options.model.empty()) {
    throw std::invalid_argument("--dataset needs a --model (least-squares, logistic or softmax)");
  }
  RequireChoice("model", options.model);
  DatasetProblem problem;
  problem.features = split.train.feature_names;
  if (!options.no_intercept) problem.features.emplace_back("intercept");
  if (options.model == "least-squares") MakeLeastSquares(options, split, problem);
  if (options.model == "logistic") MakeLogistic(options, split, problem);
  if (options.model == "softmax") MakeSoftmax(options, split, problem);
  problem.layout = DescribeLayout(split, options);
  return problem;
}

}  // namespace adamsde
