#pragma once

#include "analysis/stationary/transient.h"
#include "analysis/statistics/record_law.h"

namespace adamsde {

/// RecordLaw in §3.1's coordinates, where F = diag(f): every sum over lags is geometric, so all is
/// closed form, Γ(E) = (2/NT)[g∘(NEN) + N(g∘E)N] with g_ij = HalfLagSum(f_i f_j).
class ModalRecordLaw final : public RecordLaw {
 public:
  /// @param modal  N̂ of the process recorded; modes of zero variance are left out.
  ModalRecordLaw(const ModalSystem& system, const Eigen::MatrixXd& modal, const ModalDecay& decay);

  [[nodiscard]] Eigen::MatrixXd MeanErrorCovariance(const Averaging& averaging) const override;
  [[nodiscard]] Eigen::MatrixXd EntryVariance(const Averaging& averaging) const override;
  [[nodiscard]] Eigen::MatrixXd ApplyErrorCovariance(const Eigen::MatrixXd& e,
                                                     const Averaging& averaging) const override;
  [[nodiscard]] Eigen::MatrixXd ApproximateInverse(const Eigen::MatrixXd& e,
                                                   const Averaging& averaging) const override;

 protected:
  [[nodiscard]] double LagSum(std::int64_t records) const override;

 private:
  [[nodiscard]] const Eigen::MatrixXd& HalfLagSums(std::int64_t records) const;

  Eigen::MatrixXd one_minus_product_;  // 1 − f_i f_j
  Eigen::VectorXd one_minus_factor_;   // 1 − f_i
  Eigen::MatrixXd inverse_;            // N⁻¹
  Eigen::MatrixXd metric_product_;     // N XᵀX with X from working to original coordinates
  mutable std::int64_t cached_records_ = 0;
  mutable Eigen::MatrixXd cached_sums_;
};

}  // namespace adamsde
