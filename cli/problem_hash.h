#pragma once

#include <Eigen/Core>
#include <string>

#include "analysis/convergence/experiment.h"
#include "cli/problem_source.h"

namespace adamsde {

/// Sixteen hexadecimal digits that tell problems apart: of all numbers of the problem as loaded
/// (H, x*, C, Q; or A, c, B; or nodes and weights), of the initial states and of the dataset's
/// number of rows.
[[nodiscard]] std::string ProblemHash(const Problem& problem, const Eigen::MatrixXd& initial = {});

/// The same for a loss of `converge`: its minimizer and constants, its value and gradient at two
/// points.
[[nodiscard]] std::string ProblemHash(const ConvergenceSetup& setup);

}  // namespace adamsde
