#pragma once

#include <Eigen/Core>

namespace adamsde {

/// ⟨A, B⟩ = Tr AᵀB.
inline double Dot(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return a.cwiseProduct(b).sum();
}

}  // namespace adamsde
