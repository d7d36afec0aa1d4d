#include "analysis/stationary/paper.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

/// (X + λI)⁻¹ Y for a symmetric PSD X.
Eigen::MatrixXd ShiftedSolve(const Eigen::MatrixXd& x, double lambda, const Eigen::MatrixXd& y) {
  Eigen::MatrixXd shifted = x;
  shifted.diagonal().array() += lambda;
  const Eigen::LDLT<Eigen::MatrixXd> ldlt(shifted);
  if (!(ldlt.vectorD().minCoeff() > 0)) {
    throw std::domain_error(
        "the paper's covariance does not exist (its matrix to invert is singular) use a positive "
        "--weight-decay, or a hessian of full rank");
  }
  return ldlt.solve(y);
}

double Scale(const Hyperparameters& hyper) {
  return hyper.learning_rate / (2.0 * static_cast<double>(hyper.batch_size));
}

}  // namespace

Eigen::MatrixXd Lemma5Covariance(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                 const Preconditioner& preconditioner) {
  const Eigen::MatrixXd s = preconditioner.Sandwich(problem.hessian);
  const Eigen::MatrixXd inner = ShiftedSolve(s, hyper.weight_decay, s);
  return Scale(hyper) * preconditioner.Sandwich(0.5 * (inner + inner.transpose()));
}

Eigen::MatrixXd SupplementH3Matrix(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                   const Preconditioner& preconditioner) {
  const Eigen::MatrixXd hq = preconditioner.Times(problem.hessian).transpose();
  return Scale(hyper) * ShiftedSolve(problem.hessian, hyper.weight_decay, hq);
}

Eigen::MatrixXd PaperCovariance(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                const Preconditioner& preconditioner) {
  return hyper.optimizer == OptimizerKind::kAdamW
             ? Lemma5Covariance(problem, hyper, preconditioner)
             : SupplementH3Matrix(problem, hyper, preconditioner);
}

PaperDefects CompareWithPaper(const Eigen::MatrixXd& printed, const Eigen::MatrixXd& covariance) {
  const double norm = covariance.norm();
  const Eigen::MatrixXd factors = printed.partialPivLu().matrixLU();
  return {.trace = printed.trace(),
          .log_det = factors.diagonal().cwiseAbs().array().log().sum(),
          .asymmetry = (printed - printed.transpose()).norm() / norm,
          .relative_error = (printed - covariance).norm() / norm};
}

}  // namespace adamsde
