#include "analysis/bound/pac_bayes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "analysis/stationary/errors.h"
#include "analysis/stationary/laws.h"
#include "sde/problem/hyperparameters.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

double LogTerm(const BoundSettings& settings) {
  return 2 * std::log(2 * settings.num_samples / settings.failure_probability);
}

double Err(const PosteriorSummary& posterior, const BoundSettings& settings,
           BoundConvention convention) {
  const double rho = settings.prior_variance;
  const auto d = static_cast<double>(posterior.dimension);
  if (convention == BoundConvention::kLiteral) {
    return -posterior.log_det + posterior.scale / rho * posterior.trace +
           d * std::log(rho / posterior.scale);
  }
  return -posterior.log_det + posterior.trace / rho + d * std::log(rho);
}

double Constant(const PosteriorSummary& posterior, const BoundSettings& settings,
                BoundConvention convention) {
  const double rho = settings.prior_variance;
  const auto d = static_cast<double>(posterior.dimension);
  if (convention == BoundConvention::kDerived) {
    return posterior.mean_square / rho - d + LogTerm(settings);
  }
  return posterior.minimizer_square / (2 * rho) - d / 2 + LogTerm(settings);
}

/// Of err: what its terms bring along, and their cancellation.
double ErrorOfErr(const PosteriorSummary& posterior, const BoundSettings& settings,
                  BoundConvention convention) {
  const double scale = convention == BoundConvention::kLiteral ? posterior.scale : 1.0;
  const double rho = settings.prior_variance / scale;
  const auto d = static_cast<double>(posterior.dimension);
  return posterior.log_det_error + posterior.trace_error / rho +
         kEps * (std::abs(posterior.log_det) + posterior.trace / rho + d * std::abs(std::log(rho)));
}

}  // namespace

void Validate(const BoundSettings& settings) {
  RequirePositive("prior-variance", settings.prior_variance);
  if (!(std::isfinite(settings.num_samples) && settings.num_samples >= 1)) {
    throw std::invalid_argument(
        fmt::format("num-samples = {} is not allowed (must be >= 1)", settings.num_samples));
  }
  if (!(settings.failure_probability > 0 && settings.failure_probability < 1)) {
    throw std::invalid_argument(
        fmt::format("failure-probability = {} is not allowed (must be in (0, 1))",
                    settings.failure_probability));
  }
}

double KlDivergence(const PosteriorSummary& posterior, const BoundSettings& settings) {
  const auto d = static_cast<double>(posterior.dimension);
  return 0.5 * (Err(posterior, settings, BoundConvention::kDerived) +
                posterior.mean_square / settings.prior_variance - d);
}

double KlDigits(const PosteriorSummary& posterior, const BoundSettings& settings) {
  const double rho = settings.prior_variance;
  const double error =
      ErrorOfErr(posterior, settings, BoundConvention::kDerived) +
      posterior.mean_square_error / rho +
      kEps * (posterior.mean_square / rho + static_cast<double>(posterior.dimension));
  return DigitsOf(0.5 * error / std::abs(KlDivergence(posterior, settings)));
}

BoundValue PacBayesBound(const PosteriorSummary& posterior, const BoundSettings& settings,
                         BoundConvention convention) {
  BoundValue value{.err = Err(posterior, settings, convention),
                   .c0 = Constant(posterior, settings, convention),
                   .phi = 0};
  const double radicand = value.err + value.c0;
  value.phi = std::sqrt(8 * radicand / settings.num_samples);
  const double error = ErrorOfErr(posterior, settings, convention);
  const double error_of_c0 = posterior.mean_square_error / settings.prior_variance +
                             kEps * (std::abs(value.c0) + static_cast<double>(posterior.dimension));
  value.digits = DigitsOf(
      std::max(error / std::abs(value.err), 0.5 * (error + error_of_c0) / std::abs(radicand)));
  return value;
}

double TwiceComplexity(const PosteriorSummary& posterior, const BoundSettings& settings) {
  return 2 * KlDivergence(posterior, settings) + LogTerm(settings);
}

double QuadraticRisk(const Eigen::MatrixXd& hessian, const Eigen::VectorXd& minimizer,
                     const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance) {
  const Eigen::VectorXd shift = mean - minimizer;
  return 0.5 * shift.dot(hessian * shift) + 0.5 * hessian.cwiseProduct(covariance).sum();
}

double RankTolerance(Eigen::Index dimension) { return 1e-15 * static_cast<double>(dimension); }

RangeSummary SummarizeRange(const Eigen::MatrixXd& covariance) {
  // Which eigenvalues count is decided after scaling; their product is taken before it.
  Eigen::VectorXd scale = covariance.diagonal().cwiseMax(0.0).cwiseSqrt();
  const double largest = scale.size() > 0 ? scale.maxCoeff() : 0;
  for (Eigen::Index i = 0; i < scale.size(); ++i) {
    if (scale(i) == 0 || HoldsOnlyRounding(covariance, i)) scale(i) = largest > 0 ? largest : 1;
  }
  const Eigen::VectorXd inverse = scale.cwiseInverse();
  const Eigen::VectorXd scaled =
      SymmetricEigenvalues(inverse.asDiagonal() * covariance * inverse.asDiagonal());
  const double cutoff = RankTolerance(covariance.rows()) * std::max(scaled.maxCoeff(), 0.0);
  RangeSummary range;
  range.rank = (scaled.array() > cutoff).count();
  const Eigen::VectorXd counted = SymmetricEigenvalues(covariance).tail(range.rank);
  range.log_det = counted.array().log().sum();
  range.condition = range.rank == 0 ? 0 : counted.maxCoeff() * counted.cwiseInverse().sum();
  return range;
}

}  // namespace adamsde
