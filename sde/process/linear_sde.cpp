#include "sde/process/linear_sde.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <limits>
#include <stdexcept>

namespace adamsde {

void Validate(const LinearSde& sde) {
  const Eigen::Index d = sde.Dimension();
  if (d == 0 || sde.drift.cols() != d) {
    throw std::invalid_argument(
        fmt::format("drift is {}x{} (must be square)", d, sde.drift.cols()));
  }
  if (sde.diffusion.rows() != d || sde.diffusion.cols() == 0) {
    throw std::invalid_argument(fmt::format("diffusion is {}x{} (must have {} rows, as drift)",
                                            sde.diffusion.rows(), sde.diffusion.cols(), d));
  }
  if (sde.center.size() != d) {
    throw std::invalid_argument(
        fmt::format("center has length {} (drift is {}x{})", sde.center.size(), d, d));
  }
  if (!sde.drift.allFinite() || !sde.diffusion.allFinite() || !sde.center.allFinite()) {
    throw std::invalid_argument("drift, diffusion and center must be finite (one is not)");
  }
}

Eigen::VectorXcd DriftSpectrum(const LinearSde& sde) {
  const Eigen::EigenSolver<Eigen::MatrixXd> solver(sde.drift, /*computeEigenvectors=*/false);
  if (solver.info() != Eigen::Success) {
    throw std::domain_error("no spectrum of the drift (the QR iteration did not converge)");
  }
  return solver.eigenvalues();
}

void RequireStationary(const Eigen::VectorXcd& spectrum) {
  const double slowest = spectrum.real().minCoeff();
  const double rounding = static_cast<double>(spectrum.size()) *
                          std::numeric_limits<double>::epsilon() * spectrum.cwiseAbs().maxCoeff();
  if (!(slowest > rounding)) {
    throw std::domain_error(fmt::format(
        "no stationary law (slowest rate of the drift {:.6g}, every eigenvalue must have a "
        "positive real part)",
        slowest));
  }
}

double MaxStableStep(const Eigen::VectorXcd& spectrum) {
  return (2.0 * spectrum.real().array() / spectrum.array().abs2()).minCoeff();
}

void RequireStepBelow(double time_step, double limit) {
  if (!(time_step < limit)) {
    throw std::domain_error(fmt::format(
        "time-step = {:.6g} is unstable for Euler-Maruyama (must be < {:.6g}) use a smaller "
        "--time-step, or --scheme exact",
        time_step, limit));
  }
}

}  // namespace adamsde
