#include "analysis/statistics/record_law.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "analysis/stationary/laws.h"
#include "analysis/stationary/transient.h"
#include "analysis/statistics/factored_record_law.h"
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

double RecordLaw::ExpectedRelativeError(const Averaging& averaging) const {
  return std::sqrt(LagSum(averaging.records) / averaging.Count()) / covariance_.norm();
}

namespace {

ModalDecay RecordDecay(const ModalSystem& modal, Scheme scheme, double time_step,
                       std::int64_t record_every) {
  return scheme == Scheme::kExact
             ? ContinuousDecay(modal, time_step * static_cast<double>(record_every))
             : EulerMaruyamaDecay(modal, time_step, record_every);
}

std::unique_ptr<RecordLaw> MakeAnyRecordLaw(const SampledSystem& system, Scheme scheme,
                                            double time_step, std::int64_t record_every) {
  const bool exact = scheme == Scheme::kExact;
  if (system.modal) {
    const ModalSystem& modal = *system.modal;
    const Eigen::MatrixXd n = ModalCovariance(modal, exact ? 0.0 : time_step);
    const ModalDecay decay = RecordDecay(modal, scheme, time_step, record_every);
    if (modal.noise_is_diagonal || IsWellConditioned(n)) {
      return std::make_unique<ModalRecordLaw>(modal, n, decay);
    }
    const Eigen::MatrixXd m = modal.from_modal * n * modal.from_modal.transpose();
    return std::make_unique<FactoredRecordLaw>(modal.center, 0.5 * (m + m.transpose()), modal,
                                               decay);
  }
  const GaussianLaw law = GeneralLaw(system.sde, exact ? 0.0 : time_step);
  // Rounding that was mistaken for variance would contradict every sample. The estimate can be far
  // too careful where drifts are not normal.
  const double error = std::min(std::pow(10.0, -law.digits), 1e-6);
  return MakeClaimedRecordLaw(system, scheme, time_step, record_every, system.sde.center,
                              law.covariance, error);
}

}  // namespace

std::unique_ptr<RecordLaw> MakeClaimedRecordLaw(const SampledSystem& system, Scheme scheme,
                                                double time_step, std::int64_t record_every,
                                                const Eigen::VectorXd& mean,
                                                const Eigen::MatrixXd& covariance,
                                                double relative_error) {
  if (system.modal) {
    return std::make_unique<FactoredRecordLaw>(
        mean, covariance, *system.modal,
        RecordDecay(*system.modal, scheme, time_step, record_every), relative_error);
  }
  const GaussianKernel kernel = RecordKernel(system.sde, scheme, time_step, record_every);
  return std::make_unique<MatrixRecordLaw>(mean, covariance, kernel.increment, relative_error);
}

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
