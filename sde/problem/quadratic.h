#pragma once

#include <Eigen/Core>

namespace adamsde {

/// A loss near its minimum, F(x) = F* + ½ (x−x*)ᵀ H (x−x*), and the noise of its minibatch gradient
/// (THEORY §1).
struct QuadraticProblem {
  Eigen::MatrixXd hessian;         ///< H, d×d, symmetric PSD
  Eigen::VectorXd minimizer;       ///< x*, length d
  Eigen::MatrixXd gradient_noise;  ///< C, d×d, symmetric PSD; of ONE minibatch, includes the 1/b

  [[nodiscard]] Eigen::Index Dimension() const { return hessian.rows(); }
};

/// How far an input matrix may be from symmetric PSD before it is refused, by its precision.
struct SymmetryTolerance {
  double asymmetry = 1e-12;   ///< relative: max|X−Xᵀ| / max|X|
  double eigenvalue = 1e-10;  ///< negative eigenvalues down to −this·largest count as zero
};

/// Tolerances for matrices that passed through float32.
inline constexpr SymmetryTolerance kFloat32Tolerance{.asymmetry = 1e-5, .eigenvalue = 1e-5};

/// Checks that X is finite, square, symmetric and PSD up to the tolerance and returns its exactly
/// symmetric part (clipped to PSD where a negative eigenvalue was tolerated). Cost O(d³).
///
/// @param name  what to call X in messages, for example "hessian".
/// @throws std::invalid_argument  not square, not finite, asymmetric (says by how much), indefinite
///                                (names the eigenvalue).
[[nodiscard]] Eigen::MatrixXd SymmetricPsd(const Eigen::MatrixXd& x, const char* name,
                                           const SymmetryTolerance& tolerance = {});

/// @throws std::invalid_argument  shapes disagree or x* is not finite. H and C are taken as
///                                checked by SymmetricPsd.
void Validate(const QuadraticProblem& problem);

}  // namespace adamsde
