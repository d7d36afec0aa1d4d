#pragma once

#include <Eigen/Core>

#include "sde/optimizer/descent.h"

namespace adamsde {

/// What one block of runs measured and the states of its own runs, as a column of numbers: for
/// files and messages.
[[nodiscard]] Eigen::MatrixXd ToColumn(const DescentResult& part);

/// Puts the block's rows of the states where they belong in `states` and returns the rest.
/// @throws std::invalid_argument  a column of another length than such a block makes.
[[nodiscard]] DescentResult FromColumn(const Eigen::MatrixXd& column, const DescentOptions& options,
                                       std::int64_t first_run, std::int64_t runs,
                                       DescentResult& states);

}  // namespace adamsde
