#pragma once

#include "sde/problem/loss.h"

namespace adamsde::testing {

/// v ↦ a v; `a` must live as long.
inline BlockOperator Times(const Eigen::MatrixXd& a) {
  return [&a](const Eigen::MatrixXd& v) -> Eigen::MatrixXd { return a * v; };
}

}  // namespace adamsde::testing
