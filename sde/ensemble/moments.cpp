#include "sde/ensemble/moments.h"

#include <utility>

namespace adamsde {

void MomentSums::Add(const Eigen::Ref<const Eigen::MatrixXd>& states) {
  count += states.rows();
  sum += states.colwise().sum().transpose();
  lower.selfadjointView<Eigen::Lower>().rankUpdate(states.transpose());
}

void MomentSums::Merge(MomentSums&& other) {
  if (count == 0) {
    *this = std::move(other);
  } else {
    Merge(std::as_const(other));
  }
}

void MomentSums::Merge(const MomentSums& other) {
  if (count == 0) {
    *this = other;
    return;
  }
  count += other.count;
  sum += other.sum;
  lower += other.lower;
}

Eigen::MatrixXd MomentSums::Outer() const { return lower.selfadjointView<Eigen::Lower>(); }

Eigen::VectorXd MomentSums::Mean() const { return sum / static_cast<double>(count); }

Eigen::MatrixXd MomentSums::CovarianceAround(const Eigen::VectorXd& m) const {
  const Eigen::VectorXd mean = Mean();
  const Eigen::MatrixXd covariance = Outer() / static_cast<double>(count) - mean * m.transpose() -
                                     m * mean.transpose() + m * m.transpose();
  return 0.5 * (covariance + covariance.transpose());
}

MomentSums Pool(const std::vector<MomentSums>& groups) {
  MomentSums pooled(groups.front().sum.size());
  for (const MomentSums& group : groups) pooled.Merge(group);
  return pooled;
}

MomentSums Transform(const MomentSums& sums, const Eigen::MatrixXd& t) {
  if (t.size() == 0) return sums;
  MomentSums result(t.rows());
  result.count = sums.count;
  result.sum = t * sums.sum;
  result.lower = (t * sums.Outer() * t.transpose()).triangularView<Eigen::Lower>();
  return result;
}

}  // namespace adamsde
