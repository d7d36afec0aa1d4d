#include "analysis/stationary/momentum.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>

#include <cmath>

#include "analysis/stationary/laws.h"
#include "tests/support/iterated_optimizer.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

/// THEORY §3.4's scalar closed form for AdamW.
double ScalarVariance(const Hyperparameters& hyper, double h, double s2, double q) {
  const double eta = hyper.learning_rate;
  const double beta = hyper.beta1;
  const double lambda = hyper.weight_decay;
  const double numerator = eta * q * q * beta * s2 * (2 - beta - eta * lambda * (1 - beta));
  return numerator / ((beta + eta * lambda * (1 - beta)) * (lambda + q * h) *
                      ((2 - beta) * (2 - eta * lambda) - eta * beta * q * h));
}

ModalSystem Scalar(const Hyperparameters& hyper, double h, double s2, double q) {
  const QuadraticProblem problem{.hessian = Eigen::MatrixXd::Constant(1, 1, h),
                                 .minimizer = Eigen::VectorXd::Ones(1),
                                 .gradient_noise = Eigen::MatrixXd::Constant(1, 1, s2)};
  return MakeModalSystem(problem, hyper, Preconditioner::Diagonal(Eigen::VectorXd::Constant(1, q)));
}

TEST(Momentum, AgreesWithTheScalarFormula) {
  testing::RandomProblems random(21);
  for (int i = 0; i < 500; ++i) {
    Hyperparameters hyper;
    hyper.learning_rate = random.LogUniform(1e-5, 0.3);
    hyper.weight_decay = i % 5 == 0 ? 0 : random.LogUniform(1e-4, 1);
    hyper.beta1 = random.Uniform(0.05, 1);
    const double h = random.LogUniform(1e-3, 2);
    const double s2 = random.LogUniform(1e-3, 10);
    const double q = random.LogUniform(0.1, 2);
    const double expected = ScalarVariance(hyper, h, s2, q);
    EXPECT_NEAR(MomentumLaw(Scalar(hyper, h, s2, q)).covariance(0, 0), expected, 1e-10 * expected);
  }
}

TEST(Momentum, WithoutMomentumIsEulerMaruyamaAtTheLearningRate) {
  testing::RandomProblems random(22);
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    Hyperparameters hyper;
    hyper.optimizer = optimizer;
    hyper.learning_rate = 0.1;
    hyper.weight_decay = 0.2;
    hyper.beta1 = 1;
    const QuadraticProblem problem = random.AnyNoise(5, 100);
    const ModalSystem system = MakeModalSystem(
        problem, hyper, MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper));
    const Eigen::MatrixXd m = EulerMaruyamaLaw(system, hyper.learning_rate).covariance;
    EXPECT_LE((MomentumLaw(system).covariance - m).norm(), 1e-12 * m.norm());
  }
}

TEST(Momentum, AgreesWithTheIteratedOptimizer) {
  testing::RandomProblems random(23);
  for (int i = 0; i < 20; ++i) {
    Hyperparameters hyper;
    hyper.optimizer = i % 2 == 0 ? OptimizerKind::kAdamW : OptimizerKind::kL2Adam;
    hyper.learning_rate = 0.05;
    hyper.weight_decay = 0.3;
    hyper.beta1 = random.Uniform(0.1, 0.9);
    const QuadraticProblem problem = random.AnyNoise(4, 50);
    const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
    const Eigen::MatrixXd expected = testing::IterateOptimizer(problem, hyper, q.Matrix());
    const Eigen::MatrixXd m = MomentumLaw(MakeModalSystem(problem, hyper, q)).covariance;
    EXPECT_LE((m - expected).norm(), 1e-10 * expected.norm()) << i;
  }
}

TEST(Momentum, StabilityLimitIsSharp) {
  Hyperparameters hyper;
  hyper.learning_rate = 1;
  hyper.weight_decay = 0.1;
  hyper.beta1 = 0.5;
  // ηβ₁s < (2−β₁)(2−ηλ): s < 1.5·1.9/0.5 = 5.7.
  EXPECT_NO_THROW((void)MomentumLaw(Scalar(hyper, 5.699, 1, 1)));
  EXPECT_THROW((void)MomentumLaw(Scalar(hyper, 5.701, 1, 1)), std::domain_error);
  const MomentumBlock inside = MakeMomentumBlock(Scalar(hyper, 5.699, 1, 1), 0);
  const Eigen::Matrix2d f = Eigen::Matrix2d::Identity() + inside.increment;
  EXPECT_LT(f.eigenvalues().cwiseAbs().maxCoeff(), 1);
}

TEST(Momentum, SmallLearningRateLimit) {
  // η → 0 with ηλ/β₁ fixed: the ratio to §3.2 tends to β₁/(β₁ + ηλ(1−β₁)).
  Hyperparameters hyper;
  hyper.learning_rate = 1e-7;
  hyper.weight_decay = 0.5;
  hyper.beta1 = 1e-7;
  const ModalSystem system = Scalar(hyper, 1, 1, 1);
  const double ratio =
      MomentumLaw(system).covariance(0, 0) / StationaryLaw(system).covariance(0, 0);
  EXPECT_NEAR(ratio, 1 / 1.5, 1e-5);
}

}  // namespace
}  // namespace adamsde
