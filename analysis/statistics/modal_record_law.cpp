#include "analysis/statistics/modal_record_law.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <vector>

namespace adamsde {
namespace {

/// Modes whose variance is above rounding.
std::vector<Eigen::Index> LiveModes(const Eigen::MatrixXd& modal) {
  const double cutoff = 1e-13 * modal.diagonal().maxCoeff();
  std::vector<Eigen::Index> live;
  for (Eigen::Index i = 0; i < modal.rows(); ++i) {
    if (modal(i, i) > cutoff) live.push_back(i);
  }
  return live;
}

}  // namespace

ModalRecordLaw::ModalRecordLaw(const ModalSystem& system, const Eigen::MatrixXd& modal,
                               const ModalDecay& decay) {
  const std::vector<Eigen::Index> live = LiveModes(modal);
  const auto rank = static_cast<Eigen::Index>(live.size());
  const Eigen::MatrixXd m = system.from_modal * modal * system.from_modal.transpose();
  mean_ = system.center;
  covariance_ = 0.5 * (m + m.transpose());
  to_working_ = system.to_modal(live, Eigen::all);
  working_ = modal(live, live);
  const Eigen::MatrixXd x = system.from_modal(Eigen::all, live);
  metric_product_ = working_ * (x.transpose() * x);
  inverse_ = working_.ldlt().solve(Eigen::MatrixXd::Identity(rank, rank));
  one_minus_product_.resize(rank, rank);
  one_minus_factor_.resize(rank);
  for (Eigen::Index j = 0; j < rank; ++j) {
    one_minus_factor_(j) = decay.OneMinus(live[static_cast<std::size_t>(j)]);
    for (Eigen::Index i = 0; i < rank; ++i) {
      one_minus_product_(i, j) = decay.OneMinusProduct(live[static_cast<std::size_t>(i)],
                                                       live[static_cast<std::size_t>(j)]);
    }
  }
}

const Eigen::MatrixXd& ModalRecordLaw::HalfLagSums(std::int64_t records) const {
  if (cached_records_ != records) {
    cached_sums_ = one_minus_product_.unaryExpr(
        [records](double one_minus) { return HalfLagSum(one_minus, records); });
    cached_records_ = records;
  }
  return cached_sums_;
}

double ModalRecordLaw::LagSum(std::int64_t records) const {
  const Eigen::VectorXd p = metric_product_.diagonal();
  const Eigen::MatrixXd products =
      p * p.transpose() + metric_product_.cwiseProduct(metric_product_.transpose());
  return 2 * HalfLagSums(records).cwiseProduct(products).sum();
}

Eigen::MatrixXd ModalRecordLaw::MeanErrorCovariance(const Averaging& averaging) const {
  const Eigen::VectorXd a = one_minus_factor_.unaryExpr(
      [&](double one_minus) { return HalfLagSum(one_minus, averaging.records); });
  const Eigen::MatrixXd left = a.asDiagonal() * working_;
  return (left + left.transpose()) / averaging.Count();
}

Eigen::MatrixXd ModalRecordLaw::EntryVariance(const Averaging& averaging) const {
  const Eigen::VectorXd n = working_.diagonal();
  const Eigen::MatrixXd products = n * n.transpose() + working_.cwiseProduct(working_);
  return 2 / averaging.Count() * HalfLagSums(averaging.records).cwiseProduct(products);
}

Eigen::MatrixXd ModalRecordLaw::ApplyErrorCovariance(const Eigen::MatrixXd& e,
                                                     const Averaging& averaging) const {
  const Eigen::MatrixXd& g = HalfLagSums(averaging.records);
  const Eigen::MatrixXd weighted = g.cwiseProduct(e);
  const Eigen::MatrixXd after = g.cwiseProduct(working_ * e * working_);
  return 2 / averaging.Count() * (after + working_ * weighted * working_);
}

Eigen::MatrixXd ModalRecordLaw::ApproximateInverse(const Eigen::MatrixXd& e,
                                                   const Averaging& averaging) const {
  const Eigen::MatrixXd root = HalfLagSums(averaging.records).cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd inner = inverse_ * root.cwiseProduct(e) * inverse_;
  return averaging.Count() / 4 * root.cwiseProduct(inner);
}

}  // namespace adamsde
