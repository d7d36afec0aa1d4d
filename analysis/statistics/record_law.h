#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>

#include "sde/ensemble/sampled_system.h"

namespace adamsde {

/// N independent chains, each recorded T times at equal spacing.
struct Averaging {
  std::int64_t chains = 1;   ///< N
  std::int64_t records = 1;  ///< T

  [[nodiscard]] double Count() const {
    return static_cast<double>(chains) * static_cast<double>(records);
  }
};

/// The joint law of the records of a stationary Gaussian chain, hence the exact law (to second
/// order) of empirical means and covariances before any sampling.
///
/// Records u_t have covariance N and autocovariance R_k = E[u_{t+k} u_tᵀ] = F^k N, R_{−k} = R_kᵀ.
/// With Ĉ = (1/NT) Σ u uᵀ, Isserlis' theorem gives, w_k = 1 − |k|/T,
///
///   Cov(Ĉ_ij, Ĉ_kl) = (1/NT) Σ_{|k|<T} w_k [R_ik R_jl + R_il R_jk](k),
///
/// as an operator on symmetric matrices Γ(E) = (2/NT) Σ_k w_k R_k E R_kᵀ (THEORY §3.1).
///
/// Working coordinates u = T(x − c) span the support of the law: r ≤ d of them.
class RecordLaw {
 public:
  virtual ~RecordLaw() = default;

  [[nodiscard]] const Eigen::VectorXd& Mean() const { return mean_; }                  ///< c
  [[nodiscard]] const Eigen::MatrixXd& Covariance() const { return covariance_; }      ///< M, d×d
  [[nodiscard]] const Eigen::MatrixXd& ToWorking() const { return to_working_; }       ///< T, r×d
  [[nodiscard]] const Eigen::MatrixXd& WorkingCovariance() const { return working_; }  ///< N, r×r
  [[nodiscard]] Eigen::Index Rank() const { return working_.rows(); }                  ///< r

  /// Root mean square of ‖M̂ − M‖_F/‖M‖_F: √(Σ_k w_k [(Tr R_k)² + Tr R_k²] / NT) / ‖M‖_F.
  [[nodiscard]] double ExpectedRelativeError(const Averaging& averaging) const;

  /// Covariance of the mean of the records, (1/NT) Σ_k w_k R_k, in working coordinates.
  [[nodiscard]] virtual Eigen::MatrixXd MeanErrorCovariance(const Averaging& averaging) const = 0;
  /// Var Ĉ_ij in working coordinates.
  [[nodiscard]] virtual Eigen::MatrixXd EntryVariance(const Averaging& averaging) const = 0;
  /// Γ(E) for symmetric E, in working coordinates. Cost O(r³).
  [[nodiscard]] virtual Eigen::MatrixXd ApplyErrorCovariance(const Eigen::MatrixXd& e,
                                                             const Averaging& averaging) const = 0;
  /// An approximate inverse of Γ (exact where N is diagonal), symmetric positive definite.
  [[nodiscard]] virtual Eigen::MatrixXd ApproximateInverse(const Eigen::MatrixXd& e,
                                                           const Averaging& averaging) const = 0;

 protected:
  /// Σ_{|k|<T} w_k [(Tr R_k)² + Tr R_k²] in the original coordinates.
  [[nodiscard]] virtual double LagSum(std::int64_t records) const = 0;

  Eigen::VectorXd mean_;
  Eigen::MatrixXd covariance_;
  Eigen::MatrixXd to_working_;
  Eigen::MatrixXd working_;
};

/// The law of records taken every `record_every` time steps, by a scheme. Directions in which the
/// law has no variance (below rounding) are left out of the working coordinates. Cost O(d³).
/// @throws std::domain_error  no stationary law, an unstable step, or no noise at all.
[[nodiscard]] std::unique_ptr<RecordLaw> MakeRecordLaw(const SampledSystem& system, Scheme scheme,
                                                       double time_step, std::int64_t record_every);

/// The law of the records of the same chains, were their stationary law N(mean, covariance): for
/// comparisons with a law that is claimed. Directions with less variance than the covariance's own
/// relative error are left out. Cost O(d³).
[[nodiscard]] std::unique_ptr<RecordLaw> MakeClaimedRecordLaw(
    const SampledSystem& system, Scheme scheme, double time_step, std::int64_t record_every,
    const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance, double relative_error = 0);

}  // namespace adamsde
