#include "sde/problem/symmetric_eigen.h"

#include <fmt/format.h>
#include <lapacke.h>

#include <stdexcept>

namespace adamsde {
namespace {

SymmetricEigen Dsyevd(const Eigen::MatrixXd& x, char job) {
  SymmetricEigen eigen{.values = Eigen::VectorXd(x.rows()), .vectors = x};
  const auto n = static_cast<lapack_int>(x.rows());
  const lapack_int info =
      LAPACKE_dsyevd(LAPACK_COL_MAJOR, job, 'L', n, eigen.vectors.data(), n, eigen.values.data());
  if (info != 0) {
    throw std::domain_error(
        fmt::format("no eigendecomposition (dsyevd returned {}) check the matrix for non-finite "
                    "entries",
                    info));
  }
  return eigen;
}

}  // namespace

SymmetricEigen DecomposeSymmetric(const Eigen::MatrixXd& x) { return Dsyevd(x, 'V'); }

Eigen::VectorXd SymmetricEigenvalues(const Eigen::MatrixXd& x) { return Dsyevd(x, 'N').values; }

}  // namespace adamsde
