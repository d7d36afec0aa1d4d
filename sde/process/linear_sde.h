#pragma once

#include <Eigen/Core>

namespace adamsde {

/// dx = −A (x−c) dt + B dW, a linear SDE in d dimensions driven by k Brownian motions. Rates per
/// unit of SDE time t = η·iteration.
struct LinearSde {
  Eigen::MatrixXd drift;      ///< A, d×d; stationary iff all eigenvalues have positive real part
  Eigen::VectorXd center;     ///< c, length d
  Eigen::MatrixXd diffusion;  ///< B, d×k

  [[nodiscard]] Eigen::Index Dimension() const { return drift.rows(); }
};

/// @throws std::invalid_argument  shapes disagree or an entry is not finite; names the part.
void Validate(const LinearSde& sde);

/// Eigenvalues of A. Cost O(d³).
/// @throws std::domain_error  the iteration did not converge.
[[nodiscard]] Eigen::VectorXcd DriftSpectrum(const LinearSde& sde);

/// Throws unless every eigenvalue of A has positive real part, that is unless an attracting
/// stationary law exists.
/// @throws std::domain_error  names the rate ≤ 0.
void RequireStationary(const Eigen::VectorXcd& spectrum);

/// The supremum of stable Euler–Maruyama steps: |1 − hα| < 1 for every eigenvalue α of A, that is
/// h < min 2 Re α/|α|² (THEORY §3.1).
[[nodiscard]] double MaxStableStep(const Eigen::VectorXcd& spectrum);

/// Throws unless h is below the limit.
/// @throws std::domain_error  h ≥ limit; names both.
void RequireStepBelow(double time_step, double limit);

}  // namespace adamsde
