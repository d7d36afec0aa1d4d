#pragma once

#include <Eigen/Core>
#include <Eigen/QR>
#include <cmath>
#include <random>

#include "sde/problem/hyperparameters.h"
#include "sde/problem/quadratic.h"

namespace adamsde::testing {

/// Random inputs for tests, reproducible from a seed.
class RandomProblems {
 public:
  explicit RandomProblems(unsigned seed) : engine_(seed) {}

  double Uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  double LogUniform(double low, double high) {
    return std::exp(Uniform(std::log(low), std::log(high)));
  }
  Eigen::MatrixXd Normal(Eigen::Index rows, Eigen::Index columns) {
    std::normal_distribution<double> normal;
    return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return normal(engine_); });
  }
  Eigen::MatrixXd Orthogonal(Eigen::Index d) {
    return Eigen::HouseholderQR<Eigen::MatrixXd>(Normal(d, d)).householderQ();
  }
  /// Symmetric positive definite with the given condition number.
  Eigen::MatrixXd Spd(Eigen::Index d, double condition) {
    Eigen::VectorXd values(d);
    for (Eigen::Index i = 0; i < d; ++i) values(i) = LogUniform(1 / condition, 1.0);
    const Eigen::MatrixXd u = Orthogonal(d);
    const Eigen::MatrixXd h = u * values.asDiagonal() * u.transpose();
    return 0.5 * (h + h.transpose());
  }
  /// H of the given condition, a random x*, and C = H/b.
  QuadraticProblem PaperNoise(Eigen::Index d, double condition, const Hyperparameters& hyper) {
    QuadraticProblem problem{
        .hessian = Spd(d, condition), .minimizer = Normal(d, 1), .gradient_noise = {}};
    problem.gradient_noise = problem.hessian / static_cast<double>(hyper.batch_size);
    return problem;
  }
  /// The same with a C of its own.
  QuadraticProblem AnyNoise(Eigen::Index d, double condition) {
    return {.hessian = Spd(d, condition),
            .minimizer = Normal(d, 1),
            .gradient_noise = Spd(d, condition)};
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace adamsde::testing
