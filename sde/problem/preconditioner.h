#pragma once

#include <Eigen/Core>

#include "sde/problem/hyperparameters.h"
#include "sde/problem/quadratic.h"

namespace adamsde {

/// Q, what multiplies the gradient: diag(q) with q > 0, or any symmetric positive definite matrix
/// (Corollary 3 takes Q = H^(−½)). Keeps Q^½ at hand, because §3.1's coordinates are Q^(−½)x.
class Preconditioner {
 public:
  /// @throws std::invalid_argument  some q_i not finite or not > 0; names it.
  [[nodiscard]] static Preconditioner Diagonal(const Eigen::VectorXd& q);
  /// @throws std::invalid_argument  Q not symmetric positive definite; names the eigenvalue.
  [[nodiscard]] static Preconditioner Full(const Eigen::MatrixXd& q);

  [[nodiscard]] Eigen::Index Dimension() const;
  [[nodiscard]] Eigen::MatrixXd Matrix() const;                                    ///< Q
  [[nodiscard]] Eigen::MatrixXd Times(const Eigen::MatrixXd& x) const;             ///< Q X
  [[nodiscard]] Eigen::MatrixXd RootTimes(const Eigen::MatrixXd& x) const;         ///< Q^½ X
  [[nodiscard]] Eigen::MatrixXd InverseRootTimes(const Eigen::MatrixXd& x) const;  ///< Q^(−½) X
  /// Q^½ X Q^½, exactly symmetric for symmetric X.
  [[nodiscard]] Eigen::MatrixXd Sandwich(const Eigen::MatrixXd& x) const;
  [[nodiscard]] double LogDet() const;             ///< log det Q
  [[nodiscard]] double LargestEigenvalue() const;  ///< ‖Q‖₂

 private:
  Preconditioner() = default;
  Eigen::VectorXd diagonal_;       ///< q, or Q's eigenvalues when full
  Eigen::VectorXd diagonal_root_;  ///< √q
  Eigen::MatrixXd vectors_;        ///< Q's eigenvectors; empty when diagonal
};

/// THEORY §2's choices that need no iteration.
enum class PreconditionerKind {
  kLemma5,     ///< q_i = H_ii^(−½), the paper's Lemma 5
  kMinibatch,  ///< InverseRoot of C_ii, (C_ii + δ)^(−½): what n_t settles to at x*
  kIdentity,   ///< Q = I: SGD with weight decay
};

/// What the optimizer divides by, inverted: q_i = (n_i + δ)^(−½), or 1/(√n_i + δ) in PyTorch's
/// convention.
[[nodiscard]] Eigen::VectorXd InverseRoot(const Eigen::VectorXd& second_moment,
                                          const Hyperparameters& hyper);

/// @throws std::domain_error  kLemma5 with some H_ii = 0 (names it).
[[nodiscard]] Preconditioner MakePreconditioner(PreconditionerKind kind,
                                                const QuadraticProblem& problem,
                                                const Hyperparameters& hyper);

}  // namespace adamsde
