#pragma once

#include <Eigen/Core>

#include "sde/problem/hyperparameters.h"
#include "sde/problem/quadratic.h"

namespace adamsde::testing {

/// What the optimizer's gradient is linear in: H, and for ℓ2-Adam λ as well.
inline Eigen::MatrixXd SlopeOfGradient(const QuadraticProblem& p, const Hyperparameters& hyper) {
  Eigen::MatrixXd slope = p.hessian;
  if (hyper.optimizer == OptimizerKind::kL2Adam) slope.diagonal().array() += hyper.weight_decay;
  return slope;
}

/// Iterates the covariance of (x, m) of the optimizer as THEORY §3.4 writes it, in the original
/// coordinates, to stationarity; returns that of x.
inline Eigen::MatrixXd IterateOptimizer(const QuadraticProblem& p, const Hyperparameters& hyper,
                                        const Eigen::MatrixXd& q) {
  const Eigen::Index d = p.Dimension();
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(d, d);
  const double eta = hyper.learning_rate;
  const double beta = hyper.beta1;
  const Eigen::MatrixXd slope = SlopeOfGradient(p, hyper);
  const double decay = hyper.optimizer == OptimizerKind::kAdamW ? eta * hyper.weight_decay : 0.0;
  Eigen::MatrixXd f(2 * d, 2 * d);
  f << (1 - decay) * identity - eta * beta * q * slope, -eta * (1 - beta) * q, beta * slope,
      (1 - beta) * identity;
  Eigen::MatrixXd g(2 * d, d);
  g << -eta * beta * q, beta * identity;
  // Doubling: after k rounds 2^k iterations.
  Eigen::MatrixXd covariance = g * p.gradient_noise * g.transpose();
  for (int round = 0; round < 40; ++round) {
    covariance += (f * covariance * f.transpose()).eval();
    f = (f * f).eval();
  }
  return covariance.topLeftCorner(d, d);
}

}  // namespace adamsde::testing
