#include "analysis/bound/sweep.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <functional>

#include "analysis/bound/bound_of_weight_decay.h"
#include "analysis/stationary/laws.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

TEST(Sweep, PointsAreTheBoundOfTheLawAtThatLambda) {
  testing::RandomProblems random(91);
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    Hyperparameters hyper;
    hyper.optimizer = optimizer;
    const QuadraticProblem problem = random.AnyNoise(4, 50);
    const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
    const BoundOfWeightDecay bound(problem, hyper, q, {});
    for (const double lambda : {0.0, 1e-3, 0.5, 20.0}) {
      hyper.weight_decay = lambda;
      const GaussianLaw law = StationaryLaw(MakeModalSystem(problem, hyper, q));
      const SweepPoint point = bound(lambda);
      EXPECT_NEAR(point.log_det, law.log_det, 1e-11 * std::abs(law.log_det));
      EXPECT_NEAR(point.trace, law.covariance.trace(), 1e-12 * point.trace);
      EXPECT_NEAR(point.err, -law.log_det + law.covariance.trace(), 1e-11 * point.err);
      EXPECT_NEAR(point.risk,
                  QuadraticRisk(problem.hessian, problem.minimizer, law.mean, law.covariance),
                  1e-11 * point.risk);
      EXPECT_EQ(point.risk_plus_phi, point.risk + point.phi_derived);
    }
  }
}

TEST(Sweep, CriterionIsTheSlopeOfErrAtZero) {
  testing::RandomProblems random(92);
  Hyperparameters hyper;
  hyper.learning_rate = 0.3;
  hyper.batch_size = 2;
  const QuadraticProblem problem = random.PaperNoise(5, 20, hyper);
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  SweepOptions options;
  options.settings.prior_variance = 0.05;
  const BoundOfWeightDecay bound(problem, hyper, q, options);
  const double h = 1e-6;
  // One-sided, second order.
  const double slope = (-3 * bound(0).err + 4 * bound(h).err - bound(2 * h).err) / (2 * h);
  ASSERT_TRUE(bound.Criterion().has_value());
  EXPECT_NEAR(*bound.Criterion(), slope, 1e-5 * std::abs(slope));
}

TEST(Sweep, FindsAnInteriorMinimum) {
  // One direction, posterior wider than the prior at λ = 0: err = log(s+λ) + κ₀ w s/(s+λ) + const
  // has its minimum at s + λ = κ₀ w s.
  Hyperparameters hyper;
  hyper.learning_rate = 1;
  hyper.batch_size = 1;
  const QuadraticProblem problem{.hessian = Eigen::MatrixXd::Ones(1, 1),
                                 .minimizer = Eigen::VectorXd::Zero(1),
                                 .gradient_noise = Eigen::MatrixXd::Ones(1, 1)};
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  SweepOptions options;
  options.settings.prior_variance = 0.2;  // κ₀ = 2.5
  const Sweep sweep = SweepWeightDecay(problem, hyper, q, options);
  EXPECT_TRUE(sweep.interior);
  EXPECT_NEAR(sweep.err.lambda, 1.5, 1e-7);
  EXPECT_LT(*sweep.criterion, 0);
  EXPECT_LE(sweep.err.value, 1.0 + 1e-14) << "posterior = prior: err = d";
}

TEST(Sweep, RowsAndMinimaOfALawThatRotatesAreKeptAcrossPauses) {
  struct Left {};
  testing::RandomProblems random(95);
  Hyperparameters hyper;
  hyper.optimizer = OptimizerKind::kL2Adam;
  const QuadraticProblem problem = random.AnyNoise(4, 50);
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  SweepOptions options;
  options.points = 15;
  const Sweep whole = SweepWeightDecay(problem, hyper, q, options);
  // A run that is left once `is_left` says so; what it saved.
  ArrayMap saved;
  const auto run = [&](const std::function<bool()>& is_left) {
    WorkUnits units({.ranks = &Alone(),
                     .pause = is_left,
                     .leave = is_left,
                     .paused =
                         [&saved](const ArrayMap& done) {
                           saved = done;
                           throw Left();
                         },
                     .done = saved});
    options.units = &units;
    return SweepWeightDecay(problem, hyper, q, options);
  };
  bool rows_are_done = false;
  options.progress = [&](double fraction) { rows_are_done = fraction == 1; };
  EXPECT_THROW(static_cast<void>(run([&] { return rows_are_done; })), Left);
  EXPECT_EQ(saved.matrices.size(), 15U);
  options.progress = {};
  std::atomic<int> polls = 0;
  EXPECT_THROW(static_cast<void>(run([&] { return ++polls > 5; })), Left) << "within a minimum";
  EXPECT_LT(saved.matrices.size(), 18U);
  const Sweep resumed = run([] { return false; });
  EXPECT_EQ(resumed.err.lambda, whole.err.lambda);
  EXPECT_EQ(resumed.phi.value, whole.phi.value);
  EXPECT_EQ(resumed.risk_plus_phi.value, whole.risk_plus_phi.value);
}

TEST(Sweep, AdamWsLogDetFallsWithLambda) {
  testing::RandomProblems random(93);
  Hyperparameters hyper;
  const QuadraticProblem problem = random.AnyNoise(5, 100);
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  const Sweep sweep = SweepWeightDecay(problem, hyper, q, {});
  EXPECT_EQ(sweep.points.size(), 121U);
  EXPECT_EQ(sweep.points.front().lambda, 0);
  EXPECT_EQ(sweep.points.back().lambda, 10);
  for (std::size_t i = 1; i < sweep.points.size(); ++i) {
    EXPECT_LT(sweep.points[i].log_det, sweep.points[i - 1].log_det);
    EXPECT_LT(sweep.points[i].trace, sweep.points[i - 1].trace);
  }
  EXPECT_FALSE(sweep.criterion.has_value()) << "C is not H/b";
}

}  // namespace
}  // namespace adamsde
