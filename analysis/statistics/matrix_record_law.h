#pragma once

#include <vector>

#include "analysis/statistics/record_law.h"

namespace adamsde {

/// RecordLaw for any transition matrix F (non-symmetric, complex spectrum, rank-deficient law). In
/// working coordinates u = W⁺(x − c), M = W Wᵀ, the law is N(0, I_r) and Φ = W⁺ F W. Sums over lags
/// go by doubling: with S_n = Σ_{k<n} Φ^k E Φ^kᵀ and U_n = Σ_{k<n} k Φ^k E Φ^kᵀ,
/// S_{n+m} = S_n + Φⁿ S_m Φⁿᵀ, U_{n+m} = U_n + Φⁿ (U_m + n S_m) Φⁿᵀ.
class MatrixRecordLaw final : public RecordLaw {
 public:
  /// @param increment       F − I over one recording interval, d×d
  /// @param relative_error  of the covariance: below it a direction has no variance
  /// @throws std::domain_error  records so dense that a sum over lags would take 200,000 of them.
  MatrixRecordLaw(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance,
                  const Eigen::MatrixXd& increment, double relative_error = 0);

  [[nodiscard]] Eigen::MatrixXd MeanErrorCovariance(const Averaging& averaging) const override;
  [[nodiscard]] Eigen::MatrixXd EntryVariance(const Averaging& averaging) const override;
  [[nodiscard]] Eigen::MatrixXd ApplyErrorCovariance(const Eigen::MatrixXd& e,
                                                     const Averaging& averaging) const override;
  [[nodiscard]] Eigen::MatrixXd ApproximateInverse(const Eigen::MatrixXd& e,
                                                   const Averaging& averaging) const override;

 protected:
  [[nodiscard]] double LagSum(std::int64_t records) const override;

 private:
  /// Σ_{k<T} w_k Φ^k E Φ^kᵀ − ½E, by the binary digits of T.
  [[nodiscard]] static Eigen::MatrixXd WeightedSum(const std::vector<Eigen::MatrixXd>& powers,
                                                   const Eigen::MatrixXd& e, std::int64_t records);

  std::vector<Eigen::MatrixXd> powers_;  // Φ^(2^j), until negligible
  std::vector<Eigen::MatrixXd> transposed_powers_;
  std::vector<double> lag_terms_;  // (Tr R_k)² + Tr R_k², k = 0, 1, … until negligible
};

}  // namespace adamsde
