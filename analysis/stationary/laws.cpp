#include "analysis/stationary/laws.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/stationary/momentum.h"
#include "sde/process/linear_sde.h"

namespace adamsde {
namespace {

GaussianLaw FromModal(const ModalSystem& system, const Eigen::MatrixXd& modal) {
  const Eigen::MatrixXd m = system.from_modal * modal * system.from_modal.transpose();
  return {.mean = system.center,
          .covariance = 0.5 * (m + m.transpose()),
          .log_det = LogDetFromModal(system, modal),
          .digits = ExpectedDigits(system.rates(0), system.rates(system.Dimension() - 1))};
}

}  // namespace

Eigen::MatrixXd ModalCovariance(const ModalSystem& system, double time_step) {
  RequireStationary(system);
  if (time_step > 0) RequireStepBelow(time_step, MaxStableStep(system));
  const Eigen::Index d = system.Dimension();
  const Eigen::VectorXd& kappa = system.rates;
  Eigen::MatrixXd n(d, d);
  for (Eigen::Index j = 0; j < d; ++j) {
    for (Eigen::Index i = 0; i < d; ++i) {
      const double rate = kappa(i) + kappa(j) - time_step * kappa(i) * kappa(j);
      n(i, j) = system.noise(i, j) / rate;
    }
  }
  return n;
}

double LogDetFromModal(const ModalSystem& system, const Eigen::MatrixXd& modal) {
  constexpr double kSingular = -std::numeric_limits<double>::infinity();
  const Eigen::VectorXd diagonal = modal.diagonal();
  if (!(diagonal.minCoeff() > 0)) return kSingular;
  double log_det = system.preconditioner_log_det + diagonal.array().log().sum();
  if (system.noise_is_diagonal) return log_det;
  // Unit diagonal first, so that the rank test does not depend on the parameters' scales.
  const Eigen::VectorXd inverse_root = diagonal.cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd correlation = inverse_root.asDiagonal() * modal * inverse_root.asDiagonal();
  const Eigen::LDLT<Eigen::MatrixXd> ldlt(correlation);
  const Eigen::VectorXd pivots = ldlt.vectorD();
  const double rounding =
      static_cast<double>(modal.rows()) * std::numeric_limits<double>::epsilon();
  if (!(pivots.minCoeff() > rounding)) return kSingular;
  return log_det + pivots.array().log().sum();
}

double ExpectedDigits(double slowest_rate, double fastest_rate) {
  const double error = 50 * std::numeric_limits<double>::epsilon() * fastest_rate / slowest_rate;
  return std::max(0.0, -std::log10(error));
}

GaussianLaw StationaryLaw(const ModalSystem& system) {
  return FromModal(system, ModalCovariance(system, 0.0));
}

GaussianLaw EulerMaruyamaLaw(const ModalSystem& system, double time_step) {
  return FromModal(system, ModalCovariance(system, time_step));
}

GaussianLaw MomentumLaw(const ModalSystem& system) {
  return FromModal(system, MomentumModalCovariance(system));
}

}  // namespace adamsde
