#include "analysis/statistics/control_variate.h"

#include <cassert>
#include <cmath>

#include "analysis/statistics/frobenius.h"

namespace adamsde {
namespace {

/// Slope of a on b; 0 where b does not vary.
double Slope(double ab, double bb) { return bb > 0 ? ab / bb : 0; }

Eigen::MatrixXd Centred(const Eigen::MatrixXd& columns) {
  return columns.colwise() - Eigen::VectorXd(columns.rowwise().mean());
}

}  // namespace

ControlledEstimate EstimateControlled(const std::vector<MomentSums>& groups,
                                      const ControlSample& control, const Eigen::VectorXd& origin,
                                      const Eigen::MatrixXd& to_working) {
  assert(groups.size() >= 4 && groups.size() == control.groups.size());
  const auto g = static_cast<double>(groups.size());
  const MomentSums pooled = Pool(groups);
  const MomentSums control_pooled = Pool(control.groups);
  const Eigen::VectorXd mean = pooled.Mean();
  const Eigen::VectorXd control_mean = control_pooled.Mean();
  const Eigen::MatrixXd covariance = pooled.CovarianceAround(mean);
  const Eigen::MatrixXd control_covariance = control_pooled.CovarianceAround(control_mean);

  // Sums over groups of products of the deviations a_g of the sample and b_g of the control, entry
  // by entry: enough for any θ, Σ (a − θb)² = Σa² − 2θΣab + θ²Σb².
  Eigen::MatrixXd aa = Eigen::MatrixXd::Zero(covariance.rows(), covariance.cols());
  Eigen::MatrixXd ab = aa;
  Eigen::MatrixXd bb = aa;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const Eigen::MatrixXd a = groups[i].CovarianceAround(mean) - covariance;
    const Eigen::MatrixXd b = control.groups[i].CovarianceAround(control_mean) - control_covariance;
    aa += a.cwiseAbs2();
    ab += a.cwiseProduct(b);
    bb += b.cwiseAbs2();
  }
  ControlledEstimate result;
  const double theta = Slope(ab.sum(), bb.sum());
  result.coefficient = theta;

  // Means in units of the modes' own spread.
  const Eigen::MatrixXd means = GroupMeans(groups);
  const Eigen::MatrixXd control_means = GroupMeans(control.groups);
  const Eigen::VectorXd variance =
      (to_working * covariance).cwiseProduct(to_working).rowwise().sum();
  const Eigen::VectorXd unit = (variance.array() > 0).select(variance.cwiseInverse(), 0.0);
  const Eigen::MatrixXd x = to_working * Centred(means);
  const Eigen::MatrixXd y = to_working * Centred(control_means);
  const double phi = Slope(Dot(unit.asDiagonal() * x, y), Dot(unit.asDiagonal() * y, y));
  result.mean_coefficient = phi;
  result.group_means = means - phi * control_means;

  result.estimate.mean = origin + mean - phi * (origin + control_mean - control.law.mean);
  result.estimate.covariance = covariance - theta * (control_covariance - control.law.covariance);
  const double freedom = g * (g - 2);
  result.estimate.covariance_stderr =
      ((aa - 2 * theta * ab + theta * theta * bb).cwiseMax(0.0) / freedom).cwiseSqrt();
  const double size = result.estimate.covariance.norm();
  result.error = result.estimate.covariance_stderr.norm() / size;
  result.raw_error = std::sqrt(aa.sum() / (g * (g - 1))) / size;
  return result;
}

}  // namespace adamsde
