#pragma once

#include <Eigen/Core>
#include <optional>

#include "sde/process/gaussian_kernel.h"

namespace adamsde {

/// Linear coordinates u = T y of the deviations y = x − c, and back. Empty: u = y.
struct Coordinates {
  Eigen::MatrixXd to;    ///< T, d×d
  Eigen::MatrixXd from;  ///< T⁻¹, d×d
};

/// A transition in coordinates of its own.
struct WhiteKernel {
  GaussianKernel kernel;
  Coordinates coordinates;
};

/// y' = F y + L z where the noise is white: with u = L⁻¹y, u' = L⁻¹F L u + z. The same normals move
/// the same chain, to rounding, without the product L z. Uses the noise's own factor and nothing of
/// a stationary law.
///
/// None where L is not square, or where the condition number of L, its rows scaled to unit length,
/// exceeds some 1000: rounding of L⁻¹FL then moves the slow rates. Cost O(d³).
[[nodiscard]] std::optional<WhiteKernel> WhitenNoise(const GaussianKernel& kernel);

}  // namespace adamsde
