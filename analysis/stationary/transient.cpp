#include "analysis/stationary/transient.h"

#include <cmath>

namespace adamsde {
namespace {

double OneMinusSigned(double sign, double log_magnitude) {
  return sign > 0 ? -std::expm1(log_magnitude) : 1 + std::exp(log_magnitude);
}

}  // namespace

Eigen::VectorXd ModalDecay::Factor() const {
  return sign.cwiseProduct(log_magnitude.array().exp().matrix());
}

double ModalDecay::OneMinusProduct(Eigen::Index i, Eigen::Index j) const {
  return OneMinusSigned(sign(i) * sign(j), log_magnitude(i) + log_magnitude(j));
}

double ModalDecay::OneMinus(Eigen::Index i) const {
  return OneMinusSigned(sign(i), log_magnitude(i));
}

ModalDecay EulerMaruyamaDecay(const ModalSystem& system, double time_step, std::int64_t steps) {
  const Eigen::Index d = system.Dimension();
  ModalDecay decay{.log_magnitude = Eigen::VectorXd(d), .sign = Eigen::VectorXd::Ones(d)};
  for (Eigen::Index i = 0; i < d; ++i) {
    const double x = time_step * system.rates(i);
    const bool negative = x > 1;
    const double log_step = negative ? std::log(x - 1) : std::log1p(-x);
    decay.log_magnitude(i) = static_cast<double>(steps) * log_step;
    if (negative && steps % 2 != 0) decay.sign(i) = -1;
  }
  return decay;
}

ModalDecay ContinuousDecay(const ModalSystem& system, double time) {
  return {.log_magnitude = -time * system.rates, .sign = Eigen::VectorXd::Ones(system.Dimension())};
}

Eigen::VectorXd TransientMean(const ModalSystem& system, const ModalDecay& decay,
                              const Eigen::VectorXd& initial_mean) {
  const Eigen::VectorXd modal = system.to_modal * (initial_mean - system.center);
  return system.center + system.from_modal * decay.Factor().cwiseProduct(modal);
}

Eigen::MatrixXd TransientCovariance(const ModalSystem& system, const ModalDecay& decay,
                                    const Eigen::MatrixXd& stationary,
                                    const Eigen::MatrixXd& initial_covariance) {
  const Eigen::MatrixXd initial =
      system.to_modal * initial_covariance * system.to_modal.transpose();
  const Eigen::VectorXd f = decay.Factor();
  Eigen::MatrixXd modal(stationary.rows(), stationary.cols());
  for (Eigen::Index j = 0; j < modal.cols(); ++j) {
    for (Eigen::Index i = 0; i < modal.rows(); ++i) {
      modal(i, j) = decay.OneMinusProduct(i, j) * stationary(i, j) + f(i) * f(j) * initial(i, j);
    }
  }
  const Eigen::MatrixXd p = system.from_modal * modal * system.from_modal.transpose();
  return 0.5 * (p + p.transpose());
}

Eigen::MatrixXd Autocovariance(const ModalSystem& system, const ModalDecay& decay,
                               const Eigen::MatrixXd& stationary) {
  return system.from_modal * (decay.Factor().asDiagonal() * stationary) *
         system.from_modal.transpose();
}

}  // namespace adamsde
