#pragma once

#include <Eigen/Core>
#include <array>
#include <span>
#include <vector>

namespace adamsde {

/// The stationary mean as λ moves, c(λ) = W (r∘ẑ) with r_i = s_i/(s_i + λp_i), and its length.
class MovingMean {
 public:
  struct Derivatives {
    double square = 0;              ///< ‖c‖²
    double square_slope = 0;        ///< d‖c‖²/dλ
    std::array<double, 3> norms{};  ///< ‖dᵏc/dλᵏ‖, k = 0, 1, 2
  };

  MovingMean() = default;
  /// @param map  W diag(ẑ), d×r
  /// @param s    ≥ 0, length r
  /// @param p    > 0, length r
  MovingMean(Eigen::MatrixXd map, Eigen::ArrayXd s, Eigen::ArrayXd p);

  /// ‖c‖² at many λ. Cost O(d²) per λ where they are sparse. Where they are dense, some tens of
  /// products with W serve them all, and a λ costs O(1):
  ///
  /// In t = log λ each r_i is a logistic function, analytic for |Im t| < π, so that ‖c‖² is too,
  /// and on an interval of width 1 its Chebyshev interpolant of 16 points converges like 12.6⁻¹⁶.
  /// The interpolant is used only if its last coefficients, and its difference from direct values
  /// between its points, stay below 1e-13 of the least value; else all are computed directly.
  [[nodiscard]] std::vector<double> Squares(std::span<const double> lambdas) const;

  /// ‖c‖² without interpolation.
  [[nodiscard]] std::vector<double> DirectSquares(std::span<const double> lambdas) const;

  [[nodiscard]] std::vector<Derivatives> WithDerivatives(std::span<const double> lambdas) const;

 private:
  /// Fills the squares of an ascending run of λ > 0 no wider than 1 in log λ; false if its
  /// interpolant is not good enough.
  [[nodiscard]] bool Interpolate(std::span<const double> lambdas, std::span<double> squares) const;

  Eigen::MatrixXd map_;
  Eigen::ArrayXd s_, p_;
};

}  // namespace adamsde
