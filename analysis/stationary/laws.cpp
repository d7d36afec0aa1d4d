#include "analysis/stationary/laws.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/stationary/errors.h"
#include "analysis/stationary/lyapunov.h"
#include "analysis/stationary/momentum.h"
#include "sde/process/linear_sde.h"

namespace adamsde {
namespace {

/// N̂ = Ĝ∘factor.
Eigen::MatrixXd Respond(const ModalSystem& system, const ModalResponse& response) {
  if (system.noise_is_diagonal) {
    return system.noise.diagonal().cwiseProduct(response.factor.diagonal()).asDiagonal();
  }
  return system.noise.cwiseProduct(response.factor);
}

GaussianLaw FromModal(const ModalSystem& system, const ModalResponse& response) {
  const Eigen::MatrixXd modal = Respond(system, response);
  const Eigen::MatrixXd left =
      system.noise_is_diagonal ? Eigen::MatrixXd(system.from_modal * modal.diagonal().asDiagonal())
                               : Eigen::MatrixXd(system.from_modal * modal);
  const Eigen::MatrixXd m = left * system.from_modal.transpose();
  GaussianLaw law{.mean = system.center,
                  .covariance = 0.5 * (m + m.transpose()),
                  .log_det = LogDetFromModal(system, modal)};
  law.digits = DigitsOf(EstimateCovarianceError(system, response, modal, law.covariance));
  if (std::isfinite(law.log_det)) law.log_det_error = EstimateLogDetError(system, response, modal);
  return law;
}

/// h = 0: the SDE's own.
ModalResponse EulerMaruyamaResponse(const ModalSystem& system, double time_step) {
  RequireStationary(system);
  if (time_step > 0) RequireStepBelow(time_step, MaxStableStep(system));
  const Eigen::Index d = system.Dimension();
  const Eigen::VectorXd& kappa = system.rates;
  ModalResponse response{.factor = Eigen::MatrixXd(d, d), .slope = Eigen::VectorXd(d)};
  for (Eigen::Index j = 0; j < d; ++j) {
    for (Eigen::Index i = 0; i < d; ++i) {
      response.factor(i, j) = 1 / (kappa(i) + kappa(j) - time_step * kappa(i) * kappa(j));
    }
    response.slope(j) = -2 * (1 - time_step * kappa(j)) * response.factor(j, j);
  }
  return response;
}

}  // namespace

Eigen::MatrixXd ModalCovariance(const ModalSystem& system, double time_step) {
  return Respond(system, EulerMaruyamaResponse(system, time_step));
}

bool HoldsOnlyRounding(const Eigen::MatrixXd& covariance, Eigen::Index i) {
  const double rounding =
      static_cast<double>(covariance.rows()) * std::numeric_limits<double>::epsilon();
  const double largest = covariance.diagonal().maxCoeff();
  if (covariance(i, i) > rounding * rounding * largest) return false;
  // Exactly uncorrelated: a scale of its own, however small.
  return (covariance.row(i).array() != 0).count() > 1;
}

double LogDetOfCovariance(const Eigen::MatrixXd& covariance) {
  constexpr double kSingular = -std::numeric_limits<double>::infinity();
  const Eigen::VectorXd diagonal = covariance.diagonal();
  const double rounding =
      static_cast<double>(covariance.rows()) * std::numeric_limits<double>::epsilon();
  for (Eigen::Index i = 0; i < diagonal.size(); ++i) {
    if (!(diagonal(i) > 0) || HoldsOnlyRounding(covariance, i)) return kSingular;
  }
  const Eigen::VectorXd inverse_root = diagonal.cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd correlation =
      inverse_root.asDiagonal() * covariance * inverse_root.asDiagonal();
  const Eigen::LDLT<Eigen::MatrixXd> ldlt(correlation);
  const Eigen::VectorXd pivots = ldlt.vectorD();
  if (!(pivots.minCoeff() > rounding)) return kSingular;
  return diagonal.array().log().sum() + pivots.array().log().sum();
}

double LogDetFromModal(const ModalSystem& system, const Eigen::MatrixXd& modal) {
  if (!system.noise_is_diagonal) {
    return system.preconditioner_log_det + LogDetOfCovariance(modal);
  }
  return system.preconditioner_log_det + modal.diagonal().array().log().sum();
}

GaussianLaw GeneralLaw(const LinearSde& sde, double time_step) {
  const LyapunovSolution solution = SolveLyapunov(sde, time_step);
  const double error = EstimateLyapunovError(sde, time_step, solution);
  GaussianLaw law{.mean = sde.center,
                  .covariance = solution.covariance,
                  .log_det = LogDetOfCovariance(solution.covariance),
                  .digits = DigitsOf(error)};
  if (std::isfinite(law.log_det)) law.log_det_error = EstimateLogDetError(law.covariance, error);
  return law;
}

GaussianLaw StationaryLaw(const ModalSystem& system) {
  return FromModal(system, EulerMaruyamaResponse(system, 0.0));
}

GaussianLaw EulerMaruyamaLaw(const ModalSystem& system, double time_step) {
  return FromModal(system, EulerMaruyamaResponse(system, time_step));
}

GaussianLaw MomentumLaw(const ModalSystem& system) {
  return FromModal(system, MomentumResponse(system));
}

}  // namespace adamsde
