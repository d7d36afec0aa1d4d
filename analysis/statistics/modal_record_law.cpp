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
                               const ModalDecay& decay)
    : diagonal_(system.noise_is_diagonal) {
  const std::vector<Eigen::Index> live = LiveModes(modal);
  mean_ = system.center;
  to_working_ = system.to_modal(live, Eigen::all);
  working_ = modal(live, live);
  lag_sums_ = LagSums(decay, live);
  const Eigen::MatrixXd x = system.from_modal(Eigen::all, live);
  const Eigen::MatrixXd gram = x.transpose() * x;
  const auto rank = static_cast<Eigen::Index>(live.size());
  if (diagonal_) {
    const Eigen::VectorXd n = working_.diagonal();
    const Eigen::MatrixXd root = x * n.cwiseSqrt().asDiagonal();
    covariance_ = root * root.transpose();
    metric_product_ = n.asDiagonal() * gram;
    inverse_ = n.cwiseInverse().asDiagonal();
  } else {
    covariance_ = system.from_modal * modal * system.from_modal.transpose();
    metric_product_ = working_ * gram;
    inverse_ = working_.ldlt().solve(Eigen::MatrixXd::Identity(rank, rank));
  }
  covariance_ = 0.5 * (covariance_ + covariance_.transpose()).eval();
}

Eigen::MatrixXd ModalRecordLaw::Sandwich(const Eigen::MatrixXd& e) const {
  if (!diagonal_) return working_ * e * working_;
  return working_.diagonal().asDiagonal() * e * working_.diagonal().asDiagonal();
}

Eigen::MatrixXd ModalRecordLaw::InverseSandwich(const Eigen::MatrixXd& e) const {
  if (!diagonal_) return inverse_ * e * inverse_;
  return inverse_.diagonal().asDiagonal() * e * inverse_.diagonal().asDiagonal();
}

double ModalRecordLaw::LagSum(std::int64_t records) const {
  const Eigen::VectorXd p = metric_product_.diagonal();
  const Eigen::MatrixXd products =
      p * p.transpose() + metric_product_.cwiseProduct(metric_product_.transpose());
  return 2 * lag_sums_.OfProducts(records).cwiseProduct(products).sum();
}

Eigen::MatrixXd ModalRecordLaw::MeanErrorCovariance(const Averaging& averaging) const {
  const Eigen::MatrixXd left = lag_sums_.OfFactors(averaging.records).asDiagonal() * working_;
  return (left + left.transpose()) / averaging.Count();
}

Eigen::MatrixXd ModalRecordLaw::EntryVariance(const Averaging& averaging) const {
  const Eigen::VectorXd n = working_.diagonal();
  const Eigen::MatrixXd products = n * n.transpose() + working_.cwiseProduct(working_);
  return 2 / averaging.Count() * lag_sums_.OfProducts(averaging.records).cwiseProduct(products);
}

Eigen::MatrixXd ModalRecordLaw::ApplyErrorCovariance(const Eigen::MatrixXd& e,
                                                     const Averaging& averaging) const {
  const Eigen::MatrixXd& g = lag_sums_.OfProducts(averaging.records);
  return 2 / averaging.Count() * (g.cwiseProduct(Sandwich(e)) + Sandwich(g.cwiseProduct(e)));
}

Eigen::MatrixXd ModalRecordLaw::ApproximateInverse(const Eigen::MatrixXd& e,
                                                   const Averaging& averaging) const {
  const Eigen::MatrixXd root = lag_sums_.OfProducts(averaging.records).cwiseSqrt().cwiseInverse();
  return averaging.Count() / 4 * root.cwiseProduct(InverseSandwich(root.cwiseProduct(e)));
}

}  // namespace adamsde
