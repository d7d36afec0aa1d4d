#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "tests/support/rung_runs.h"

namespace adamsde {
namespace {

using testing::DiagonalProblem;
using testing::IssueHyper;
using testing::RungSetting;

/// Chains that were not given the time are told apart from those that were.
TEST(SampledRung, SaysWhenChainsHaveNotMixed) {
  const RungSetting s(DiagonalProblem(16, 0), IssueHyper(16), 0.05);
  RungPlan plan = s.Plan();
  EXPECT_TRUE(s.Run(plan, SecondMoment::kEvolving).sample.mixed);
  plan.records = 4;
  plan.record_every = 2;
  plan.chains = 64;
  const SampledRung rung = s.Run(plan, SecondMoment::kEvolving);
  EXPECT_FALSE(rung.sample.mixed);
  EXPECT_GT(rung.sample.r_hat, 1.01);
}

TEST(RungPlan, RefusesABurnInBeyondTheBudget) {
  RungSetting s(DiagonalProblem(16, 0), IssueHyper(16), 0.01);
  s.options.budget = 1e-3;
  EXPECT_THROW((void)s.Plan(), std::domain_error);
  s.options.budget = 0.3;  // fewer chains and records, and the plan says so
  const RungPlan small = s.Plan();
  EXPECT_LT(small.chains, 1024);
  EXPECT_GT(small.planned_error, 0.01);
  EXPECT_LE(small.CoreSeconds(), 0.35);
  EXPECT_NE(small.Text().find("would take"), std::string::npos);
}

/// A pixel that is never lit has no noise: C is singular, and the rung runs in the directions left.
TEST(SampledRung, RunsWhereTheNoiseIsSingular) {
  QuadraticProblem problem = DiagonalProblem(16, 0);
  problem.gradient_noise(1, 1) = 0;
  problem.gradient_noise(2, 3) = problem.gradient_noise(3, 2) =
      std::sqrt(problem.gradient_noise(2, 2) * problem.gradient_noise(3, 3));
  Hyperparameters hyper = IssueHyper(16);
  hyper.delta = 1e-4;
  const RungSetting s(problem, hyper, 0.05);
  const SampledRung rung = s.Run(s.Plan(), SecondMoment::kEvolving);
  EXPECT_TRUE(rung.sample.mixed) << rung.sample.r_hat;
  EXPECT_EQ(rung.law.covariance(1, 1), 0);
  EXPECT_NEAR(rung.law.covariance(0, 0) / s.own.law.covariance(0, 0), 1, 0.2);
}

/// Slow momentum is part of the memory: β₁ = 10⁻³ forgets in 2/β₁ steps though the SDE would be
/// fast.
TEST(RungPlan, KnowsMomentumsMemory) {
  Hyperparameters hyper = IssueHyper(16);
  hyper.learning_rate = 0.05;
  hyper.weight_decay = 1e-3;
  hyper.beta2 = 0.5;
  hyper.beta1 = 0.5;
  const std::int64_t fast = RungSetting(DiagonalProblem(16, 0), hyper, 0.01).Plan().burn_in;
  hyper.beta1 = 1e-3;
  const std::int64_t slow = RungSetting(DiagonalProblem(16, 0), hyper, 0.01).Plan().burn_in;
  EXPECT_GT(slow, 2000);
  EXPECT_LT(fast, 500);
}

}  // namespace
}  // namespace adamsde
