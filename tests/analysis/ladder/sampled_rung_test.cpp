#include "analysis/ladder/sampled_rung.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <stdexcept>

#include "analysis/ladder/paired.h"
#include "analysis/stationary/paper.h"
#include "analysis/statistics/comparison.h"
#include "sde/problem/least_squares.h"
#include "tests/support/random_problem.h"
#include "tests/support/rung_runs.h"

namespace adamsde {
namespace {

using testing::DiagonalProblem;
using testing::DistanceBeyondNoise;
using testing::IssueHyper;
using testing::LargestZ;
using testing::RungSetting;

#ifdef ADAMSDE_LONG_LADDER
constexpr double kTargetError = 0.002;
#else
constexpr double kTargetError = 0.007;
#endif

Eigen::VectorXd Lemma5Variance(const RungSetting& s) {
  return Lemma5Covariance(s.quadratic, s.hyper,
                          MakePreconditioner(PreconditionerKind::kLemma5, s.quadratic, s.hyper))
      .diagonal();
}

Eigen::VectorXd Ratio(const SampledRung& rung, const Eigen::VectorXd& variance) {
  return rung.law.covariance.diagonal().cwiseQuotient(variance);
}

void Print(const char* what, const SampledRung& rung, const RungSetting& s) {
  std::cout << what << ": rung 6 over Lemma 5 " << Ratio(rung, Lemma5Variance(s)).transpose()
            << ", over rung 5 " << Ratio(rung, s.own.law.covariance.diagonal()).transpose()
            << " +- " << rung.standard_error << "\n";
}

/// With minibatches of 16 the optimizer's own preconditioner is √16 times Lemma 5's: its law is 4
/// to 11 times wider, and rung 5 knows that.
TEST(SampledRung, AtBatchSixteenFollowsRungFiveNotLemmaFive) {
  const RungSetting s(DiagonalProblem(16, 0), IssueHyper(16), kTargetError);
  const SampledRung rung = s.Run(s.Plan(), SecondMoment::kEvolving);
  ASSERT_TRUE(rung.sample.mixed) << rung.sample.r_hat << " " << rung.sample.drift_z;
  const Eigen::VectorXd ratio = Ratio(rung, Lemma5Variance(s));
  EXPECT_GT(ratio.minCoeff(), 4);
  EXPECT_LT(ratio.maxCoeff(), 11);
  EXPECT_LT(DistanceBeyondNoise(rung, s.own.law.covariance), 0.02);
  Print("b = 16", rung, s);
}

TEST(SampledRung, AtBatchOneAllAgree) {
  const RungSetting s(DiagonalProblem(1, 0), IssueHyper(1), kTargetError);
  const SampledRung rung = s.Run(s.Plan(), SecondMoment::kEvolving);
  ASSERT_TRUE(rung.sample.mixed);
  EXPECT_LT(DistanceBeyondNoise(rung, s.own.law.covariance), 0.02);
  EXPECT_LT(DistanceBeyondNoise(rung, Lemma5Variance(s).asDiagonal()), 0.02);
  Print("b = 1", rung, s);
}

/// With x* ≠ 0 the gradient has a mean, n_t and m_t are correlated, and rung 6 is a few per cent
/// further from rung 5.
TEST(SampledRung, AShiftedMeanCostsAFewPerCent) {
  const RungSetting s(DiagonalProblem(16, 1), IssueHyper(16), kTargetError);
  const SampledRung rung = s.Run(s.Plan(), SecondMoment::kEvolving);
  ASSERT_TRUE(rung.sample.mixed);
  EXPECT_LT(DistanceBeyondNoise(rung, s.own.law.covariance), 0.10);
  Print("x* = 1", rung, s);
}

/// Frozen Q: §3.4's law is exact. |z| ≤ 5 over 6 entries with 31 degrees of freedom: a false alarm
/// in 10⁴. The law without momentum is rejected: the test has power.
TEST(SampledRung, FrozenQWithMomentumFollowsItsLaw) {
  testing::RandomProblems random(41);
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    const Hyperparameters hyper{.optimizer = optimizer,
                                .learning_rate = 0.05,
                                .weight_decay = 0.5,
                                .batch_size = 4,
                                .beta1 = 0.1,
                                .beta2 = 1e-2,
                                .delta = 1e-8};
    const RungSetting s(random.AnyNoise(3, 10), hyper, kTargetError / 2);
    const SampledRung rung = s.Run(s.Plan(), SecondMoment::kFrozen);
    ASSERT_TRUE(rung.sample.mixed);
    const double z = LargestZ(rung, s.own.law.covariance);
    EXPECT_LT(z, 5);
    const Eigen::MatrixXd without = EulerMaruyamaLaw(s.nearby, hyper.learning_rate).covariance;
    EXPECT_GT(LargestZ(rung, without), 8);
    EXPECT_LT((rung.law.mean - s.own.law.mean).norm(),
              0.1 * std::sqrt(s.own.law.covariance.trace()));
    std::cout << "frozen Q, momentum: largest |z| " << z << ", without momentum "
              << LargestZ(rung, without) << ", relative distance "
              << (rung.law.covariance - s.own.law.covariance).norm() / s.own.law.covariance.norm()
              << " +- " << rung.standard_error << "\n";
  }
}

/// n_t settles to the fixed point's E[g²], which is not C_ii: the positions' spread and the shifted
/// mean add to it.
TEST(SampledRung, SecondMomentIsTheFixedPoints) {
  testing::RandomProblems random(42);
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    const Hyperparameters hyper{.optimizer = optimizer,
                                .learning_rate = 0.02,
                                .weight_decay = 0.3,
                                .batch_size = 256,
                                .beta1 = 0.1,
                                .beta2 = 1e-3,
                                .delta = 1e-8};
    const RungSetting s(random.PaperNoise(3, 5, hyper), hyper, 0.02);
    const SampledRung rung = s.Run(s.Plan(), SecondMoment::kEvolving);
    ASSERT_TRUE(rung.sample.mixed);
    const Eigen::VectorXd ratio = rung.sample.second_moment.cwiseQuotient(s.own.second_moment);
    EXPECT_LT((ratio.array() - 1).abs().maxCoeff(), 0.02) << ratio.transpose();
    const Eigen::VectorXd bare =
        s.own.second_moment.cwiseQuotient(s.quadratic.gradient_noise.diagonal());
    EXPECT_GT(bare.minCoeff(), 1.1);
    std::cout << "E[n_t] over the fixed point's " << ratio.transpose() << ", fixed point over C_ii "
              << bare.transpose() << "\n";
  }
}

struct Slope {
  double value;  // (trace of rung 6 / trace of rung 5 − 1)/β₂
  double error;
};

/// The frozen chain on the same noise, whose law is rung 5 exactly, is the control: the difference
/// has small variance.
Slope MeasureSlope(double beta2) {
  const Hyperparameters hyper{.learning_rate = 0.05,
                              .weight_decay = 0.5,
                              .batch_size = 4,
                              .beta1 = 0.1,
                              .beta2 = beta2,
                              .delta = 1e-8};
  const Eigen::Vector2d h(0.5, 2.0);
  const RungSetting s({.hessian = h.asDiagonal(),
                       .minimizer = Eigen::Vector2d::Constant(0.3),
                       .gradient_noise = (h / 4).asDiagonal()},
                      hyper, kTargetError / 2);
  const RungPlan plan = s.Plan();
  const LadderProblem problem{.quadratic = s.quadratic,
                              .hyper = hyper,
                              .preconditioner = Preconditioner::Diagonal(s.own.q)};
  const PairedQuantity trace =
      ComparePaired(problem, s.options, s.Run(plan, SecondMoment::kEvolving),
                    s.Run(plan, SecondMoment::kFrozen))
          .front();
  EXPECT_LT(trace.standard_error, 0.5 * trace.unpaired_error);
  const Slope slope{trace.difference / trace.second / beta2,
                    trace.standard_error / trace.second / beta2};
  std::cout << "beta2 = " << beta2 << ": (trace6/trace5 - 1)/beta2 = " << slope.value << " +- "
            << slope.error << "\n";
  return slope;
}

/// As β₂ → 0 rung 6 tends to rung 5 at first order: the slope is not zero, and is the same at half
/// and at a quarter of β₂, up to four standard errors and second order.
TEST(SampledRung, TendsToRungFiveAtFirstOrderInBeta2) {
  const Slope first = MeasureSlope(0.01);
  EXPECT_GT(std::abs(first.value), 5 * first.error);
  for (const double beta2 : {0.005, 0.0025}) {
    const Slope slope = MeasureSlope(beta2);
    EXPECT_NEAR(slope.value, first.value,
                0.25 * std::abs(first.value) + 4 * std::hypot(slope.error, first.error));
  }
}

/// Least squares, n = 64, b = 16, frozen Q and no momentum: THEORY §1's three ways of drawing.
TEST(SampledRung, LeastSquaresByThreeWaysOfDrawing) {
  testing::RandomProblems random(43);
  const Eigen::MatrixXd features = random.Normal(64, 3);
  const LeastSquaresLoss loss(features, features * random.Normal(3, 1) + random.Normal(64, 1), 0);
  const Hyperparameters hyper{.learning_rate = 0.005,
                              .weight_decay = 0,
                              .batch_size = 16,
                              .beta1 = 1,
                              .beta2 = 1e-3,
                              .delta = 1e-8};
  QuadraticProblem problem{.hessian = loss.Hessian(Eigen::Vector3d::Zero()),
                           .minimizer = loss.Minimizer(),
                           .gradient_noise = {}};
  problem.gradient_noise =
      EmpiricalGradientNoise(loss, problem.minimizer, 16, MinibatchSampling::kReplacement);
  const ModalSystem nearby = MakeModalSystem(
      problem, hyper, MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper));
  const Eigen::MatrixXd law = EulerMaruyamaLaw(nearby, hyper.learning_rate).covariance;
  LadderOptions options;
  options.target_error = 0.02;
  RungPlan plan = PlanRung(nearby, 0, SampleStepCost(loss, 16), options);
  plan.record_every += 1 - plan.record_every % 2;  // odd: records fall on every place of a pass
  double ratio[3];
  const MinibatchSampling samplings[3] = {MinibatchSampling::kReplacement,
                                          MinibatchSampling::kBatch, MinibatchSampling::kEpoch};
  for (int i = 0; i < 3; ++i) {
    const auto gradients = MakeMinibatchGradients(
        loss, {.num_samples = 64, .batch_size = 16, .sampling = samplings[i], .seed = 1});
    const OptimizerStart start{.mean = problem.minimizer,
                               .factor = FactorPsd(law),
                               .second_moment = problem.hessian.diagonal()};  // q = H_ii^(−½)
    const UpdateRule rule = EulerMaruyamaRule(hyper, hyper.learning_rate);
    const OptimizerChains chains(*gradients, rule, start, nearby.center, options.seed,
                                 kStationaryStep);
    const SampledRung rung = SampleRung(chains, nullptr, nearby, plan, options);
    ratio[i] = rung.law.covariance.trace() / law.trace();
    std::cout << "sampling " << i << ": trace over the law's " << ratio[i] << " +- "
              << rung.sample.trace_stderr / law.trace() << "\n";
  }
  EXPECT_NEAR(ratio[0], 1, 0.06);
  EXPECT_NEAR(ratio[1], 48.0 / 63.0, 0.05);  // (n−b)/(n−1)
  EXPECT_LT(ratio[2], 0.02);                 // two orders of magnitude
  EXPECT_GT(ratio[2], 1e-4);
}

TEST(SampledRung, SameBitsForAnyNumberOfThreads) {
  RungSetting s(DiagonalProblem(16, 1), IssueHyper(16), 0.1);
  RungPlan plan = s.Plan();
  plan.chains = 192;
  plan.burn_in = 50;
  plan.records = 4;
  s.options.threads = 1;
  const SampledRung one = s.Run(plan, SecondMoment::kEvolving);
  s.options.threads = 3;
  const SampledRung three = s.Run(plan, SecondMoment::kEvolving);
  EXPECT_EQ(one.law.covariance, three.law.covariance);
  EXPECT_EQ(one.law.mean, three.law.mean);
  EXPECT_EQ(one.sample.second_moment, three.sample.second_moment);
}

}  // namespace
}  // namespace adamsde
