#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "sde/process/modal_system.h"

namespace adamsde {

/// 1 + log-magnitude form of the modal decay over a number of Euler–Maruyama steps, or over time:
/// per mode i the factor is sign_i·exp(log_i), with log_i kept apart so that 1 − factor has full
/// accuracy for slow modes.
struct ModalDecay {
  Eigen::VectorXd log_magnitude;  ///< log |f_i| ≤ 0; −inf where a step forgets everything
  Eigen::VectorXd sign;           ///< ±1

  [[nodiscard]] Eigen::VectorXd Factor() const;  ///< f_i
  /// 1 − f_i f_j without cancellation.
  [[nodiscard]] double OneMinusProduct(Eigen::Index i, Eigen::Index j) const;
  [[nodiscard]] double OneMinus(Eigen::Index i) const;  ///< 1 − f_i
};

/// f_i = (1 − hκ_i)^steps: Euler–Maruyama.
[[nodiscard]] ModalDecay EulerMaruyamaDecay(const ModalSystem& system, double time_step,
                                            std::int64_t steps);
/// f_i = exp(−κ_i t): the SDE itself.
[[nodiscard]] ModalDecay ContinuousDecay(const ModalSystem& system, double time);

/// Mean after a transient from m₀, exact: c + F(m₀ − c) (THEORY §3.1).
[[nodiscard]] Eigen::VectorXd TransientMean(const ModalSystem& system, const ModalDecay& decay,
                                            const Eigen::VectorXd& initial_mean);

/// Covariance after a transient from P₀, exact: in modal coordinates
/// N̂_ij + (P̂₀,ij − N̂_ij) f_i f_j (THEORY §3.1).
/// @param stationary  N̂ of the same process in modal coordinates (ModalCovariance).
[[nodiscard]] Eigen::MatrixXd TransientCovariance(const ModalSystem& system,
                                                  const ModalDecay& decay,
                                                  const Eigen::MatrixXd& stationary,
                                                  const Eigen::MatrixXd& initial_covariance);

/// Autocovariance E[(x_{t+k}−c)(x_t−c)ᵀ] = F M of the stationary process at the lag of `decay`.
[[nodiscard]] Eigen::MatrixXd Autocovariance(const ModalSystem& system, const ModalDecay& decay,
                                             const Eigen::MatrixXd& stationary);

}  // namespace adamsde
