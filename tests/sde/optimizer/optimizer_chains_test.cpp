#include "sde/optimizer/optimizer_chains.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "sde/problem/logistic.h"
#include "sde/random/normal.h"
#include "sde/random/streams.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

struct Setting {
  Hyperparameters hyper;
  QuadraticProblem quadratic;
};

Setting MakeSetting(OptimizerKind optimizer) {
  Setting s;
  s.hyper = {.optimizer = optimizer,
             .learning_rate = 0.05,
             .weight_decay = 0.3,
             .batch_size = 4,
             .beta1 = 0.2,
             .beta2 = 0.1,
             .delta = 1e-4};
  testing::RandomProblems random(8);
  s.quadratic = random.AnyNoise(2, 10);
  s.quadratic.gradient_noise = s.quadratic.gradient_noise.diagonal().asDiagonal().toDenseMatrix();
  return s;
}

EnsembleOptions ShortRun(int threads) {
  EnsembleOptions options;
  options.chains = 200;  // not a multiple of a block
  options.replicates = 5;
  options.burn_in = 7;
  options.record_every = 3;
  options.records = 6;
  options.windows = 3;
  options.seed = 12;
  options.threads = threads;
  return options;
}

/// One chain by hand: normals asked for one by one, C diagonal.
TEST(OptimizerChains, OneChainByHand) {
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    const auto [hyper, p] = MakeSetting(optimizer);
    const auto gradients = MakeQuadraticGradients(p, 12);
    const UpdateRule rule = MakeUpdateRule(hyper);
    const OptimizerStart start{.mean = Eigen::Vector2d(1, -1), .factor = {}, .second_moment = {}};
    const Eigen::Vector2d origin(0.5, 0.25);
    const OptimizerChains chains(*gradients, rule, start, origin, 12);
    constexpr std::uint32_t kChain = 70;
    const auto block = chains.Start(64);
    block->Advance(0, 3);
    block->Advance(3, 2);
    Eigen::Vector2d x(1, -1);
    Eigen::Vector2d m = Eigen::Vector2d::Zero();
    Eigen::Vector2d n = Eigen::Vector2d::Zero();
    const bool coupled = optimizer == OptimizerKind::kL2Adam;
    for (std::uint64_t k = 0; k < 5; ++k) {
      Eigen::Vector2d g = p.hessian * (x - p.minimizer);
      for (std::uint32_t i = 0; i < 2; ++i) {
        g(i) += std::sqrt(p.gradient_noise(i, i)) *
                StandardNormal({.seed = 12, .stream = kGradientNoiseStream}, kChain, k, i);
      }
      if (coupled) g += hyper.weight_decay * x;
      m = k == 0 ? g : Eigen::Vector2d((1 - hyper.beta1) * m + hyper.beta1 * g);
      const Eigen::Vector2d square = g.cwiseAbs2();
      n = k == 0 ? square : Eigen::Vector2d((1 - hyper.beta2) * n + hyper.beta2 * square);
      const Eigen::Vector2d root = (n.array() + hyper.delta).sqrt();
      if (!coupled) x *= 1 - hyper.learning_rate * hyper.weight_decay;
      x -= hyper.learning_rate * m.cwiseQuotient(root);
    }
    const Eigen::Index lane = kChain - 64;
    EXPECT_LE((block->States().row(lane).transpose() + origin - x).norm(), 1e-14);
    EXPECT_LE((block->Observables().row(lane).transpose() - n).norm(), 1e-13);
  }
}

TEST(OptimizerChains, SameBitsForAnyNumberOfThreads) {
  testing::RandomProblems random(5);
  Eigen::VectorXd labels(30);
  for (Eigen::Index i = 0; i < 30; ++i) labels(i) = i % 3 == 0 ? 0 : 1;
  const LogisticLoss loss(random.Normal(30, 3), labels, 0.1);
  const Hyperparameters hyper = MakeSetting(OptimizerKind::kAdamW).hyper;
  const UpdateRule rule = MakeUpdateRule(hyper);
  const OptimizerStart start{
      .mean = Eigen::Vector3d::Zero(), .factor = Eigen::Matrix3d::Identity(), .second_moment = {}};
  for (const auto sampling :
       {MinibatchSampling::kReplacement, MinibatchSampling::kBatch, MinibatchSampling::kEpoch}) {
    const auto gradients = MakeMinibatchGradients(
        loss, {.num_samples = 30, .batch_size = 4, .sampling = sampling, .seed = 12});
    const OptimizerChains chains(*gradients, rule, start, Eigen::Vector3d::Zero(), 12);
    const EnsembleResult one = RunChains(chains, ShortRun(1));
    for (const int threads : {2, 5}) {
      const EnsembleResult many = RunChains(chains, ShortRun(threads));
      for (std::size_t g = 0; g < one.groups.size(); ++g) {
        EXPECT_EQ(one.groups[g].lower, many.groups[g].lower);
        EXPECT_EQ(one.groups[g].sum, many.groups[g].sum);
      }
      EXPECT_EQ(one.observables, many.observables);
    }
  }
}

TEST(OptimizerChains, WindowsAddUpToTheWhole) {
  const auto [hyper, p] = MakeSetting(OptimizerKind::kAdamW);
  const auto gradients = MakeQuadraticGradients(p, 12);
  const UpdateRule rule = MakeUpdateRule(hyper);
  const OptimizerStart start{.mean = p.minimizer, .factor = {}, .second_moment = {}};
  const OptimizerChains chains(*gradients, rule, start, p.minimizer, 12);
  const EnsembleResult result = RunChains(chains, ShortRun(0));
  ASSERT_EQ(result.windows.size(), 3U);
  for (std::size_t g = 0; g < result.groups.size(); ++g) {
    std::int64_t count = 0;
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(2);
    for (const auto& window : result.windows) {
      EXPECT_EQ(window[g].count, 40 * 2);
      count += window[g].count;
      sum += window[g].sum;
    }
    EXPECT_EQ(count, result.groups[g].count);
    EXPECT_LE((sum - result.groups[g].sum).norm(), 1e-12);
  }
  // Chains start at a point: the spread of the first window is the smaller one.
  EXPECT_LT(Pool(result.windows[0]).lower.trace(), Pool(result.windows[2]).lower.trace());
}

TEST(OptimizerChains, InitialStatesHaveTheirLaw) {
  const auto [hyper, p] = MakeSetting(OptimizerKind::kAdamW);
  const auto gradients = MakeQuadraticGradients(p, 12);
  const UpdateRule rule = MakeUpdateRule(hyper);
  Eigen::MatrixXd factor(2, 1);
  factor << 2, -1;
  const OptimizerStart start{
      .mean = Eigen::Vector2d(3, 4), .factor = factor, .second_moment = Eigen::Vector2d(0.5, 7)};
  const OptimizerChains chains(*gradients, rule, start, Eigen::Vector2d(3, 4), 12);
  double square = 0;
  for (std::uint32_t first = 0; first < 6400; first += 64) {
    const auto block = chains.Start(first);
    const Eigen::MatrixXd states = block->States();
    EXPECT_LE((states.col(0) + 2 * states.col(1)).norm(), 1e-12);  // along the factor only
    square += states.col(1).squaredNorm();
    EXPECT_EQ(block->Observables().row(5), Eigen::RowVector2d(0.5, 7));
  }
  EXPECT_NEAR(square / 6400, 1, 5 * std::sqrt(2.0 / 6400));
}

TEST(OptimizerChains, ReportsDivergence) {
  auto [hyper, p] = MakeSetting(OptimizerKind::kAdamW);
  hyper.learning_rate = 1e3;
  hyper.weight_decay = 1;
  const auto gradients = MakeQuadraticGradients(p, 12);
  const UpdateRule rule = MakeUpdateRule(hyper);
  const OptimizerStart start{.mean = Eigen::Vector2d(1, 1), .factor = {}, .second_moment = {}};
  const OptimizerChains chains(*gradients, rule, start, p.minimizer, 12);
  EnsembleOptions options = ShortRun(0);
  options.burn_in = 2000;
  const EnsembleResult result = RunChains(chains, options);
  ASSERT_EQ(result.divergences.size(), 200U);
  EXPECT_EQ(result.divergences.front().chain, 0);
  EXPECT_EQ(result.divergences.front().transition, 2003);
}

TEST(OptimizerChains, RefusesShapesThatDisagree) {
  const auto [hyper, p] = MakeSetting(OptimizerKind::kAdamW);
  const auto gradients = MakeQuadraticGradients(p, 12);
  UpdateRule rule = MakeUpdateRule(hyper);
  OptimizerStart start{.mean = Eigen::Vector3d::Zero(), .factor = {}, .second_moment = {}};
  EXPECT_THROW(OptimizerChains(*gradients, rule, start, p.minimizer, 1), std::invalid_argument);
  start.mean = p.minimizer;
  EXPECT_NO_THROW(OptimizerChains(*gradients, rule, start, p.minimizer, 1));
  rule.second_moment = SecondMoment::kFrozen;  // needs an n
  EXPECT_THROW(OptimizerChains(*gradients, rule, start, p.minimizer, 1), std::invalid_argument);
}

}  // namespace
}  // namespace adamsde
