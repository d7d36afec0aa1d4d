#pragma once

#include <string>

#include "cli/dataset_source.h"
#include "cli/io/json.h"

namespace adamsde {

/// What a table's columns and rows are, and how well x* does on them: `problem show`.
/// @param at_minimizer  also loss and accuracy at x*, which takes a minimization
[[nodiscard]] Json LayoutJson(const DatasetProblem& problem, bool at_minimizer);

/// The same as lines of TOML comments.
[[nodiscard]] std::string LayoutComments(const Json& layout);

/// Loss and accuracy of the rows behind `loss` at x.
[[nodiscard]] Json ScoreJson(const SampledLoss& loss, const Eigen::VectorXd& x);

}  // namespace adamsde
