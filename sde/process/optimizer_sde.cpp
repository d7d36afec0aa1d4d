#include "sde/process/optimizer_sde.h"

#include <cmath>

#include "sde/process/modal_system.h"
#include "sde/process/psd_factor.h"

namespace adamsde {

LinearSde MakeOptimizerSde(const QuadraticProblem& problem, const Hyperparameters& hyper,
                           const Preconditioner& preconditioner) {
  return MakeOptimizerSde(problem, hyper, preconditioner,
                          StationaryMean(problem, hyper, preconditioner));
}

LinearSde MakeOptimizerSde(const QuadraticProblem& problem, const Hyperparameters& hyper,
                           const Preconditioner& preconditioner, const Eigen::VectorXd& center) {
  const Eigen::Index d = problem.Dimension();
  const double lambda = hyper.weight_decay;
  LinearSde sde;
  if (hyper.optimizer == OptimizerKind::kAdamW) {
    sde.drift = preconditioner.Times(problem.hessian);
    sde.drift.diagonal().array() += lambda;
  } else {
    sde.drift = preconditioner.Times(problem.hessian + lambda * Eigen::MatrixXd::Identity(d, d));
  }
  sde.center = center;
  sde.diffusion =
      std::sqrt(hyper.learning_rate) * preconditioner.Times(FactorPsd(problem.gradient_noise));
  return sde;
}

}  // namespace adamsde
