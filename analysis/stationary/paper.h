#pragma once

#include <Eigen/Core>

#include "analysis/stationary/laws.h"
#include "sde/problem/preconditioner.h"
#include "sde/problem/quadratic.h"

namespace adamsde {

/// Lemma 5 as printed: M = (η/2b)(QH + λI)⁻¹QHQ, in its symmetric form
/// (η/2b) Q^½ S(S + λI)⁻¹ Q^½ (THEORY §3.2), by a Cholesky solve: no eigendecomposition and no
/// Lyapunov solver, so that it can be compared with both. Uses H/b whatever C is. Cost O(d³).
/// @throws std::domain_error  S + λI is singular.
[[nodiscard]] Eigen::MatrixXd Lemma5Covariance(const QuadraticProblem& problem,
                                               const Hyperparameters& hyper,
                                               const Preconditioner& preconditioner);

/// The supplement's H.3 as printed for ℓ2-Adam: M' = (η/2b)(H + λI)⁻¹HQ. Not symmetric unless Q and
/// H commute or λ = 0: in general no covariance (THEORY §3.3). Cost O(d³).
/// @throws std::domain_error  H + λI is singular.
[[nodiscard]] Eigen::MatrixXd SupplementH3Matrix(const QuadraticProblem& problem,
                                                 const Hyperparameters& hyper,
                                                 const Preconditioner& preconditioner);

/// What the paper prints for hyper.optimizer: Lemma 5 for AdamW, H.3 for ℓ2-Adam.
[[nodiscard]] Eigen::MatrixXd PaperCovariance(const QuadraticProblem& problem,
                                              const Hyperparameters& hyper,
                                              const Preconditioner& preconditioner);

/// Estimate of the relative error that rounding leaves in PaperCovariance: the condition of the
/// matrix it solves with. Cost O(d³).
/// @throws std::domain_error  as PaperCovariance.
[[nodiscard]] double EstimatePaperError(const QuadraticProblem& problem,
                                        const Hyperparameters& hyper,
                                        const Preconditioner& preconditioner);

/// How far a printed matrix M' is from the true covariance M; norms are Frobenius.
struct PaperDefects {
  double trace = 0;           ///< Tr M'
  double log_det = 0;         ///< log |det M'|; −inf where singular
  double log_det_error = 0;   ///< estimate of its error
  double asymmetry = 0;       ///< ‖M'−M'ᵀ‖/‖M‖
  double relative_error = 0;  ///< ‖M'−M‖/‖M‖
};

/// @param printed_error  relative, of M' by rounding; for log_det_error
[[nodiscard]] PaperDefects CompareWithPaper(const Eigen::MatrixXd& printed,
                                            const Eigen::MatrixXd& covariance,
                                            double printed_error = 0);

}  // namespace adamsde
