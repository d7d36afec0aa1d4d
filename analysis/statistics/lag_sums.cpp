#include "analysis/statistics/lag_sums.h"

#include <cmath>

namespace adamsde {

double HalfLagSum(double one_minus_a, std::int64_t records) {
  const auto t = static_cast<double>(records);
  const double delta = one_minus_a;
  if (records <= 64) {
    double sum = 0.5;
    double power = 1;
    for (std::int64_t k = 1; k < records; ++k) {
      power *= 1 - delta;
      sum += (1 - static_cast<double>(k) / t) * power;
    }
    return sum;
  }
  if (delta * t < 1e-4) {
    // Σ(1−k/T)(1−δ)^k to second order in δT.
    return 0.5 + (t - 1) / 2 - delta * (t * t - 1) / 6 + delta * delta * (t - 2) * (t * t - 1) / 24;
  }
  const double a = 1 - delta;
  // 1 − a^T, without cancellation for a near 1.
  const double forgotten = a > 0 ? -std::expm1(t * std::log1p(-delta))
                                 : 1 - std::pow(-a, t) * (records % 2 != 0 ? -1 : 1);
  return 0.5 + a / delta - a * forgotten / (t * delta * delta);
}

LagSums::LagSums(const ModalDecay& decay, const std::vector<Eigen::Index>& live) {
  const auto rank = static_cast<Eigen::Index>(live.size());
  one_minus_product_.resize(rank, rank);
  one_minus_factor_.resize(rank);
  for (Eigen::Index j = 0; j < rank; ++j) {
    const Eigen::Index mode_j = live[static_cast<std::size_t>(j)];
    one_minus_factor_(j) = decay.OneMinus(mode_j);
    for (Eigen::Index i = 0; i <= j; ++i) {
      const double one_minus = decay.OneMinusProduct(live[static_cast<std::size_t>(i)], mode_j);
      one_minus_product_(i, j) = one_minus_product_(j, i) = one_minus;
    }
  }
}

const Eigen::MatrixXd& LagSums::OfProducts(std::int64_t records) const {
  if (cached_records_ == records) return cached_sums_;
  const Eigen::Index rank = one_minus_product_.rows();
  cached_sums_.resize(rank, rank);
  for (Eigen::Index j = 0; j < rank; ++j) {
    for (Eigen::Index i = 0; i <= j; ++i) {
      cached_sums_(i, j) = cached_sums_(j, i) = HalfLagSum(one_minus_product_(i, j), records);
    }
  }
  cached_records_ = records;
  return cached_sums_;
}

Eigen::VectorXd LagSums::OfFactors(std::int64_t records) const {
  return one_minus_factor_.unaryExpr(
      [records](double one_minus) { return HalfLagSum(one_minus, records); });
}

}  // namespace adamsde
