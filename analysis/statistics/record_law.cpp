#include "analysis/statistics/record_law.h"

#include <cmath>
#include <stdexcept>

#include "analysis/stationary/laws.h"
#include "analysis/stationary/lyapunov.h"
#include "analysis/stationary/transient.h"
#include "analysis/statistics/matrix_record_law.h"
#include "analysis/statistics/modal_record_law.h"
#include "sde/problem/symmetric_eigen.h"
#include "sde/process/gaussian_kernel.h"

namespace adamsde {
namespace {

/// Whether the modes of positive variance are far enough from collinear to invert their covariance.
bool IsWellConditioned(const Eigen::MatrixXd& modal) {
  const Eigen::VectorXd diagonal = modal.diagonal();
  if (!(diagonal.minCoeff() > 0)) return false;
  const Eigen::VectorXd inverse_root = diagonal.cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd correlation = inverse_root.asDiagonal() * modal * inverse_root.asDiagonal();
  return SymmetricEigenvalues(correlation)(0) > 1e-10;
}

GaussianKernel RecordKernel(const LinearSde& sde, Scheme scheme, double time_step,
                            std::int64_t record_every) {
  return scheme == Scheme::kExact ? ExactKernel(sde, time_step * static_cast<double>(record_every))
                                  : LeapKernel(sde, time_step, record_every);
}

}  // namespace

double HalfLagSum(double one_minus_a, std::int64_t records) {
  const auto t = static_cast<double>(records);
  const double delta = one_minus_a;
  if (records <= 64) {
    double sum = 0.5;
    double power = 1;
    for (std::int64_t k = 1; k < records; ++k) {
      power *= 1 - delta;
      sum += (1 - static_cast<double>(k) / t) * power;
    }
    return sum;
  }
  if (delta * t < 1e-4) {
    // Σ(1−k/T)(1−δ)^k to second order in δT.
    return 0.5 + (t - 1) / 2 - delta * (t * t - 1) / 6 + delta * delta * (t - 2) * (t * t - 1) / 24;
  }
  const double a = 1 - delta;
  // 1 − a^T, without cancellation for a near 1.
  const double forgotten = a > 0 ? -std::expm1(t * std::log1p(-delta))
                                 : 1 - std::pow(-a, t) * (records % 2 != 0 ? -1 : 1);
  return 0.5 + a / delta - a * forgotten / (t * delta * delta);
}

double RecordLaw::ExpectedRelativeError(const Averaging& averaging) const {
  return std::sqrt(LagSum(averaging.records) / averaging.Count()) / covariance_.norm();
}

namespace {

std::unique_ptr<RecordLaw> MakeAnyRecordLaw(const SampledSystem& system, Scheme scheme,
                                            double time_step, std::int64_t record_every) {
  const bool exact = scheme == Scheme::kExact;
  if (system.modal) {
    const ModalSystem& modal = *system.modal;
    const Eigen::MatrixXd n = ModalCovariance(modal, exact ? 0.0 : time_step);
    if (modal.noise_is_diagonal || IsWellConditioned(n)) {
      const ModalDecay decay =
          exact ? ContinuousDecay(modal, time_step * static_cast<double>(record_every))
                : EulerMaruyamaDecay(modal, time_step, record_every);
      return std::make_unique<ModalRecordLaw>(modal, n, decay);
    }
  }
  const GaussianKernel kernel = RecordKernel(system.sde, scheme, time_step, record_every);
  const Eigen::MatrixXd covariance =
      exact ? StationaryCovariance(system.sde) : EulerMaruyamaCovariance(system.sde, time_step);
  return std::make_unique<MatrixRecordLaw>(system.sde.center, covariance, kernel.increment);
}

}  // namespace

std::unique_ptr<RecordLaw> MakeRecordLaw(const SampledSystem& system, Scheme scheme,
                                         double time_step, std::int64_t record_every) {
  auto law = MakeAnyRecordLaw(system, scheme, time_step, record_every);
  if (law->Rank() == 0) {
    throw std::domain_error(
        "nothing to sample (there is no noise: the stationary law is a point) give a nonzero "
        "--diffusion or --gradient-noise");
  }
  return law;
}

}  // namespace adamsde
