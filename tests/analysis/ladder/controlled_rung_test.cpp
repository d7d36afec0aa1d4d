#include <gtest/gtest.h>

#include <cmath>
#include <iostream>

#include "analysis/ladder/frozen_optimizer.h"
#include "analysis/stationary/laws.h"
#include "analysis/stationary/momentum.h"
#include "sde/ensemble/paired_chains.h"
#include "sde/optimizer/implicit_chains.h"
#include "sde/problem/softmax.h"
#include "tests/support/random_problem.h"
#include "tests/support/rung_runs.h"

namespace adamsde {
namespace {

constexpr std::uint64_t kSeed = 7;

Hyperparameters Hyper(OptimizerKind optimizer) {
  return {.optimizer = optimizer,
          .learning_rate = 0.02,
          .weight_decay = 0.3,
          .batch_size = 8,
          .beta1 = 0.2,
          .beta2 = 0.02,
          .delta = 1e-8};
}

RungPlan Plan(std::int64_t chains, std::int64_t burn_in, std::int64_t record_every,
              std::int64_t records) {
  RungPlan plan;
  plan.chains = chains;
  plan.burn_in = burn_in;
  plan.record_every = record_every;
  plan.records = records;
  plan.fixed = true;
  return plan;
}

/// The frozen optimizer with 1.015 times the preconditioner, beside the one it differs from: the
/// law of both is known, and they differ by 2 to 3 %.
struct NearbyPair {
  QuadraticProblem quadratic;
  FrozenOptimizer control;
  FrozenOptimizer other;

  explicit NearbyPair(OptimizerKind optimizer, Eigen::Index d)
      : quadratic(testing::RandomProblems(61).AnyNoise(d, 10)) {
    const Eigen::VectorXd q = quadratic.hessian.diagonal().cwiseSqrt().cwiseInverse();
    control = MakeFrozenOptimizer(quadratic, Hyper(optimizer), q);
    other = MakeFrozenOptimizer(quadratic, Hyper(optimizer), 1.015 * q);
  }

  [[nodiscard]] SampledRung Run(const RungPlan& plan, const LadderOptions& options) const {
    const auto gradients = MakeQuadraticGradients(quadratic, kSeed);
    UpdateRule rule = StationaryRule(other.hyper);
    rule.second_moment = SecondMoment::kFrozen;
    const Eigen::VectorXd& origin = control.modal.center;
    const OptimizerChains chains(*gradients, rule, other.start, origin, kSeed, kStationaryStep);
    const OptimizerChains controls(*gradients, rule, control.start, origin, kSeed, kStationaryStep);
    const RungControl known{.chains = controls, .law = control.law};
    return SampleRung(chains, &known, control.modal, plan, options);
  }
};

/// Largest |z| of the controlled covariance, by its own standard errors.
double ControlledZ(const SampledRung& rung, const ModalSystem& nearby, const Eigen::MatrixXd& law) {
  const ControlledEstimate e =
      EstimateControlled(rung.groups, *rung.control, rung.origin, nearby.to_modal);
  return (e.estimate.covariance - law)
      .cwiseAbs()
      .cwiseQuotient(e.estimate.covariance_stderr)
      .maxCoeff();
}

/// A few hundred records see a difference of 2 % that they could not see without the control.
/// |z| ≤ 5.5 over 6 entries, 30 degrees of freedom: a false alarm in 10⁴.
TEST(ControlledRung, SeesAFewPerCentWithAFewRecords) {
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    const NearbyPair pair(optimizer, 3);
    const SampledRung rung = pair.Run(Plan(64, 400, 100, 8), {});
    EXPECT_GT(rung.sample.raw_error, 0.04);
    EXPECT_LT(rung.standard_error, 0.1 * rung.sample.raw_error);
    EXPECT_LT(ControlledZ(rung, pair.control.modal, pair.other.law.covariance), 5.5);
    EXPECT_GT(ControlledZ(rung, pair.control.modal, pair.control.law.covariance), 10);
    EXPECT_NEAR(rung.law.log_det, pair.other.law.log_det, 5.5 * rung.sample.log_det_stderr);
    EXPECT_GT(std::abs(rung.law.log_det - pair.control.law.log_det),
              10 * rung.sample.log_det_stderr);
    EXPECT_LT((rung.law.mean - pair.other.law.mean).norm(),
              0.02 * std::sqrt(pair.other.law.covariance.trace()));
    EXPECT_LT(rung.sample.r_hat, 1.01);
    EXPECT_GT(rung.sample.raw_r_hat, 1.01);
    std::cout << "relative error " << rung.sample.raw_error << ", controlled "
              << rung.standard_error << "\n";
  }
}

/// Fewer effective records than parameters: log det is lost without the control.
TEST(ControlledRung, LogDetWithFewRecords) {
  const NearbyPair pair(OptimizerKind::kAdamW, 60);
  const SampledRung rung = pair.Run(Plan(64, 100, 20, 8), {});
  const double known = pair.other.law.log_det;
  const double change = known - pair.control.law.log_det;
  EXPECT_NEAR(rung.law.log_det, known, 4 * rung.sample.log_det_stderr);
  EXPECT_LT(rung.sample.log_det_stderr, 0.1 * std::abs(change));
  EXPECT_EQ(rung.sample.range->rank, 60);
  const Eigen::MatrixXd raw = Pool(rung.groups).CovarianceAround(Pool(rung.groups).Mean());
  const double raw_log_det = 2 * raw.llt().matrixLLT().diagonal().array().log().sum();
  EXPECT_GT(std::abs(raw_log_det - known), 5 * std::abs(change));
}

/// A process controlled by itself has no error at all.
TEST(ControlledRung, ItselfIsThePerfectControl) {
  NearbyPair pair(OptimizerKind::kAdamW, 3);
  pair.other = pair.control;
  const SampledRung rung = pair.Run(Plan(64, 100, 5, 4), {});
  EXPECT_LT((rung.law.covariance - pair.control.law.covariance).norm(),
            1e-12 * pair.control.law.covariance.norm());
  EXPECT_LT(rung.standard_error, 1e-7);
  EXPECT_NEAR(rung.law.log_det, pair.control.law.log_det, 1e-10);
  EXPECT_NEAR(rung.sample.control_coefficient, 1, 1e-12);
}

/// Without burn-in the frozen optimizer has its law from the first step: x and m start stationary.
TEST(FrozenOptimizer, IsStationaryFromTheStart) {
  const NearbyPair pair(OptimizerKind::kAdamW, 3);
  const auto gradients = MakeQuadraticGradients(pair.quadratic, kSeed);
  UpdateRule rule = StationaryRule(pair.control.hyper);
  rule.second_moment = SecondMoment::kFrozen;
  const Eigen::VectorXd& origin = pair.control.modal.center;
  const OptimizerChains chains(*gradients, rule, pair.control.start, origin, kSeed,
                               kStationaryStep);
  const RungPlan plan = Plan(65536, 0, 1, 4);
  const SampledRung rung = SampleRung(chains, nullptr, pair.control.modal, plan, {});
  EXPECT_LT(testing::LargestZ(rung, pair.control.law.covariance), 5);
  EXPECT_GT(testing::LargestZ(rung, 1.05 * pair.control.law.covariance), 8);
}

/// Residual of P = F P Fᵀ + G C Gᵀ in the original coordinates, with none of §3.4's blocks.
TEST(MomentumPhaseLaw, SolvesTheRecursionOfXAndM) {
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    const Hyperparameters hyper = Hyper(optimizer);
    const QuadraticProblem p = testing::RandomProblems(62).AnyNoise(4, 100);
    const Eigen::VectorXd q = p.hessian.diagonal().cwiseSqrt().cwiseInverse();
    const PhaseLaw law =
        MomentumPhaseLaw(MakeModalSystem(p, hyper, Preconditioner::Diagonal(q)), q);
    const Eigen::Matrix4d identity = Eigen::Matrix4d::Identity();
    const bool adamw = optimizer == OptimizerKind::kAdamW;
    const double lambda = hyper.weight_decay;
    const Eigen::Matrix4d slope = adamw ? p.hessian : p.hessian + lambda * identity;
    const double eta = hyper.learning_rate;
    const double beta = hyper.beta1;
    Eigen::MatrixXd f(8, 8);
    Eigen::MatrixXd g(8, 4);
    const Eigen::Matrix4d step = eta * q.asDiagonal().toDenseMatrix();
    f << (adamw ? 1 - eta * lambda : 1) * identity - beta * step * slope, -(1 - beta) * step,
        beta * slope, (1 - beta) * identity;
    g << -beta * step, beta * identity;
    const Eigen::MatrixXd residual =
        f * law.covariance * f.transpose() + g * p.gradient_noise * g.transpose() - law.covariance;
    EXPECT_LT(residual.norm(), 1e-12 * law.covariance.norm());
    // The mean: x and m are where a step without noise leaves them.
    const Eigen::VectorXd drive = p.hessian * p.minimizer;
    Eigen::VectorXd shift(8);
    shift << beta * step * drive, -beta * drive;
    EXPECT_LT((f * law.mean + shift - law.mean).norm(), 1e-13 * law.mean.norm());
  }
}

SoftmaxLoss MakeLoss() {
  testing::RandomProblems random(63);
  const Eigen::MatrixXd features = random.Normal(50, 2);
  std::vector<Eigen::Index> classes;
  for (int i = 0; i < 50; ++i) classes.push_back(static_cast<Eigen::Index>(random.Uniform(0, 3)));
  return {features, classes, 3, 0.1};
}

/// Minibatches on the quadratic at x*: the law is rung 5's with the data's own noise.
TEST(LinearizedGradients, MinibatchesFollowTheFrozenLaw) {
  const SoftmaxLoss loss = MakeLoss();
  QuadraticProblem p{.hessian = {}, .minimizer = loss.Minimizer(), .gradient_noise = {}};
  p.hessian = loss.Hessian(p.minimizer);
  for (const MinibatchSampling sampling :
       {MinibatchSampling::kReplacement, MinibatchSampling::kBatch}) {
    p.gradient_noise = EmpiricalGradientNoise(loss, p.minimizer, 8, sampling);
    const Eigen::VectorXd q = p.hessian.diagonal().cwiseSqrt().cwiseInverse();
    const FrozenOptimizer frozen = MakeFrozenOptimizer(p, Hyper(OptimizerKind::kAdamW), q);
    const auto batches = MakeMinibatchGradients(
        loss, {.num_samples = 50, .batch_size = 8, .sampling = sampling, .seed = kSeed});
    const auto linear = MakeLinearizedGradients(*batches, p.hessian, p.minimizer);
    UpdateRule rule = StationaryRule(frozen.hyper);
    rule.second_moment = SecondMoment::kFrozen;
    const OptimizerChains chains(*linear, rule, frozen.start, frozen.modal.center, kSeed,
                                 kStationaryStep);
    const RungPlan plan = Plan(1024, 100, 50, 30);
    const SampledRung rung = SampleRung(chains, nullptr, frozen.modal, plan, {});
    EXPECT_LT(testing::LargestZ(rung, frozen.law.covariance), 5);
    EXPECT_GT(testing::LargestZ(rung, 1.1 * frozen.law.covariance), 8);
  }
}

/// Implicit steps with h·max κ = 5, where explicit ones are unstable, have the law foretold.
TEST(ImplicitChains, FollowTheirLaw) {
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    const Hyperparameters hyper = Hyper(optimizer);
    const QuadraticProblem p = testing::RandomProblems(64).AnyNoise(3, 30);
    const Eigen::VectorXd q = p.hessian.diagonal().cwiseSqrt().cwiseInverse();
    const ModalSystem system = MakeModalSystem(p, hyper, Preconditioner::Diagonal(q));
    const double h = 5 / system.rates(2);
    const ModalSystem nearby = ImplicitModalSystem(system, h);
    const GaussianLaw law = EulerMaruyamaLaw(nearby, h);
    const auto gradients = MakeQuadraticGradients(p, kSeed, hyper.learning_rate / h);
    const ImplicitSde sde{.optimizer = optimizer,
                          .weight_decay = hyper.weight_decay,
                          .q = q,
                          .step = system.from_modal *
                                  (h / (1 + h * system.rates.array())).matrix().asDiagonal() *
                                  system.to_modal,
                          .mean = law.mean,
                          .factor = FactorPsd(law.covariance),
                          .seed = kSeed};
    const ImplicitChains chains(*gradients, sde);
    const RungPlan plan = Plan(1024, 20, 5, 40);
    const SampledRung rung = SampleRung(chains, nullptr, nearby, plan, {});
    EXPECT_LT(testing::LargestZ(rung, law.covariance), 5);
    EXPECT_GT(testing::LargestZ(rung, StationaryLaw(system).covariance), 8);
    EXPECT_LT((rung.law.mean - law.mean).norm(), 0.05 * std::sqrt(law.covariance.trace()));
  }
}

TEST(PairedChains, AreTheTwoRunsBitForBit) {
  const NearbyPair pair(OptimizerKind::kAdamW, 3);
  const auto gradients = MakeQuadraticGradients(pair.quadratic, kSeed);
  const UpdateRule rule = StationaryRule(pair.control.hyper);
  const OptimizerChains a(*gradients, rule, pair.control.start, pair.control.modal.center, kSeed,
                          kStationaryStep);
  const OptimizerChains b(*gradients, rule, pair.other.start, pair.control.modal.center, kSeed,
                          kStationaryStep);
  EnsembleOptions options;
  options.chains = 128;
  options.replicates = 4;
  options.burn_in = 3;
  options.records = 2;
  const EnsembleResult alone_a = RunChains(a, options);
  const EnsembleResult alone_b = RunChains(b, options);
  options.chains *= 2;
  options.replicates *= 2;
  const EnsembleResult both = RunChains(PairedChains(a, b, 128), options);
  for (std::size_t g = 0; g < 4; ++g) {
    EXPECT_EQ(both.groups[g].lower, alone_a.groups[g].lower);
    EXPECT_EQ(both.groups[g + 4].lower, alone_b.groups[g].lower);
  }
  EXPECT_EQ(both.observables.leftCols(4), alone_a.observables);
  EXPECT_THROW(PairedChains(a, b, 100), std::invalid_argument);
}

}  // namespace
}  // namespace adamsde
