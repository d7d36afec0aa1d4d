#include "analysis/statistics/comparison.h"

#include <gsl/gsl_cdf.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/statistics/frobenius.h"

namespace adamsde {
namespace {

/// eᵀΓ⁻¹e by conjugate gradients. Γ is symmetric positive definite on symmetric matrices and the
/// preconditioned operator is close to the identity.
double ErrorMahalanobis(const Eigen::MatrixXd& e, const RecordLaw& law,
                        const Averaging& averaging) {
  constexpr int kMostIterations = 500;
  // Of the squared preconditioned residual. The value's relative error is that times the condition
  // of the preconditioned operator, at most some thousands where N is nearly singular.
  constexpr double kTolerance = 1e-14;
  Eigen::MatrixXd residual = e;
  Eigen::MatrixXd solution = Eigen::MatrixXd::Zero(e.rows(), e.cols());
  Eigen::MatrixXd conditioned = law.ApproximateInverse(residual, averaging);
  Eigen::MatrixXd direction = conditioned;
  double square = Dot(residual, conditioned);
  const double first = square;
  for (int i = 0; i < kMostIterations && square > kTolerance * first; ++i) {
    const Eigen::MatrixXd image = law.ApplyErrorCovariance(direction, averaging);
    const double step = square / Dot(direction, image);
    solution += step * direction;
    residual -= step * image;
    conditioned = law.ApproximateInverse(residual, averaging);
    const double next = Dot(residual, conditioned);
    direction = conditioned + next / square * direction;
    square = next;
  }
  return Dot(e, solution);
}

double LargestAbsZ(const Eigen::MatrixXd& e, const Eigen::MatrixXd& variance) {
  return e.cwiseAbs().cwiseQuotient(variance.cwiseSqrt()).maxCoeff();
}

/// The diagonal of T C Tᵀ, C symmetric by its lower triangle.
Eigen::ArrayXd WorkingVariance(const Eigen::MatrixXd& lower, const Eigen::MatrixXd& t) {
  const Eigen::MatrixXd covariance = lower.selfadjointView<Eigen::Lower>();
  return (t * covariance).cwiseProduct(t).rowwise().sum();
}

bool EqualCounts(const std::vector<MomentSums>& groups) {
  return std::all_of(groups.begin(), groups.end(),
                     [&](const MomentSums& group) { return group.count == groups.front().count; });
}

/// eᵀC⁻¹e for a positive semidefinite C.
double Mahalanobis(const Eigen::VectorXd& e, const Eigen::MatrixXd& covariance) {
  const Eigen::LLT<Eigen::MatrixXd> llt(covariance);
  if (llt.info() == Eigen::Success) return llt.matrixL().solve(e).squaredNorm();
  return e.dot(covariance.ldlt().solve(e));
}

/// P(max of n independent |z| > x) = 1 − (1 − p)ⁿ.
double SidakPValue(double x, double n) {
  return -std::expm1(n * std::log1p(-2 * gsl_cdf_ugaussian_Q(x)));
}

}  // namespace

SampleEstimate EstimateSample(const std::vector<MomentSums>& groups,
                              const Eigen::VectorXd& origin) {
  const MomentSums pooled = Pool(groups);
  const Eigen::VectorXd mean = pooled.Mean();
  SampleEstimate estimate{.mean = origin + mean,
                          .covariance = pooled.CovarianceAround(mean),
                          .covariance_stderr = Eigen::MatrixXd::Zero(mean.size(), mean.size())};
  for (const MomentSums& group : groups) {
    estimate.covariance_stderr += (group.CovarianceAround(mean) - estimate.covariance).cwiseAbs2();
  }
  const auto g = static_cast<double>(groups.size());
  estimate.covariance_stderr = (estimate.covariance_stderr / (g * (g - 1))).cwiseSqrt();
  return estimate;
}

Eigen::MatrixXd CovarianceError(const MomentSums& pooled, const RecordLaw& law,
                                const Averaging& averaging) {
  const Eigen::MatrixXd& t = law.ToWorking();
  const Eigen::MatrixXd e = t * pooled.CovarianceAround(pooled.Mean()) * t.transpose() +
                            law.MeanErrorCovariance(averaging) - law.WorkingCovariance();
  return 0.5 * (e + e.transpose());
}

Comparison CompareWithLaw(const MomentSums& pooled, const Eigen::VectorXd& origin,
                          const RecordLaw& law, const Averaging& averaging) {
  const Eigen::VectorXd deviation = pooled.Mean();
  const Eigen::MatrixXd covariance = pooled.CovarianceAround(deviation);
  const Eigen::MatrixXd& t = law.ToWorking();
  const auto entries = static_cast<double>(law.Rank() * (law.Rank() + 1)) / 2;

  const Eigen::VectorXd mean_error = t * (deviation + origin - law.Mean());
  const Eigen::MatrixXd mean_covariance = law.MeanErrorCovariance(averaging);
  const double mean_square = Mahalanobis(mean_error, mean_covariance);
  const Eigen::MatrixXd e = CovarianceError(pooled, law, averaging);

  Comparison result;
  result.rank = law.Rank();
  result.relative_error = (covariance - law.Covariance()).norm() / law.Covariance().norm();
  result.expected_relative_error = law.ExpectedRelativeError(averaging);
  result.max_abs_z = LargestAbsZ(e, law.EntryVariance(averaging));
  result.max_abs_z_p_value = SidakPValue(result.max_abs_z, entries);
  result.p_value = gsl_cdf_chisq_Q(ErrorMahalanobis(e, law, averaging), entries);
  result.mean_p_value = gsl_cdf_chisq_Q(mean_square, static_cast<double>(law.Rank()));
  return result;
}

Eigen::MatrixXd GroupMeans(const std::vector<MomentSums>& groups) {
  Eigen::MatrixXd means(groups.front().sum.size(), static_cast<Eigen::Index>(groups.size()));
  for (std::size_t g = 0; g < groups.size(); ++g) {
    means.col(static_cast<Eigen::Index>(g)) = groups[g].Mean();
  }
  return means;
}

MixingDiagnostics DiagnoseMixing(const std::vector<MomentSums>& groups,
                                 const Eigen::MatrixXd& to_working) {
  return DiagnoseMixing(groups, GroupMeans(groups), to_working);
}

MixingDiagnostics DiagnoseMixing(const std::vector<MomentSums>& groups,
                                 const Eigen::MatrixXd& group_means,
                                 const Eigen::MatrixXd& to_working) {
  // Everything is linear in the sums, so that one product serves all groups. Means are small beside
  // the spread: second moments minus squared means lose no digits that matter here.
  const MomentSums pooled = Pool(groups);
  const Eigen::VectorXd mean = to_working * pooled.Mean();
  const auto g = static_cast<double>(groups.size());
  const Eigen::MatrixXd compared = to_working * group_means;
  const Eigen::VectorXd centre = compared.rowwise().mean();
  const Eigen::ArrayXd between =
      (compared.colwise() - centre).rowwise().squaredNorm().array() / (g - 1);
  Eigen::ArrayXd squared_means = Eigen::ArrayXd::Zero(mean.size());
  Eigen::MatrixXd second_moment = Eigen::MatrixXd::Zero(to_working.cols(), to_working.cols());
  for (const MomentSums& group : groups) {
    const Eigen::ArrayXd group_mean = to_working * group.Mean();
    squared_means += group_mean.square() / g;
    second_moment += group.lower / (g * static_cast<double>(group.count));
  }
  const Eigen::ArrayXd mean_square = WorkingVariance(second_moment, to_working);
  const Eigen::ArrayXd within = mean_square - squared_means;
  // Groups of equal size have the pooled second moment on average.
  const Eigen::ArrayXd square =
      EqualCounts(groups)
          ? mean_square
          : WorkingVariance(pooled.lower / static_cast<double>(pooled.count), to_working);
  const Eigen::ArrayXd variance = square - mean.array().square();
  MixingDiagnostics worst{.r_hat = 0, .ess = std::numeric_limits<double>::infinity()};
  for (Eigen::Index i = 0; i < mean.size(); ++i) {
    if (!std::isfinite(variance(i)) || !std::isfinite(between(i))) {
      constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
      return {.r_hat = kNaN, .ess = kNaN};
    }
    const bool constant = !(variance(i) > 1e-14 * square(i)) || !(between(i) > 0);
    const double r_hat = within(i) > 0 ? std::sqrt(1 + between(i) / within(i))
                                       : std::numeric_limits<double>::infinity();
    worst.r_hat = std::max(worst.r_hat, r_hat);
    worst.ess = std::min(worst.ess, constant ? 0.0 : g * variance(i) / between(i));
  }
  return worst;
}

}  // namespace adamsde
