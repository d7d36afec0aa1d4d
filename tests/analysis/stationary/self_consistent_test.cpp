#include "analysis/stationary/self_consistent.h"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include <cmath>
#include <stdexcept>

#include "tests/support/iterated_optimizer.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

/// E[g gᵀ] and the law of (x, m) by iterating the optimizer's own covariance recursion, in the
/// original coordinates: none of §3.4's blocks.
Eigen::VectorXd SecondMomentByIteration(const QuadraticProblem& p, const Hyperparameters& hyper,
                                        const Eigen::VectorXd& q) {
  const Eigen::MatrixXd slope = testing::SlopeOfGradient(p, hyper);
  const Eigen::MatrixXd covariance =
      testing::IterateOptimizer(p, hyper, q.asDiagonal().toDenseMatrix());
  // The mean: x = (1−ηλ)x − ηq m, m = g.
  Eigen::MatrixXd drift = q.asDiagonal() * slope;
  const bool adamw = hyper.optimizer == OptimizerKind::kAdamW;
  if (adamw) drift.diagonal().array() += hyper.weight_decay;
  const Eigen::VectorXd mean = drift.fullPivLu().solve(q.asDiagonal() * p.hessian * p.minimizer);
  Eigen::VectorXd mean_gradient = p.hessian * (mean - p.minimizer);
  if (!adamw) mean_gradient += hyper.weight_decay * mean;
  const Eigen::MatrixXd second =
      p.gradient_noise + slope * covariance * slope + mean_gradient * mean_gradient.transpose();
  return second.diagonal();
}

TEST(SelfConsistent, SolvesItsEquationByBruteForce) {
  testing::RandomProblems random(31);
  for (int i = 0; i < 40; ++i) {
    Hyperparameters hyper;
    hyper.optimizer = i % 2 == 0 ? OptimizerKind::kAdamW : OptimizerKind::kL2Adam;
    hyper.convention = i % 4 < 2 ? OptimizerConvention::kPaper : OptimizerConvention::kPytorch;
    hyper.learning_rate = random.LogUniform(1e-4, 0.1);
    hyper.weight_decay = i % 5 == 0 ? 0 : random.LogUniform(1e-2, 1);
    hyper.batch_size = i % 3 == 0 ? 1 : 64;
    hyper.beta1 = i % 7 == 0 ? 1 : random.Uniform(0.05, 0.9);
    hyper.delta = i % 3 == 1 ? 1e-2 : 1e-8;
    const QuadraticProblem problem =
        i % 3 == 0 ? random.AnyNoise(5, 40) : random.PaperNoise(5, 40, hyper);
    const SelfConsistentPreconditioner found = FindSelfConsistentPreconditioner(problem, hyper);
    EXPECT_LT(found.residual, 1e-9);
    EXPECT_LT(found.iterations, 100);
    const Eigen::VectorXd expected = SecondMomentByIteration(problem, hyper, found.q);
    for (Eigen::Index j = 0; j < 5; ++j) {
      const double root = hyper.convention == OptimizerConvention::kPytorch
                              ? std::sqrt(expected(j)) + hyper.delta
                              : std::sqrt(expected(j) + hyper.delta);
      EXPECT_NEAR(found.q(j) * root, 1, 1e-8) << i;
    }
  }
}

TEST(SelfConsistent, ScalarClosedForm) {
  // d = 1, β₁ = 1, λ = 0, H = 1: M = ηq s²/(2 − ηq), E = s² + M = 2s²/(2 − ηq), and q²E = 1 gives
  // 2s²q² + ηq − 2 = 0.
  for (const double s2 : {1e-4, 0.01, 1.0, 50.0}) {
    for (const double eta : {1e-3, 0.05, 0.5}) {
      Hyperparameters hyper;
      hyper.learning_rate = eta;
      hyper.weight_decay = 0;
      hyper.beta1 = 1;
      hyper.delta = 1e-300;
      const QuadraticProblem problem{.hessian = Eigen::MatrixXd::Ones(1, 1),
                                     .minimizer = Eigen::VectorXd::Zero(1),
                                     .gradient_noise = Eigen::MatrixXd::Constant(1, 1, s2)};
      const double q = (std::sqrt(eta * eta + 16 * s2) - eta) / (4 * s2);
      EXPECT_NEAR(FindSelfConsistentPreconditioner(problem, hyper).q(0), q, 1e-9 * q)
          << s2 << " " << eta;
      // At s² = 1e-4 and η = 0.05 `minibatch` has ηq = 5 > 2: unstable, the fixed point is not.
    }
  }
}

TEST(SelfConsistent, RefusesWhereNoLawExists) {
  Hyperparameters hyper;
  hyper.learning_rate = 1;
  hyper.weight_decay = 2.5;  // ηλ > 2: unstable whatever q
  const QuadraticProblem problem{.hessian = Eigen::MatrixXd::Ones(1, 1),
                                 .minimizer = Eigen::VectorXd::Zero(1),
                                 .gradient_noise = Eigen::MatrixXd::Ones(1, 1)};
  EXPECT_THROW((void)FindSelfConsistentPreconditioner(problem, hyper), std::domain_error);
}

}  // namespace
}  // namespace adamsde
