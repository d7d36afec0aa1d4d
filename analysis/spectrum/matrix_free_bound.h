#pragma once

#include <Eigen/Core>
#include <optional>

#include "analysis/bound/corollary3.h"
#include "analysis/bound/pac_bayes.h"
#include "analysis/spectrum/lanczos.h"
#include "sde/problem/hyperparameters.h"

namespace adamsde {

/// V ↦ Q^½HQ^½ V for Q = diag(q).
[[nodiscard]] BlockOperator SandwichOperator(const BlockOperator& hessian_times,
                                             const Eigen::VectorXd& q);

/// The posterior of Theorem 6 at one λ, over runs.
struct MatrixFreeErr {
  TruncatedEstimate err;      ///< −log det M + Tr(M)/ρ + d log ρ
  TruncatedEstimate log_det;  ///< log det M
  TruncatedEstimate trace;    ///< Tr M
};

/// err as a function of λ without any d×d matrix, for C = H/b and Q = diag(q), from Lanczos runs on
/// an operator A with cross terms of q:
///
///   log det M = −Tr log(I + λA⁻¹) + log det Q + d log(η/2b),   Tr M = (η/2b) Tr[Q A(A+λI)⁻¹]
///
/// A = S = Q^½HQ^½ gives Theorem 6 (AdamW, Lemma 5's M); A = H gives Theorem 7 with the matrix that
/// H.3 prints for ℓ2-Adam, (η/2b)(H+λI)⁻¹HQ, which is not the true law (THEORY §3.3).
/// Once the runs are there, O(runs·k) per λ.
///
/// A trained network's H is indefinite and singular. With a policy each node θ counts as |θ|, or as
/// raised to the floor, or not at all, as in Corollary 3: M is then no law's covariance but the
/// formula applied to singular values, as the paper does.
class MatrixFreeBound {
 public:
  /// @throws std::domain_error      A is singular as far as the runs see it: infinite KL; with a
  ///                                policy: a zero node and no floor.
  /// @throws std::invalid_argument  kReject and a negative node.
  MatrixFreeBound(const LanczosRuns& runs, const Eigen::VectorXd& q, const Hyperparameters& hyper,
                  double prior_variance, std::optional<SpectrumPolicy> policy = std::nullopt);
  [[nodiscard]] MatrixFreeErr operator()(double lambda) const;
  [[nodiscard]] const QuadratureLadder& Ladder() const { return ladder_; }

 private:
  void RequireUsable() const;
  [[nodiscard]] bool Counts(double node) const;
  [[nodiscard]] double Value(double node) const;

  QuadratureLadder ladder_;
  std::optional<SpectrumPolicy> policy_;
  double dimension_;
  double scale_;      // η/2b
  double log_det_q_;  // log det Q
  double prior_variance_;
};

/// The stationary mean c of AdamW, (QH + λI)c = QHx*, by conjugate gradients on
/// (S + λI)Q^(−½)c = S Q^(−½)x*; with q = 1 that of ℓ2-Adam.
/// @throws std::domain_error  no convergence within 10 d products.
[[nodiscard]] Eigen::VectorXd StationaryMean(const BlockOperator& hessian_times,
                                             const Eigen::VectorXd& q, double lambda,
                                             const Eigen::VectorXd& minimizer);

/// The largest eigenvalues, descending, by implicitly restarted Lanczos (Spectra), to a relative
/// 1e-10. The start vector is fixed.
/// @param count  1 ≤ count < d
/// @throws std::domain_error  no convergence.
[[nodiscard]] Eigen::VectorXd TopEigenvalues(const BlockOperator& a, Eigen::Index dimension,
                                             Eigen::Index count);

}  // namespace adamsde
