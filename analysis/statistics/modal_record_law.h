#pragma once

#include "analysis/stationary/transient.h"
#include "analysis/statistics/lag_sums.h"
#include "analysis/statistics/record_law.h"

namespace adamsde {

/// RecordLaw in §3.1's coordinates, where F = diag(f): every sum over lags is geometric, so all is
/// closed form, Γ(E) = (2/NT)[g∘(NEN) + N(g∘E)N] with g_ij = HalfLagSum(f_i f_j). Where N is
/// diagonal too, Γ acts on each entry alone and a product with it costs O(d²).
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
  [[nodiscard]] Eigen::MatrixXd Sandwich(const Eigen::MatrixXd& e) const;         // N E N
  [[nodiscard]] Eigen::MatrixXd InverseSandwich(const Eigen::MatrixXd& e) const;  // N⁻¹ E N⁻¹

  bool diagonal_;  // N is diagonal
  LagSums lag_sums_;
  Eigen::MatrixXd inverse_;         // N⁻¹
  Eigen::MatrixXd metric_product_;  // N XᵀX with X from working to original coordinates
};

}  // namespace adamsde
