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
  Eigen::MatrixXd design = dataset.features;
  if (options.standardize) {
    for (Eigen::Index j = 0; j < design.cols(); ++j) {
      const double mean = design.col(j).mean();
      const Eigen::VectorXd centred = design.col(j).array() - mean;
      const double deviation = std::sqrt(centred.cwiseAbs2().mean());
      // A constant column has a deviation of rounding size, not always zero.
      const bool constant = design.col(j).maxCoeff() == design.col(j).minCoeff();
      design.col(j) =
          constant ? Eigen::VectorXd::Zero(design.rows()).eval() : (centred / deviation).eval();
    }
  }
  if (options.intercept) {
    design.conservativeResize(Eigen::NoChange, design.cols() + 1);
    design.col(design.cols() - 1).setOnes();
  }
  return design;
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

std::vector<std::string> Classes(const Dataset& dataset) {
  const std::set<std::string> names(dataset.targets.begin(), dataset.targets.end());
  return {names.begin(), names.end()};
}

Eigen::VectorXd BinaryLabels(const Dataset& dataset, const std::string& positive_class) {
  const std::vector<std::string> classes = Classes(dataset);
  const auto listed = [&] {
    const std::size_t shown = std::min<std::size_t>(classes.size(), 10);
    return fmt::format(
        "{}{}",
        fmt::join(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
        shown < classes.size() ? ", ..." : "");
  };
  if (classes.size() < 2) {
    throw std::invalid_argument(fmt::format(
        "target '{}' has a single class ({}) logistic needs two", dataset.target_name, listed()));
  }
  if (positive_class.empty() && classes.size() > 2) {
    throw std::invalid_argument(
        fmt::format("target '{}' has {} classes ({}) choose one with --positive-class",
                    dataset.target_name, classes.size(), listed()));
  }
  const std::string& positive = positive_class.empty() ? classes.back() : positive_class;
  if (std::find(classes.begin(), classes.end(), positive) == classes.end()) {
    throw std::invalid_argument(fmt::format("positive-class = '{}' is not a class of '{}' ({})",
                                            positive, dataset.target_name, listed()));
  }
  Eigen::VectorXd labels(static_cast<Eigen::Index>(dataset.targets.size()));
  for (std::size_t i = 0; i < dataset.targets.size(); ++i) {
    labels(static_cast<Eigen::Index>(i)) = dataset.targets[i] == positive ? 1.0 : 0.0;
  }
  return labels;
}

}  // namespace adamsde
