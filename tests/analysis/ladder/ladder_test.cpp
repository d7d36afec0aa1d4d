#include "analysis/ladder/ladder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "analysis/ladder/paired.h"
#include "analysis/stationary/laws.h"
#include "analysis/stationary/lyapunov.h"
#include "analysis/stationary/paper.h"
#include "analysis/statistics/budget.h"
#include "sde/problem/logistic.h"
#include "sde/process/optimizer_sde.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

LadderProblem MakeProblem(OptimizerKind optimizer, double weight_decay) {
  testing::RandomProblems random(51);
  const Hyperparameters hyper{.optimizer = optimizer,
                              .learning_rate = 0.05,
                              .weight_decay = weight_decay,
                              .batch_size = 8,
                              .beta1 = 0.2,
                              .beta2 = 0.02,
                              .delta = 1e-8};
  QuadraticProblem quadratic = random.AnyNoise(3, 10);
  Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, quadratic, hyper);
  return {.quadratic = std::move(quadratic), .hyper = hyper, .preconditioner = std::move(q)};
}

LogisticLoss MakeLoss(Eigen::Index d) {
  testing::RandomProblems random(52);
  Eigen::VectorXd labels(60);
  for (Eigen::Index i = 0; i < 60; ++i) labels(i) = random.Uniform(0, 1) < 0.4 ? 1 : 0;
  return {random.Normal(60, d), labels, 0.05};
}

LadderOptions Closed() {
  LadderOptions options;
  options.sampled = false;
  return options;
}

LadderOptions Quick() {
  LadderOptions options;
  options.chains = 256;
  options.target_error = 0.05;
  return options;
}

const Rung& Find(const Ladder& ladder, const std::string& id) {
  for (const Rung& rung : ladder.rungs) {
    if (rung.id == id) return rung;
  }
  throw std::out_of_range(id);
}

double Distance(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return (a - b).norm() / b.norm();
}

/// Each closed rung against another road to the same matrix: Bartels–Stewart on the SDE itself.
TEST(Ladder, ClosedRungsAgainstIndependentSolvers) {
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    const LadderProblem p = MakeProblem(optimizer, 0.3);
    QuadraticProblem paper = p.quadratic;
    paper.gradient_noise = paper.hessian / 8.0;
    const Ladder ladder = DescendLadder(p, Closed());
    ASSERT_EQ(ladder.rungs.size(), 6U);
    const double h = p.hyper.learning_rate;
    const auto covariance = [&](const char* id) { return Find(ladder, id).law.covariance; };
    const LinearSde sde = MakeOptimizerSde(paper, p.hyper, p.preconditioner);
    EXPECT_LT(Distance(covariance("0"), PaperCovariance(paper, p.hyper, p.preconditioner)), 1e-14);
    EXPECT_LT(Distance(covariance("1"), StationaryCovariance(sde)), 1e-11);
    EXPECT_LT(Distance(covariance("2"), EulerMaruyamaCovariance(sde, h)), 1e-11);
    const LinearSde true_noise = MakeOptimizerSde(p.quadratic, p.hyper, p.preconditioner);
    EXPECT_LT(Distance(covariance("3"), EulerMaruyamaCovariance(true_noise, h)), 1e-11);
    ASSERT_TRUE(ladder.preconditioner.has_value());
    const Preconditioner own = Preconditioner::Diagonal(ladder.preconditioner->q);
    const LinearSde own_sde = MakeOptimizerSde(p.quadratic, p.hyper, own);
    EXPECT_LT(Distance(covariance("4"), EulerMaruyamaCovariance(own_sde, h)), 1e-11);
    EXPECT_LT(Distance(covariance("5"),
                       MomentumLaw(MakeModalSystem(p.quadratic, p.hyper, own)).covariance),
              1e-12);
    for (std::size_t i = 1; i < 6; ++i) {
      const Rung& rung = ladder.rungs[i];
      EXPECT_EQ(rung.compared_with, ladder.rungs[i - 1].id);
      EXPECT_NEAR(rung.relative_change,
                  Distance(rung.law.covariance, ladder.rungs[i - 1].law.covariance), 1e-12);
      EXPECT_NEAR(rung.err, -rung.law.log_det + rung.trace, 1e-10);  // ρ = 1
      EXPECT_TRUE(std::isnan(rung.standard_error));
    }
    EXPECT_EQ(Find(ladder, "0").mean_shift, 0);
    EXPECT_GT(Find(ladder, "1").mean_shift_sigma, 0.5);
  }
}

TEST(Ladder, UnstableRungsSayWhyAndTheRestGoesOn) {
  const LadderProblem p = MakeProblem(OptimizerKind::kAdamW, 0.3);
  LadderOptions options = Closed();
  options.time_step = 1e3;
  const Ladder ladder = DescendLadder(p, options);
  EXPECT_TRUE(Find(ladder, "1").Exists());
  EXPECT_FALSE(Find(ladder, "2").Exists());
  EXPECT_NE(Find(ladder, "2").statement.find("none ("), std::string::npos);
  EXPECT_TRUE(Find(ladder, "5").Exists());
}

TEST(Ladder, NamesTheRungThatHurtsMost) {
  LadderProblem p = MakeProblem(OptimizerKind::kAdamW, 0.3);
  p.quadratic.gradient_noise = 1e4 * p.quadratic.hessian;  // C is the worst of the assumptions
  EXPECT_EQ(DescendLadder(p, Closed()).hurts_most, "3");
  p.hyper.batch_size = 4096;  // C = H/b, and the preconditioner is √4096 times Lemma 5's
  p.hyper.learning_rate = 1e-3;
  p.quadratic.gradient_noise = p.quadratic.hessian / 4096.0;
  const Ladder ladder = DescendLadder(p, Closed());
  EXPECT_EQ(ladder.hurts_most, "4");
  EXPECT_NE(ladder.conclusions.front().find("rung 4 hurts most"), std::string::npos);
}

TEST(Ladder, SampledRungsOfADataset) {
  const LogisticLoss loss = MakeLoss(2);
  LadderProblem p = MakeProblem(OptimizerKind::kAdamW, 0.3);
  p.hyper.learning_rate = 0.01;
  p.quadratic.minimizer = loss.Minimizer();
  p.quadratic.hessian = loss.Hessian(p.quadratic.minimizer);
  p.quadratic.gradient_noise =
      EmpiricalGradientNoise(loss, p.quadratic.minimizer, 8, MinibatchSampling::kReplacement);
  p.preconditioner = MakePreconditioner(PreconditionerKind::kLemma5, p.quadratic, p.hyper);
  p.loss = &loss;
  const Ladder ladder = DescendLadder(p, Quick());
  ASSERT_EQ(ladder.rungs.size(), 9U);
  EXPECT_NE(Find(ladder, "2").statement.find("; sampled: relative error"), std::string::npos);
  for (const char* const id : {"6", "7", "7'"}) {
    const Rung& rung = Find(ladder, id);
    ASSERT_TRUE(rung.Exists()) << rung.missing;
    EXPECT_TRUE(rung.sample->mixed) << id;
    EXPECT_LT(rung.standard_error, 0.1);
    // All three are near the linear theory here.
    EXPECT_LT(Distance(rung.law.covariance, Find(ladder, "5").law.covariance), 0.25) << id;
  }
  EXPECT_EQ(Find(ladder, "7'").compared_with, "4");
  EXPECT_EQ(Find(ladder, "7'").sample->second_moment.size(), 0);
}

/// A feature that is always zero has no noise: every law from rung 3 on is singular, and on its
/// range all of them have a log det, sampled ones too.
TEST(Ladder, OnTheRangeADeadFeatureDoesNotCount) {
  testing::RandomProblems random(53);
  Eigen::MatrixXd features = random.Normal(60, 3);
  features.col(1).setZero();
  Eigen::VectorXd labels(60);
  for (Eigen::Index i = 0; i < 60; ++i) labels(i) = random.Uniform(0, 1) < 0.4 ? 1 : 0;
  const LogisticLoss loss(features, labels, 0.05);
  LadderProblem p = MakeProblem(OptimizerKind::kAdamW, 0.3);
  p.hyper.learning_rate = 0.01;
  p.hyper.delta = 0.01;  // bounds the dead feature's preconditioner
  p.quadratic.minimizer = loss.Minimizer();
  p.quadratic.hessian = loss.Hessian(p.quadratic.minimizer);
  p.quadratic.gradient_noise =
      EmpiricalGradientNoise(loss, p.quadratic.minimizer, 8, MinibatchSampling::kReplacement);
  p.preconditioner = MakePreconditioner(PreconditionerKind::kLemma5, p.quadratic, p.hyper);
  p.loss = &loss;
  LadderOptions options = Quick();
  const Ladder whole = DescendLadder(p, options);
  options.range_only = true;
  const Ladder range = DescendLadder(p, options);
  for (const char* const id : {"3", "4", "5", "6", "7", "7'"}) {
    ASSERT_TRUE(Find(whole, id).Exists()) << Find(whole, id).missing;
    EXPECT_EQ(Find(whole, id).law.log_det, -std::numeric_limits<double>::infinity()) << id;
    const Rung& rung = Find(range, id);
    EXPECT_TRUE(std::isfinite(rung.law.log_det) && std::isfinite(rung.phi)) << id;
    EXPECT_NEAR(rung.err, -rung.law.log_det + rung.trace, 1e-10) << id;  // ρ = 1
  }
  // Two directions live; n_t's evolving and the real loss change little here.
  EXPECT_EQ(Find(range, "6").sample->range->rank, 2);
  EXPECT_NEAR(Find(range, "6").law.log_det, Find(range, "5").law.log_det, 0.3);
  EXPECT_NEAR(Find(range, "7").law.log_det, Find(range, "5").law.log_det, 0.5);
}

/// The first rung that has not mixed says so, and no sampled rung after it is run.
TEST(Ladder, StopsWhereChainsHaveNotMixed) {
  const LogisticLoss loss = MakeLoss(3);
  LadderProblem p = MakeProblem(OptimizerKind::kAdamW, 0.3);
  p.loss = &loss;
  LadderOptions options = Quick();
  options.chains = 64;
  p.hyper.beta2 = 0.5;  // far from frozen: the control explains little
  // 82 steps of chains and controls: 61 of burn-in and a few records.
  options.budget = 1e-9 * 82 * 2 * 64 * LinearStepCost(3);
  const Ladder ladder = DescendLadder(p, options);
  const Rung& sixth = Find(ladder, "6");
  ASSERT_TRUE(sixth.Exists()) << sixth.missing;
  EXPECT_FALSE(sixth.sample->mixed) << sixth.sample->r_hat << sixth.sample->plan;
  EXPECT_NE(sixth.statement.find("NOT MIXED"), std::string::npos);
  EXPECT_NE(Find(ladder, "7").missing.find("rung 6 have not mixed"), std::string::npos);
  EXPECT_NE(ladder.conclusions.back().find("NOT MIXED"), std::string::npos);
}

/// Common random numbers: what AdamW and ℓ2-Adam, or two λ, have in common cancels.
TEST(Ladder, PairedDifferencesHaveSmallErrors) {
  const LadderProblem p = MakeProblem(OptimizerKind::kAdamW, 0.01);
  Hyperparameters l2 = p.hyper;
  l2.optimizer = OptimizerKind::kL2Adam;
  Hyperparameters other = p.hyper;
  other.weight_decay = 0.012;
  for (const Hyperparameters& second : {l2, other}) {
    const OptimizerPair pair = RunPair(p, p.hyper, second, Quick());
    ASSERT_TRUE(pair.missing.empty()) << pair.missing;
    EXPECT_TRUE(pair.mixed);
    for (const PairedQuantity& q : pair.quantities) {
      EXPECT_LT(q.standard_error, 0.1 * q.unpaired_error) << q.name;
      EXPECT_NEAR(q.difference, q.first - q.second, 1e-9 * (std::abs(q.first) + 1)) << q.name;
    }
    // A difference that independent samples of this size could not see.
    EXPECT_GT(std::abs(pair.quantities[0].difference), 5 * pair.quantities[0].standard_error);
  }
}

TEST(Ladder, WithoutDecayThePairIsOne) {
  const LadderProblem p = MakeProblem(OptimizerKind::kAdamW, 0);
  Hyperparameters l2 = p.hyper;
  l2.optimizer = OptimizerKind::kL2Adam;
  LadderOptions options = Quick();
  options.target_error = 0.2;
  for (const PairedQuantity& q : RunPair(p, p.hyper, l2, options).quantities) {
    EXPECT_NEAR(q.difference, 0, 1e-12) << q.name;
  }
}

}  // namespace
}  // namespace adamsde
