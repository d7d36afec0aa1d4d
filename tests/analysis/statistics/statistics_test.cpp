// The parts of the comparison: diagnostics, standard errors, planning.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>

#include "analysis/stationary/laws.h"
#include "analysis/stationary/lyapunov.h"
#include "analysis/statistics/comparison.h"
#include "analysis/statistics/plan.h"
#include "sde/process/gaussian_kernel.h"
#include "tests/support/brute_force_variance.h"
#include "tests/support/sampling.h"

namespace adamsde {
namespace {

std::vector<MomentSums> Groups(const std::vector<Eigen::MatrixXd>& states) {
  std::vector<MomentSums> groups;
  for (const Eigen::MatrixXd& s : states) {
    groups.emplace_back(s.cols());
    groups.back().Add(s);
  }
  return groups;
}

TEST(Mixing, ConstantOrNonFiniteInputNeverYieldsALargeEss) {
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(1, 1);
  const MixingDiagnostics constant =
      DiagnoseMixing(Groups({Eigen::MatrixXd::Ones(8, 1), Eigen::MatrixXd::Ones(8, 1)}), identity);
  EXPECT_EQ(constant.ess, 0);
  EXPECT_TRUE(std::isinf(constant.r_hat));
  Eigen::MatrixXd broken = Eigen::MatrixXd::Random(8, 1);
  broken(3, 0) = NAN;
  const MixingDiagnostics nan =
      DiagnoseMixing(Groups({broken, Eigen::MatrixXd::Random(8, 1)}), identity);
  EXPECT_TRUE(std::isnan(nan.ess));
  EXPECT_TRUE(std::isnan(nan.r_hat));
}

TEST(Mixing, IndependentDrawsHaveTheirNumberAndStuckGroupsAreSeen) {
  testing::RandomProblems random(96);
  std::vector<Eigen::MatrixXd> independent;
  std::vector<Eigen::MatrixXd> stuck;
  for (int g = 0; g < 256; ++g) {
    independent.push_back(random.Normal(40, 1));
    stuck.push_back(random.Normal(40, 1).array() + random.Normal(1, 1)(0));
  }
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(1, 1);
  const MixingDiagnostics good = DiagnoseMixing(Groups(independent), identity);
  // ESS is G·V/B with B a variance from 256 groups: relative standard error √(2/255) = 9 %.
  EXPECT_NEAR(good.ess, 256 * 40, 0.4 * 256 * 40);
  EXPECT_NEAR(good.r_hat, 1 + 1.0 / 80, 0.006);
  const MixingDiagnostics bad = DiagnoseMixing(Groups(stuck), identity);
  EXPECT_GT(bad.r_hat, 1.3);
  EXPECT_LT(bad.ess, 800);
}

TEST(Estimate, StandardErrorsCoverTheTruth) {
  const SampledSystem system =
      testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, true));
  const auto law = MakeRecordLaw(system, Scheme::kModal, 0.3, 1);
  // Their square, averaged over runs, is the variance known from the law.
  Eigen::MatrixXd mean_square = Eigen::MatrixXd::Zero(4, 4);
  constexpr int kRuns = 60;
  testing::Sample sample{.plan = {}, .groups = {}};
  for (int run = 0; run < kRuns; ++run) {
    sample = testing::Draw(
        system,
        {.scheme = Scheme::kModal, .time_step = 0.3, .chains = 64, .steps = 20, .record_every = 1},
        static_cast<std::uint64_t>(100 + run));
    mean_square +=
        EstimateSample(sample.groups, system.sde.center).covariance_stderr.cwiseAbs2() / kRuns;
  }
  const Eigen::MatrixXd variance = testing::BruteForceVariance(system.sde, 0.3, 1, sample.Counts());
  // Each run's variance estimate has a relative error near √(2/31); 60 of them 3.3 %. The kurtosis
  // of group covariances adds to that.
  EXPECT_LE(((mean_square - variance).array() / variance.array()).abs().maxCoeff(), 0.15);
}

TEST(Plan, ReachesItsTargetAndNoMore) {
  const SampledSystem system =
      testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kL2Adam, false));
  for (const double target : {0.05, 0.01, 0.002}) {
    const SamplingPlan plan = PlanSampling(system, {.time_step = 0.1, .target_error = target});
    EXPECT_LE(plan.expected_relative_error, target);
    EXPECT_LE(plan.transient, target / 10);
    if (plan.records > 2) {
      const auto law = MakeRecordLaw(system, plan.scheme, 0.1, plan.record_every);
      EXPECT_GT(law->ExpectedRelativeError({.chains = plan.chains, .records = plan.records - 1}),
                target);
    }
  }
}

TEST(Plan, BurnInIsExact) {
  // The transient of the covariance after the planned steps, by iteration from zero.
  const SampledSystem system =
      testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, true));
  const SamplingPlan plan = PlanSampling(system, {.time_step = 0.05, .target_error = 0.05});
  const GaussianKernel kernel = LeapKernel(system.sde, 0.05, plan.burn_in);
  const Eigen::MatrixXd m = EulerMaruyamaLaw(*system.modal, 0.05).covariance;
  const Eigen::MatrixXd start = kernel.noise * kernel.noise.transpose();
  EXPECT_LE((start - m).norm(), plan.transient * m.norm());
  EXPECT_GE((start - m).norm(), 0.01 * plan.transient * m.norm()) << "nor far longer than needed";
}

TEST(Plan, BurnInKnowsOfTransientGrowth) {
  // Far from normal: the slowest rate alone would stop while the start still shows.
  SampledSystem system;
  system.sde = {.drift = Eigen::MatrixXd(2, 2),
                .center = Eigen::VectorXd::Zero(2),
                .diffusion = Eigen::MatrixXd::Identity(2, 2)};
  system.sde.drift << 1, 300, 0, 1.1;
  const SamplingPlan plan = PlanSampling(system, {.time_step = 0.01, .target_error = 0.05});
  EXPECT_LE(plan.transient, 0.005);
  // In units of the law, by direct iteration from a start without spread.
  const Eigen::MatrixXd m = EulerMaruyamaCovariance(system.sde, 0.01);
  const Eigen::Matrix2d f = Eigen::Matrix2d::Identity() - 0.01 * system.sde.drift;
  Eigen::Matrix2d left = m;
  for (std::int64_t k = 0; k < plan.burn_in; ++k) left = (f * left * f.transpose()).eval();
  const double worst = (m.inverse() * left).eigenvalues().real().maxCoeff();
  EXPECT_NEAR(worst, plan.transient, 1e-6 * worst);
}

TEST(Plan, BurnInKnowsOfModesThatNearlyCancel) {
  // One noise direction for four modes: in some directions the law's spread is what their
  // correlation leaves, and there a mode that still lacks a part of 1e-3 lacks most of it.
  testing::FastProblem problem = testing::MakeFastProblem(OptimizerKind::kL2Adam, false);
  testing::RandomProblems random(99);
  const Eigen::MatrixXd factor = random.Normal(4, 1);
  problem.quadratic.gradient_noise = factor * factor.transpose();
  const SampledSystem system = testing::MakeSystem(problem);
  const SamplingRequest request{
      .scheme = Scheme::kEulerMaruyama, .time_step = 0.1, .target_error = 0.05};
  const SamplingPlan plan = PlanSampling(system, request);
  EXPECT_LE(plan.transient, 0.005);
  const Eigen::MatrixXd m = EulerMaruyamaCovariance(system.sde, 0.1);
  const Eigen::MatrixXd f = Eigen::MatrixXd::Identity(4, 4) - 0.1 * system.sde.drift;
  Eigen::MatrixXd left = m;
  for (std::int64_t k = 0; k < plan.burn_in; ++k) left = (f * left * f.transpose()).eval();
  const double worst = (m.inverse() * left).eigenvalues().real().maxCoeff();
  EXPECT_NEAR(worst, plan.transient, 1e-6 * worst);
  // The slowest rate alone would have stopped far earlier.
  const double slowest = 1 - 0.1 * system.modal->rates(0);
  EXPECT_LT(std::pow(slowest, 2.0 * static_cast<double>(plan.burn_in)), 0.1 * plan.transient);
}

TEST(Plan, ExplicitWishesWin) {
  const SampledSystem system =
      testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, true));
  const SamplingPlan plan = PlanSampling(
      system, {.time_step = 0.1, .chains = 100, .steps = 50, .burn_in = 7, .record_every = 80});
  EXPECT_EQ(plan.burn_in, 7);
  EXPECT_EQ(plan.record_every, 50) << "capped at steps";
  EXPECT_EQ(plan.records, 1);
  EXPECT_EQ(plan.chains, 100);
}

TEST(Plan, AutoLeapsWhenEulerMaruyamaWouldTakeTooLong) {
  const SampledSystem system =
      testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, true));
  const SamplingPlan small = PlanSampling(system, {.time_step = 0.1});
  EXPECT_EQ(small.scheme, Scheme::kEulerMaruyama);
  const SamplingPlan large = PlanSampling(system, {.time_step = 1e-6});
  EXPECT_EQ(large.scheme, Scheme::kLeap);
  ASSERT_EQ(large.notes.size(), 1U);
}

}  // namespace
}  // namespace adamsde
