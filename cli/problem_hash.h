#pragma once

#include <Eigen/Core>
#include <string>

#include "cli/problem_source.h"

namespace adamsde {

/// Sixteen hexadecimal digits that tell problems apart: of all numbers of the problem as loaded
/// (H, x*, C, Q; or A, c, B; or nodes and weights) and of the initial states.
[[nodiscard]] std::string ProblemHash(const Problem& problem, const Eigen::MatrixXd& initial = {});

}  // namespace adamsde
