#include "analysis/statistics/jackknife.h"

#include <cmath>

namespace adamsde {

Eigen::VectorXd Jackknife::Estimate() const { return pseudo_values.rowwise().mean(); }

Eigen::VectorXd Jackknife::StandardError() const {
  const auto g = static_cast<double>(pseudo_values.cols());
  const Eigen::MatrixXd spread = pseudo_values.colwise() - Estimate();
  return (spread.rowwise().squaredNorm() / (g * (g - 1))).cwiseSqrt();
}

Jackknife LeaveOneOut(const std::vector<MomentSums>& groups,
                      const std::function<Eigen::VectorXd(const MomentSums&)>& functional) {
  const MomentSums pooled = Pool(groups);
  const Eigen::VectorXd whole = functional(pooled);
  const auto g = static_cast<double>(groups.size());
  Jackknife result;
  result.pseudo_values.resize(whole.size(), static_cast<Eigen::Index>(groups.size()));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    MomentSums rest = pooled;
    rest.count -= groups[i].count;
    rest.sum -= groups[i].sum;
    rest.lower -= groups[i].lower;
    result.pseudo_values.col(static_cast<Eigen::Index>(i)) = g * whole - (g - 1) * functional(rest);
  }
  return result;
}

Jackknife PairedDifference(const Jackknife& a, const Jackknife& b) {
  return {.pseudo_values = a.pseudo_values - b.pseudo_values};
}

}  // namespace adamsde
