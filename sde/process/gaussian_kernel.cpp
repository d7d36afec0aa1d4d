#include "sde/process/gaussian_kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sde/process/psd_factor.h"

namespace adamsde {
namespace {

/// A transition by F − I and by the covariance Σ of its noise.
struct Transition {
  Eigen::MatrixXd increment;
  Eigen::MatrixXd covariance;
};

/// First a, then b: F = F_b F_a, Σ = Σ_b + F_b Σ_a F_bᵀ, with F = I + G throughout.
Transition Compose(const Transition& a, const Transition& b) {
  const Eigen::MatrixXd moved = b.increment * a.covariance;  // G_b Σ_a
  const Eigen::MatrixXd both = moved * b.increment.transpose();
  const Eigen::MatrixXd covariance = b.covariance + a.covariance + moved + moved.transpose() + both;
  return {.increment = a.increment + b.increment + b.increment * a.increment,
          .covariance = 0.5 * (covariance + covariance.transpose())};
}

/// What rounding leaves in a covariance that grows over the time `norm` in units of the drift: in
/// directions without noise of their own it adds up as the noise does.
double CovarianceError(double norm) {
  constexpr double kUlp = std::numeric_limits<double>::epsilon();
  return std::clamp(8 * kUlp * norm, 1e-10, 1e-6);
}

GaussianKernel ToKernel(const Transition& transition, double norm) {
  return {.increment = transition.increment,
          .noise = FactorPsd(transition.covariance, CovarianceError(norm))};
}

/// ‖A‖₁ t.
double NormOver(const LinearSde& sde, double time) {
  return time * sde.drift.cwiseAbs().colwise().sum().maxCoeff();
}

/// Taylor series over a short time t: F' = −AF and Σ' = −AΣ − ΣAᵀ + D give
/// F_n = −(t/n) A F_{n−1}, Σ_1 = tD, Σ_n = −(t/n)(AΣ_{n−1} + Σ_{n−1}Aᵀ).
Transition ShortTransition(const LinearSde& sde, double t) {
  const Eigen::MatrixXd d = sde.diffusion * sde.diffusion.transpose();
  Eigen::MatrixXd f_term = -t * sde.drift;
  Eigen::MatrixXd s_term = t * d;
  Transition result{.increment = f_term, .covariance = s_term};
  for (int n = 2; n <= 24; ++n) {
    f_term = (-t / n) * (sde.drift * f_term);
    const Eigen::MatrixXd drifted = sde.drift * s_term;
    s_term = (-t / n) * (drifted + drifted.transpose());
    result.increment += f_term;
    result.covariance += s_term;
  }
  return result;
}

}  // namespace

GaussianKernel EulerMaruyamaKernel(const LinearSde& sde, double time_step) {
  return {.increment = -time_step * sde.drift, .noise = std::sqrt(time_step) * sde.diffusion};
}

GaussianKernel LeapKernel(const LinearSde& sde, double time_step, std::int64_t steps) {
  if (steps < 1) {
    throw std::invalid_argument(fmt::format("steps of a leap = {} (must be >= 1)", steps));
  }
  Transition power{.increment = -time_step * sde.drift,
                   .covariance = time_step * (sde.diffusion * sde.diffusion.transpose())};
  const Eigen::Index d = sde.Dimension();
  Transition result{.increment = Eigen::MatrixXd::Zero(d, d),
                    .covariance = Eigen::MatrixXd::Zero(d, d)};
  for (std::int64_t remaining = steps; remaining > 0; remaining /= 2) {
    if (remaining % 2 != 0) result = Compose(result, power);
    if (remaining > 1) power = Compose(power, power);
  }
  return ToKernel(result, NormOver(sde, time_step * static_cast<double>(steps)));
}

GaussianKernel ExactKernel(const LinearSde& sde, double time) {
  const double norm = NormOver(sde, time);
  const int doublings = norm > 0.25 ? static_cast<int>(std::ceil(std::log2(norm / 0.25))) : 0;
  Transition transition = ShortTransition(sde, std::ldexp(time, -doublings));
  for (int i = 0; i < doublings; ++i) transition = Compose(transition, transition);
  return ToKernel(transition, norm);
}

}  // namespace adamsde
