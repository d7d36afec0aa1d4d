#include "analysis/statistics/matrix_record_law.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "analysis/statistics/whitening.h"

namespace adamsde {
namespace {

/// Lags are followed until they contribute less than this.
constexpr double kNegligible = 1e-12;
/// A slowly mixing record sequence would need more lags than anyone waits for.
constexpr std::size_t kMostLags = 200000;

}  // namespace

MatrixRecordLaw::MatrixRecordLaw(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance,
                                 const Eigen::MatrixXd& increment, double relative_error) {
  mean_ = mean;
  covariance_ = covariance;
  const Whitening whitening = Whiten(covariance, relative_error);
  const Eigen::MatrixXd& w = whitening.from_working;
  to_working_ = whitening.to_working;
  working_ = Eigen::MatrixXd::Identity(w.cols(), w.cols());

  Eigen::MatrixXd power = to_working_ * increment * w + working_;
  const Eigen::MatrixXd step = power;
  while (powers_.size() < 62 && (powers_.empty() || power.squaredNorm() > 1e-30)) {
    powers_.push_back(power);
    transposed_powers_.emplace_back(power.transpose());
    power = power * power;
  }
  const Eigen::MatrixXd metric = w.transpose() * w;
  Eigen::MatrixXd lagged = metric;  // Φ^k WᵀW has the traces of R_k = W Φ^k Wᵀ
  for (;;) {
    const double trace = lagged.trace();
    lag_terms_.push_back(trace * trace + lagged.cwiseProduct(lagged.transpose()).sum());
    if (std::abs(lag_terms_.back()) <= kNegligible * lag_terms_.front() &&
        lagged.squaredNorm() <= kNegligible * metric.squaredNorm()) {
      break;
    }
    if (lag_terms_.size() > kMostLags) {
      throw std::domain_error(
          fmt::format("records are too dense for a general drift (correlated over more than {} of "
                      "them) use a larger --record-every",
                      kMostLags));
    }
    lagged = step * lagged;
  }
}

double MatrixRecordLaw::LagSum(std::int64_t records) const {
  const auto lags = std::min<std::size_t>(static_cast<std::size_t>(records), lag_terms_.size());
  double sum = lag_terms_.front();
  for (std::size_t k = 1; k < lags; ++k) {
    sum += 2 * (1 - static_cast<double>(k) / static_cast<double>(records)) * lag_terms_[k];
  }
  return sum;
}

Eigen::MatrixXd MatrixRecordLaw::WeightedSum(const std::vector<Eigen::MatrixXd>& powers,
                                             const Eigen::MatrixXd& e, std::int64_t records) {
  // The sums over the 2^j lags of one binary digit, and the total over the digits used so far.
  Eigen::MatrixXd digit_sum = e;
  Eigen::MatrixXd digit_moment = Eigen::MatrixXd::Zero(e.rows(), e.cols());
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(e.rows(), e.cols());
  Eigen::MatrixXd moment = sum;
  double done = 0;                                                        // lags in the total
  double length = 1;                                                      // lags of this digit
  Eigen::MatrixXd reach = Eigen::MatrixXd::Identity(e.rows(), e.cols());  // Φ^done
  std::int64_t remaining = records;
  for (const Eigen::MatrixXd& power : powers) {
    if (remaining % 2 != 0) {
      moment += reach * (digit_moment + done * digit_sum) * reach.transpose();
      sum += reach * digit_sum * reach.transpose();
      reach = reach * power;
      done += length;
    }
    remaining /= 2;
    if (remaining == 0) break;
    digit_moment += power * (digit_moment + length * digit_sum) * power.transpose();
    digit_sum += power * digit_sum * power.transpose();
    length *= 2;
  }
  if (remaining > 0) {
    // All lags beyond are negligible; the last digit's sums reach to infinity.
    moment += reach * (digit_moment + done * digit_sum) * reach.transpose();
    sum += reach * digit_sum * reach.transpose();
  }
  return sum - moment / static_cast<double>(records) - 0.5 * e;
}

Eigen::MatrixXd MatrixRecordLaw::ApplyErrorCovariance(const Eigen::MatrixXd& e,
                                                      const Averaging& averaging) const {
  return 2 / averaging.Count() *
         (WeightedSum(powers_, e, averaging.records) +
          WeightedSum(transposed_powers_, e, averaging.records));
}

Eigen::MatrixXd MatrixRecordLaw::ApproximateInverse(const Eigen::MatrixXd& e,
                                                    const Averaging& averaging) const {
  return averaging.Count() / 2 * e;
}

Eigen::MatrixXd MatrixRecordLaw::MeanErrorCovariance(const Averaging& averaging) const {
  Eigen::MatrixXd sum = 0.5 * working_;
  Eigen::MatrixXd power = powers_.front();
  const auto records = static_cast<double>(averaging.records);
  for (std::int64_t k = 1; k < averaging.records; ++k) {
    sum += (1 - static_cast<double>(k) / records) * power;
    if (power.squaredNorm() < 1e-24) break;
    power = power * powers_.front();
  }
  return (sum + sum.transpose()) / averaging.Count();
}

Eigen::MatrixXd MatrixRecordLaw::EntryVariance(const Averaging& averaging) const {
  const Eigen::Index r = Rank();
  Eigen::MatrixXd variance = Eigen::MatrixXd::Ones(r, r) + working_;
  Eigen::MatrixXd power = powers_.front();
  const auto records = static_cast<double>(averaging.records);
  for (std::int64_t k = 1; k < averaging.records; ++k) {
    const Eigen::VectorXd diagonal = power.diagonal();
    variance += 2 * (1 - static_cast<double>(k) / records) *
                (diagonal * diagonal.transpose() + power.cwiseProduct(power.transpose()));
    if (power.squaredNorm() < 1e-24) break;
    power = power * powers_.front();
  }
  return variance / averaging.Count();
}

}  // namespace adamsde
