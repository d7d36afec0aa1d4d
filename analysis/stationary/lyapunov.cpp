#include "analysis/stationary/lyapunov.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <complex>
#include <stdexcept>

namespace adamsde {
namespace {

using Complex = std::complex<double>;

/// Solves T X + X Tᴴ − h T X Tᴴ = D for upper triangular T, column by column from the last:
/// (T(1 − h t̄_jj) + t̄_jj I) x_j = d_j − Σ_{k>j} t̄_jk (x_k − h T x_k).
Eigen::MatrixXcd SolveTriangular(const Eigen::MatrixXcd& t, const Eigen::MatrixXcd& d, double h) {
  const Eigen::Index n = t.rows();
  Eigen::MatrixXcd x(n, n);
  Eigen::MatrixXcd moved(n, n);  // x_k − h T x_k
  for (Eigen::Index j = n - 1; j >= 0; --j) {
    const Eigen::Index later = n - 1 - j;
    Eigen::VectorXcd right = d.col(j);
    if (later > 0) {
      right.noalias() -= moved.rightCols(later) * t.row(j).tail(later).adjoint();
    }
    const Complex diagonal = std::conj(t(j, j));
    Eigen::MatrixXcd shifted = (1.0 - h * diagonal) * t;
    shifted.diagonal().array() += diagonal;
    x.col(j) = shifted.triangularView<Eigen::Upper>().solve(right);
    moved.col(j) = x.col(j);
    if (h > 0) {
      const Eigen::VectorXcd tx = t.triangularView<Eigen::Upper>() * x.col(j);
      moved.col(j) -= h * tx;
    }
  }
  return x;
}

Eigen::MatrixXd Solve(const Eigen::ComplexSchur<Eigen::MatrixXd>& schur, const Eigen::MatrixXd& d,
                      double h) {
  const Eigen::MatrixXcd& u = schur.matrixU();
  const Eigen::MatrixXcd inner = u.adjoint() * d.cast<Complex>() * u;
  const Eigen::MatrixXcd x = SolveTriangular(schur.matrixT(), inner, h);
  const Eigen::MatrixXd m = (u * x * u.adjoint()).real();
  return 0.5 * (m + m.transpose());
}

enum class WithInverseNorm { kNo, kYes };

LyapunovSolution SolveLyapunov(const LinearSde& sde, double h, WithInverseNorm with_norm) {
  Validate(sde);
  const Eigen::MatrixXd d = sde.diffusion * sde.diffusion.transpose();
  const Eigen::ComplexSchur<Eigen::MatrixXd> schur(sde.drift);
  if (schur.info() != Eigen::Success) {
    throw std::domain_error("no Schur form of the drift (the QR iteration did not converge)");
  }
  const Eigen::VectorXcd spectrum = schur.matrixT().diagonal();
  RequireStationary(spectrum);
  if (h > 0) RequireStepBelow(h, MaxStableStep(spectrum));
  Eigen::MatrixXd m = Solve(schur, d, h);
  // One step of refinement: the residual costs little beside the Schur form.
  const Eigen::MatrixXd am = sde.drift * m;
  const Eigen::MatrixXd residual = d - am - am.transpose() + h * (am * sde.drift.transpose());
  m += Solve(schur, residual, h);
  LyapunovSolution solution{.covariance = 0.5 * (m + m.transpose())};
  if (with_norm == WithInverseNorm::kYes) {
    solution.inverse_norm = Solve(schur, Eigen::MatrixXd::Identity(m.rows(), m.cols()), h).norm();
  }
  return solution;
}

}  // namespace

Eigen::MatrixXd StationaryCovariance(const LinearSde& sde) {
  return SolveLyapunov(sde, 0.0, WithInverseNorm::kNo).covariance;
}

Eigen::MatrixXd EulerMaruyamaCovariance(const LinearSde& sde, double time_step) {
  return SolveLyapunov(sde, time_step, WithInverseNorm::kNo).covariance;
}

LyapunovSolution SolveLyapunov(const LinearSde& sde, double time_step) {
  return SolveLyapunov(sde, time_step, WithInverseNorm::kYes);
}

}  // namespace adamsde
