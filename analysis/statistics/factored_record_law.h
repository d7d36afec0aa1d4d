#pragma once

#include "analysis/stationary/transient.h"
#include "analysis/statistics/lag_sums.h"
#include "analysis/statistics/record_law.h"

namespace adamsde {

/// RecordLaw of a transition that is diagonal in §3.1's coordinates, F = X diag(f) X⁻¹, around any
/// covariance M = W Wᵀ, of any rank. In working coordinates u = W⁺(x − c) the law is N(0, I_r) and
/// its lags are R_k = P diag(f)^k Y, P = W⁺X, Y = X⁻¹W, so that sums over lags are geometric:
///
///   Γ(E) = (2/NT)[P (g∘(Y E Yᵀ)) Pᵀ + Yᵀ (g∘(Pᵀ E P)) Y],  g_ij = HalfLagSum(f_i f_j).
///
/// For laws that ModalRecordLaw cannot take since N̂ has no inverse, and for laws other than the
/// chain's own. Cost O(d³) for each product with Γ, whatever the number of lags.
class FactoredRecordLaw final : public RecordLaw {
 public:
  /// @param covariance      M, d×d; if singular, its range is mapped into itself by F.
  /// @param relative_error  of M: below it a direction has no variance
  FactoredRecordLaw(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance,
                    const ModalSystem& system, const ModalDecay& decay, double relative_error = 0);

  [[nodiscard]] Eigen::MatrixXd MeanErrorCovariance(const Averaging& averaging) const override;
  [[nodiscard]] Eigen::MatrixXd EntryVariance(const Averaging& averaging) const override;
  [[nodiscard]] Eigen::MatrixXd ApplyErrorCovariance(const Eigen::MatrixXd& e,
                                                     const Averaging& averaging) const override;
  [[nodiscard]] Eigen::MatrixXd ApproximateInverse(const Eigen::MatrixXd& e,
                                                   const Averaging& averaging) const override;

 protected:
  [[nodiscard]] double LagSum(std::int64_t records) const override;

 private:
  LagSums lag_sums_;
  Eigen::MatrixXd p_;               // W⁺X, r×d
  Eigen::MatrixXd y_;               // X⁻¹W, d×r
  Eigen::MatrixXd metric_product_;  // X⁻¹M X⁻ᵀ XᵀX, for traces in the original coordinates
};

}  // namespace adamsde
