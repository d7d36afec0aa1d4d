#pragma once

#include <Eigen/Core>
#include <string>

#include "analysis/convergence/experiment.h"
#include "cli/problem_source.h"

namespace adamsde {

/// Sixteen hexadecimal digits that tell problems apart: of all numbers of the problem as loaded
/// (H, x*, C, Q; or A, c, B; or nodes and weights) and of the initial states.
[[nodiscard]] std::string ProblemHash(const Problem& problem, const Eigen::MatrixXd& initial = {});

/// The same for a loss of `converge`: its minimizer, its value and gradient at the start, the
/// noise.
[[nodiscard]] std::string ProblemHash(const ConvergenceSetup& setup);

}  // namespace adamsde
