#include "analysis/stationary/errors.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace adamsde {
namespace {

/// λ_max(Q), exactly for a diagonal Q, else to a factor d.
double LargestOfQ(const ModalSystem& system) {
  return system.from_modal.rowwise().squaredNorm().maxCoeff();
}

/// ‖δS‖ to expect of the eigendecomposition.
double CurvatureError(const ModalSystem& system) {
  return kRounding * system.curvatures(system.Dimension() - 1);
}

/// What forming κ = s + λ and a sum of rates adds: felt where a step is nearly unstable.
double RateError(const ModalSystem& system) {
  return 4 * kEps * system.rates(system.Dimension() - 1);
}

/// 1 + s_i d log factor_ii/ds_i: N̂_ii = (η/b)s_i·factor_ii changes by this times δs_i/s_i.
Eigen::ArrayXd SlopeOfProduct(const ModalSystem& system, const ModalResponse& response) {
  return 1 + system.curvatures.array() * response.slope.array();
}

/// Inverse of a regular covariance, by way of its correlations.
Eigen::MatrixXd Inverse(const Eigen::MatrixXd& covariance) {
  const Eigen::VectorXd scale = covariance.diagonal().cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd correlation = scale.asDiagonal() * covariance * scale.asDiagonal();
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(covariance.rows(), covariance.cols());
  return scale.asDiagonal() * correlation.ldlt().solve(identity) * scale.asDiagonal();
}

}  // namespace

double DigitsOf(double relative_error) {
  if (!(relative_error < 1)) return 0;
  return -std::log10(std::max(relative_error, kEps));
}

double EstimateCovarianceError(const ModalSystem& system, const ModalResponse& response,
                               const Eigen::MatrixXd& modal, const Eigen::MatrixXd& covariance) {
  const double norm = modal.norm();
  const double steepest = response.slope.cwiseAbs().maxCoeff();
  double inner = RateError(system) * steepest;
  if (system.noise_is_diagonal) {
    const double scale = system.hyper.learning_rate / static_cast<double>(system.hyper.batch_size);
    const double slope =
        (response.factor.diagonal().array() * SlopeOfProduct(system, response)).abs().maxCoeff();
    inner += CurvatureError(system) * scale * slope / norm;
  } else {
    inner += kRounding * system.noise.norm() * response.factor.cwiseAbs().maxCoeff() / norm +
             CurvatureError(system) * steepest;
  }
  const double amplification = LargestOfQ(system) * norm / covariance.norm();
  return (inner + kRounding) * std::max(1.0, amplification);
}

double EstimateLogDetError(const ModalSystem& system, const ModalResponse& response,
                           const Eigen::MatrixXd& modal) {
  const auto d = static_cast<double>(modal.rows());
  const double curvature = CurvatureError(system);
  const double summation = RateError(system) * response.slope.cwiseAbs().sum() +
                           kEps * (std::abs(system.preconditioner_log_det) + d +
                                   modal.diagonal().array().log().abs().sum());
  if (system.noise_is_diagonal) {
    return summation +
           curvature * (SlopeOfProduct(system, response) / system.curvatures.array()).abs().sum();
  }
  const Eigen::MatrixXd inverse = Inverse(modal);
  const Eigen::MatrixXd y = inverse.cwiseProduct(response.factor);
  // Slopes in units of the SDE's own, −2·factor.
  const double steepest =
      (response.slope.array() / response.factor.diagonal().array()).abs().maxCoeff() / 2;
  return summation + kRounding * system.noise.norm() * y.norm() +
         2 * curvature * std::max(1.0, steepest) * std::sqrt(d) * (modal * y).norm() +
         kRounding * inverse.diagonal().dot(modal.diagonal());
}

double EstimateMeanError(const ModalSystem& system, const Eigen::VectorXd& minimizer) {
  const Eigen::VectorXd shift = system.to_modal * (minimizer - system.center);
  return kEps * minimizer.norm() + std::sqrt(LargestOfQ(system)) * shift.norm() *
                                       (kRounding + CurvatureError(system) / system.rates(0));
}

double EstimateRiskError(const ModalSystem& system, const QuadraticProblem& problem,
                         const Eigen::MatrixXd& covariance, double relative_error) {
  const Eigen::VectorXd shift = system.center - problem.minimizer;
  const Eigen::VectorXd force = problem.hessian * shift;
  return 0.5 * (relative_error + kEps) * problem.hessian.norm() * covariance.norm() +
         force.norm() * EstimateMeanError(system, problem.minimizer) +
         kRounding * std::abs(shift.dot(force));
}

double EstimateLyapunovError(const LinearSde& sde, double time_step,
                             const LyapunovSolution& solution) {
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(sde.Dimension(), sde.Dimension());
  const double noise = (sde.diffusion * sde.diffusion.transpose()).norm();
  const double drift = 2 * sde.drift.norm() * (identity - time_step * sde.drift).norm();
  return kRounding * (1 + solution.inverse_norm * (drift + noise / solution.covariance.norm()));
}

double EstimateLogDetError(const Eigen::MatrixXd& covariance, double relative_error) {
  return relative_error * covariance.norm() * Inverse(covariance).trace() +
         kEps * covariance.diagonal().array().log().abs().sum();
}

}  // namespace adamsde
