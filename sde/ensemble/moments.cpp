#include "sde/ensemble/moments.h"

namespace adamsde {

void MomentSums::Add(const Eigen::Ref<const Eigen::MatrixXd>& states) {
  count += states.rows();
  sum += states.colwise().sum().transpose();
  outer.noalias() += states.transpose() * states;
}

void MomentSums::Merge(const MomentSums& other) {
  count += other.count;
  sum += other.sum;
  outer += other.outer;
}

Eigen::VectorXd MomentSums::Mean() const { return sum / static_cast<double>(count); }

Eigen::MatrixXd MomentSums::CovarianceAround(const Eigen::VectorXd& m) const {
  const Eigen::VectorXd mean = Mean();
  const Eigen::MatrixXd covariance = outer / static_cast<double>(count) - mean * m.transpose() -
                                     m * mean.transpose() + m * m.transpose();
  return 0.5 * (covariance + covariance.transpose());
}

MomentSums Pool(const std::vector<MomentSums>& groups) {
  MomentSums pooled(groups.front().sum.size());
  for (const MomentSums& group : groups) pooled.Merge(group);
  return pooled;
}

MomentSums Transform(const MomentSums& sums, const Eigen::MatrixXd& t) {
  MomentSums result(t.rows());
  result.count = sums.count;
  result.sum = t * sums.sum;
  result.outer = t * sums.outer * t.transpose();
  return result;
}

}  // namespace adamsde
