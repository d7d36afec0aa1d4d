#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace adamsde {

/// A table of numbers with one target column, whose text is kept as it stood.
struct Dataset {
  Eigen::MatrixXd features;                ///< n×p
  std::vector<std::string> feature_names;  ///< p
  std::vector<std::string> targets;        ///< n
  std::string target_name;
};

struct DesignOptions {
  bool standardize = false;  ///< features to mean 0 and population standard deviation 1
  bool intercept = true;     ///< a last column of ones
};

/// The matrix whose rows are the a_iᵀ of THEORY §1: n×(p+1) with the intercept last. Standardizing
/// leaves a constant column at zero.
[[nodiscard]] Eigen::MatrixXd DesignMatrix(const Dataset& dataset, const DesignOptions& options);

/// The same with the means and deviations of `reference`: test rows are scaled as training rows.
[[nodiscard]] Eigen::MatrixXd DesignMatrix(const Dataset& dataset, const Dataset& reference,
                                           const DesignOptions& options);

/// Rows first … first+count−1.
[[nodiscard]] Dataset SelectRows(const Dataset& dataset, Eigen::Index first, Eigen::Index count);

/// @throws std::invalid_argument  a target that is not a finite number; names row and text.
[[nodiscard]] Eigen::VectorXd NumericTargets(const Dataset& dataset);

/// The different targets, sorted by name.
[[nodiscard]] std::vector<std::string> Classes(const Dataset& dataset);

/// 1 for the positive class, 0 for the rest. Without a name, two classes are needed and the last by
/// name is positive.
/// @throws std::invalid_argument  a single class, more than two without a name, or an unknown name;
///                                lists the classes.
[[nodiscard]] Eigen::VectorXd BinaryLabels(const Dataset& dataset,
                                           const std::string& positive_class);

/// Each row's class as a number into `classes` (softmax).
/// @throws std::invalid_argument  a target that is none of them; names row and classes.
[[nodiscard]] std::vector<Eigen::Index> ClassNumbers(const Dataset& dataset,
                                                     const std::vector<std::string>& classes);

}  // namespace adamsde
