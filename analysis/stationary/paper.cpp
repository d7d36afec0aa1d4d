#include "analysis/stationary/paper.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "analysis/stationary/errors.h"

namespace adamsde {
namespace {

/// X + λI for a symmetric PSD X, factorized.
Eigen::LDLT<Eigen::MatrixXd> Shifted(const Eigen::MatrixXd& x, double lambda) {
  Eigen::MatrixXd shifted = x;
  shifted.diagonal().array() += lambda;
  Eigen::LDLT<Eigen::MatrixXd> ldlt(shifted);
  if (!(ldlt.vectorD().minCoeff() > 0)) {
    throw std::domain_error(
        "the paper's covariance does not exist (its matrix to invert is singular) use a positive "
        "--weight-decay, or a hessian of full rank");
  }
  return ldlt;
}

double Scale(const Hyperparameters& hyper) {
  return hyper.learning_rate / (2.0 * static_cast<double>(hyper.batch_size));
}

}  // namespace

Eigen::MatrixXd Lemma5Covariance(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                 const Preconditioner& preconditioner) {
  const Eigen::MatrixXd s = preconditioner.Sandwich(problem.hessian);
  const Eigen::MatrixXd inner = Shifted(s, hyper.weight_decay).solve(s);
  return Scale(hyper) * preconditioner.Sandwich(0.5 * (inner + inner.transpose()));
}

Eigen::MatrixXd SupplementH3Matrix(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                   const Preconditioner& preconditioner) {
  const Eigen::MatrixXd hq = preconditioner.Times(problem.hessian).transpose();
  return Scale(hyper) * Shifted(problem.hessian, hyper.weight_decay).solve(hq);
}

Eigen::MatrixXd PaperCovariance(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                const Preconditioner& preconditioner) {
  return hyper.optimizer == OptimizerKind::kAdamW
             ? Lemma5Covariance(problem, hyper, preconditioner)
             : SupplementH3Matrix(problem, hyper, preconditioner);
}

double EstimatePaperError(const QuadraticProblem& problem, const Hyperparameters& hyper,
                          const Preconditioner& preconditioner) {
  if (hyper.optimizer == OptimizerKind::kL2Adam) {
    return kRounding / Shifted(problem.hessian, hyper.weight_decay).rcond();
  }
  const Eigen::MatrixXd s = preconditioner.Sandwich(problem.hessian);
  const Eigen::LDLT<Eigen::MatrixXd> shifted = Shifted(s, hyper.weight_decay);
  const Eigen::MatrixXd inner = shifted.solve(s);
  const double amplification =
      preconditioner.LargestEigenvalue() * inner.norm() / preconditioner.Sandwich(inner).norm();
  return kRounding / shifted.rcond() * std::max(1.0, amplification);
}

PaperDefects CompareWithPaper(const Eigen::MatrixXd& printed, const Eigen::MatrixXd& covariance,
                              double printed_error) {
  const double norm = covariance.norm();
  const Eigen::PartialPivLU<Eigen::MatrixXd> lu(printed);
  const auto d = static_cast<double>(printed.rows());
  return {.trace = printed.trace(),
          .log_det = lu.matrixLU().diagonal().cwiseAbs().array().log().sum(),
          .log_det_error = d * printed_error / lu.rcond(),
          .asymmetry = (printed - printed.transpose()).norm() / norm,
          .relative_error = (printed - covariance).norm() / norm};
}

}  // namespace adamsde
