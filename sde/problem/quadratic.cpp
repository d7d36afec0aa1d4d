#include "sde/problem/quadratic.h"

#include <fmt/format.h>

#include <stdexcept>

#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

void RequireSquareFinite(const Eigen::MatrixXd& x, const char* name) {
  if (x.rows() == 0 || x.rows() != x.cols()) {
    throw std::invalid_argument(
        fmt::format("{} is {}x{} (must be square)", name, x.rows(), x.cols()));
  }
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      if (!std::isfinite(x(i, j))) {
        throw std::invalid_argument(fmt::format("{} has {} at row {}, column {} (must be finite)",
                                                name, x(i, j), i + 1, j + 1));
      }
    }
  }
}

}  // namespace

Eigen::MatrixXd SymmetricPsd(const Eigen::MatrixXd& x, const char* name,
                             const SymmetryTolerance& tolerance) {
  RequireSquareFinite(x, name);
  const double largest = x.cwiseAbs().maxCoeff();
  const double asymmetry = (x - x.transpose()).cwiseAbs().maxCoeff();
  if (asymmetry > tolerance.asymmetry * largest) {
    throw std::invalid_argument(
        fmt::format("{} is not symmetric (max |X - X^T| is {:.3g} of max |X|, allowed {:.0e})",
                    name, asymmetry / largest, tolerance.asymmetry));
  }
  Eigen::MatrixXd symmetric = 0.5 * (x + x.transpose());
  const Eigen::VectorXd values = SymmetricEigenvalues(symmetric);
  const double top = values.cwiseAbs().maxCoeff();
  const double bottom = values(0);
  if (bottom < -tolerance.eigenvalue * top) {
    throw std::invalid_argument(fmt::format(
        "{} is indefinite (eigenvalue {:.6g}, largest {:.6g}) it must be positive semidefinite",
        name, bottom, top));
  }
  // Below rounding of the eigensolver a negative value carries no information: leave X as it is.
  const double rounding = 1e-14 * static_cast<double>(x.rows()) * top;
  if (bottom >= -rounding) return symmetric;
  const SymmetricEigen eigen = DecomposeSymmetric(symmetric);
  const Eigen::MatrixXd clipped =
      eigen.vectors * eigen.values.cwiseMax(0.0).asDiagonal() * eigen.vectors.transpose();
  return 0.5 * (clipped + clipped.transpose());
}

void Validate(const QuadraticProblem& problem) {
  const Eigen::Index d = problem.Dimension();
  if (problem.minimizer.size() != d) {
    throw std::invalid_argument(
        fmt::format("minimizer has length {} (hessian is {}x{})", problem.minimizer.size(), d, d));
  }
  if (!problem.minimizer.allFinite()) {
    throw std::invalid_argument("minimizer has a non-finite entry (all must be finite)");
  }
  if (problem.gradient_noise.rows() != d || problem.gradient_noise.cols() != d) {
    throw std::invalid_argument(fmt::format("gradient-noise is {}x{} (hessian is {}x{})",
                                            problem.gradient_noise.rows(),
                                            problem.gradient_noise.cols(), d, d));
  }
}

}  // namespace adamsde
