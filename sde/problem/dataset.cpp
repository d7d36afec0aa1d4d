#include "sde/problem/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <stdexcept>

namespace adamsde {

Eigen::MatrixXd DesignMatrix(const Dataset& dataset, const DesignOptions& options) {
  return DesignMatrix(dataset, dataset, options);
}

Eigen::MatrixXd DesignMatrix(const Dataset& dataset, const Dataset& reference,
                             const DesignOptions& options) {
  Eigen::MatrixXd design = dataset.features;
  if (options.standardize) {
    for (Eigen::Index j = 0; j < design.cols(); ++j) {
      const auto column = reference.features.col(j);
      const double mean = column.mean();
      const double deviation = std::sqrt((column.array() - mean).square().mean());
      // A constant column has a deviation of rounding size, not always zero.
      if (column.maxCoeff() == column.minCoeff()) {
        design.col(j).setZero();
      } else {
        design.col(j) = (design.col(j).array() - mean) / deviation;
      }
    }
  }
  if (options.intercept) {
    design.conservativeResize(Eigen::NoChange, design.cols() + 1);
    design.col(design.cols() - 1).setOnes();
  }
  return design;
}

Dataset SelectRows(const Dataset& dataset, Eigen::Index first, Eigen::Index count) {
  const auto begin = dataset.targets.begin() + first;
  return {.features = dataset.features.middleRows(first, count),
          .feature_names = dataset.feature_names,
          .targets = {begin, begin + count},
          .target_name = dataset.target_name};
}

Eigen::VectorXd NumericTargets(const Dataset& dataset) {
  Eigen::VectorXd y(static_cast<Eigen::Index>(dataset.targets.size()));
  for (std::size_t i = 0; i < dataset.targets.size(); ++i) {
    const std::string& text = dataset.targets[i];
    double value = 0;
    const char* const first = text.data() + (text.starts_with('+') ? 1 : 0);
    const auto [end, error] = std::from_chars(first, text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
      throw std::invalid_argument(
          fmt::format("target '{}' in row {} is '{}' (least-squares needs a finite number)",
                      dataset.target_name, i + 1, text));
    }
    y(static_cast<Eigen::Index>(i)) = value;
  }
  return y;
}

namespace {

std::string Listed(const std::vector<std::string>& classes) {
  const std::size_t shown = std::min<std::size_t>(classes.size(), 10);
  return fmt::format(
      "{}{}",
      fmt::join(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown < classes.size() ? ", ..." : "");
}

}  // namespace

std::vector<std::string> Classes(const Dataset& dataset) {
  const std::set<std::string> names(dataset.targets.begin(), dataset.targets.end());
  return {names.begin(), names.end()};
}

Eigen::VectorXd BinaryLabels(const Dataset& dataset, const std::string& positive_class) {
  const std::vector<std::string> classes = Classes(dataset);
  if (classes.size() < 2) {
    throw std::invalid_argument(
        fmt::format("target '{}' has a single class ({}) logistic needs two", dataset.target_name,
                    Listed(classes)));
  }
  if (positive_class.empty() && classes.size() > 2) {
    throw std::invalid_argument(
        fmt::format("target '{}' has {} classes ({}) choose one with --positive-class",
                    dataset.target_name, classes.size(), Listed(classes)));
  }
  const std::string& positive = positive_class.empty() ? classes.back() : positive_class;
  if (std::find(classes.begin(), classes.end(), positive) == classes.end()) {
    throw std::invalid_argument(fmt::format("positive-class = '{}' is not a class of '{}' ({})",
                                            positive, dataset.target_name, Listed(classes)));
  }
  Eigen::VectorXd labels(static_cast<Eigen::Index>(dataset.targets.size()));
  for (std::size_t i = 0; i < dataset.targets.size(); ++i) {
    labels(static_cast<Eigen::Index>(i)) = dataset.targets[i] == positive ? 1.0 : 0.0;
  }
  return labels;
}

std::vector<Eigen::Index> ClassNumbers(const Dataset& dataset,
                                       const std::vector<std::string>& classes) {
  std::vector<Eigen::Index> numbers;
  for (std::size_t i = 0; i < dataset.targets.size(); ++i) {
    const auto found = std::lower_bound(classes.begin(), classes.end(), dataset.targets[i]);
    if (found == classes.end() || *found != dataset.targets[i]) {
      throw std::invalid_argument(
          fmt::format("target '{}' in row {} is '{}' (the training rows have {})",
                      dataset.target_name, i + 1, dataset.targets[i], Listed(classes)));
    }
    numbers.push_back(found - classes.begin());
  }
  return numbers;
}

}  // namespace adamsde
