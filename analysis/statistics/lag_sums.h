#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "analysis/stationary/transient.h"

namespace adamsde {

/// Σ_{k=1}^{T−1} (1−k/T) a^k + ½, from 1−a: no cancellation for a near 1.
[[nodiscard]] double HalfLagSum(double one_minus_a, std::int64_t records);

/// HalfLagSum of the products of the factors by which modes decay from record to record.
class LagSums {
 public:
  LagSums() = default;
  /// @param live  the modes that count
  LagSums(const ModalDecay& decay, const std::vector<Eigen::Index>& live);

  /// g_ij = HalfLagSum(f_i f_j). The last one is kept.
  [[nodiscard]] const Eigen::MatrixXd& OfProducts(std::int64_t records) const;
  /// HalfLagSum(f_i).
  [[nodiscard]] Eigen::VectorXd OfFactors(std::int64_t records) const;

 private:
  Eigen::MatrixXd one_minus_product_;  // 1 − f_i f_j
  Eigen::VectorXd one_minus_factor_;   // 1 − f_i
  mutable std::int64_t cached_records_ = 0;
  mutable Eigen::MatrixXd cached_sums_;
};

}  // namespace adamsde
