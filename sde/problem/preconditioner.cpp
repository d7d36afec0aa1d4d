#include "sde/problem/preconditioner.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

Eigen::VectorXd Lemma5Diagonal(const Eigen::MatrixXd& hessian) {
  const Eigen::VectorXd diagonal = hessian.diagonal();
  for (Eigen::Index i = 0; i < diagonal.size(); ++i) {
    if (!(diagonal(i) > 0)) {
      throw std::domain_error(fmt::format(
          "no lemma5 preconditioner (H_ii = {} at i = {}) drop that parameter, add --ridge, or "
          "choose another --preconditioner",
          diagonal(i), i + 1));
    }
  }
  return diagonal.cwiseSqrt().cwiseInverse();
}

}  // namespace

Preconditioner Preconditioner::Diagonal(const Eigen::VectorXd& q) {
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    if (!(std::isfinite(q(i)) && q(i) > 0)) {
      throw std::invalid_argument(fmt::format(
          "preconditioner entry {} is {} (every entry must be finite and > 0)", i + 1, q(i)));
    }
  }
  Preconditioner result;
  result.diagonal_ = q;
  result.diagonal_root_ = q.cwiseSqrt();
  return result;
}

Preconditioner Preconditioner::Full(const Eigen::MatrixXd& q) {
  SymmetricEigen eigen = DecomposeSymmetric(SymmetricPsd(q, "preconditioner"));
  if (!(eigen.values(0) > 0)) {
    throw std::invalid_argument(
        fmt::format("preconditioner is singular (eigenvalue {:.6g}) it must be positive definite",
                    eigen.values(0)));
  }
  Preconditioner result = Diagonal(eigen.values);
  result.vectors_ = std::move(eigen.vectors);
  return result;
}

Eigen::Index Preconditioner::Dimension() const { return diagonal_.size(); }

Eigen::MatrixXd Preconditioner::Matrix() const {
  return Times(Eigen::MatrixXd::Identity(Dimension(), Dimension()));
}

Eigen::MatrixXd Preconditioner::Times(const Eigen::MatrixXd& x) const {
  if (vectors_.size() == 0) return diagonal_.asDiagonal() * x;
  return vectors_ * (diagonal_.asDiagonal() * (vectors_.transpose() * x));
}

Eigen::MatrixXd Preconditioner::RootTimes(const Eigen::MatrixXd& x) const {
  if (vectors_.size() == 0) return diagonal_root_.asDiagonal() * x;
  return vectors_ * (diagonal_root_.asDiagonal() * (vectors_.transpose() * x));
}

Eigen::MatrixXd Preconditioner::InverseRootTimes(const Eigen::MatrixXd& x) const {
  const Eigen::VectorXd inverse_root = diagonal_root_.cwiseInverse();
  if (vectors_.size() == 0) return inverse_root.asDiagonal() * x;
  return vectors_ * (inverse_root.asDiagonal() * (vectors_.transpose() * x));
}

Eigen::MatrixXd Preconditioner::Sandwich(const Eigen::MatrixXd& x) const {
  const Eigen::MatrixXd product = RootTimes(RootTimes(x).transpose());
  return 0.5 * (product + product.transpose());
}

double Preconditioner::LogDet() const { return diagonal_.array().log().sum(); }

double Preconditioner::LargestEigenvalue() const { return diagonal_.maxCoeff(); }

Eigen::VectorXd InverseRoot(const Eigen::VectorXd& second_moment, const Hyperparameters& hyper) {
  if (hyper.convention == OptimizerConvention::kPytorch) {
    return (second_moment.array().sqrt() + hyper.delta).inverse();
  }
  return (second_moment.array() + hyper.delta).rsqrt();
}

Preconditioner MakePreconditioner(PreconditionerKind kind, const QuadraticProblem& problem,
                                  const Hyperparameters& hyper) {
  switch (kind) {
    case PreconditionerKind::kLemma5:
      return Preconditioner::Diagonal(Lemma5Diagonal(problem.hessian));
    case PreconditionerKind::kMinibatch:
      return Preconditioner::Diagonal(InverseRoot(problem.gradient_noise.diagonal(), hyper));
    case PreconditionerKind::kIdentity:
      break;
  }
  return Preconditioner::Diagonal(Eigen::VectorXd::Ones(problem.Dimension()));
}

}  // namespace adamsde
