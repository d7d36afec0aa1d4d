#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>

#include "sde/ensemble/ensemble.h"
#include "sde/optimizer/optimizer_chains.h"
#include "tests/support/ensemble_runs.h"
#include "tests/support/random_problem.h"
#include "tests/support/sampling.h"

namespace adamsde {
namespace {

using testing::ExpectSameBits;
using testing::OddRun;

using Runner = std::function<EnsembleResult(const EnsembleOptions&, EnsembleProgress&)>;

Runner Of(const Stepper& stepper) {
  return [&stepper](const EnsembleOptions& options, EnsembleProgress& progress) {
    return RunEnsemble(stepper, options, progress);
  };
}

Runner Of(const ChainSource& source) {
  return [&source](const EnsembleOptions& options, EnsembleProgress& progress) {
    return RunChains(source, options, progress);
  };
}

/// Runs with a pause at every `polls`-th look, up to the end. Returns how many there were.
int RunWithPauses(const Runner& run, EnsembleOptions options, int polls, EnsembleResult& result) {
  EnsembleProgress progress;
  for (int pauses = 0;; ++pauses) {
    std::atomic<int> left = polls;
    options.pause = [&left] { return --left < 0; };
    EnsembleProgress resumed = progress;  // as a file would hand it back
    result = run(options, resumed);
    progress = std::move(resumed);
    if (!result.paused) return pauses;
  }
}

TEST(Pause, EveryWayOfPausingGivesTheSameBits) {
  for (const Precision precision : {Precision::kDouble, Precision::kFloat}) {
    for (const Scheme scheme : {Scheme::kEulerMaruyama, Scheme::kModal, Scheme::kLeap}) {
      const SampledSystem system =
          testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, false));
      const auto stepper = MakeStepper(system, scheme, 0.1, 3, precision);
      const EnsembleResult whole = RunEnsemble(*stepper, OddRun(1));
      for (const int threads : {1, 3}) {
        for (const int polls : {1, 2, 5, 17}) {
          EnsembleResult result;
          EXPECT_GT(RunWithPauses(Of(*stepper), OddRun(threads), polls, result), 0);
          ExpectSameBits(whole, result);
        }
      }
    }
  }
}

TEST(Pause, OptimizersGoOnWithTheirMomentum) {
  const Hyperparameters hyper{.learning_rate = 0.05,
                              .weight_decay = 0.3,
                              .batch_size = 4,
                              .beta1 = 0.2,
                              .beta2 = 0.1,
                              .delta = 1e-4};
  testing::RandomProblems random(8);
  const QuadraticProblem p = random.AnyNoise(2, 10);
  const auto gradients = MakeQuadraticGradients(p, 12);
  const UpdateRule rule = MakeUpdateRule(hyper);
  const OptimizerStart start{.mean = Eigen::Vector2d(1, -1), .factor = {}, .second_moment = {}};
  const OptimizerChains chains(*gradients, rule, start, Eigen::Vector2d::Zero(), 12);
  const EnsembleResult whole = RunChains(chains, OddRun(2));
  for (const int polls : {1, 3, 10}) {
    EnsembleResult result;
    EXPECT_GT(RunWithPauses(Of(chains), OddRun(2), polls, result), 0);
    ExpectSameBits(whole, result);
  }
}

/// More blocks than shards, and groups that start within a shard.
TEST(Pause, ShardsKeepTheOrderOfSums) {
  const SampledSystem system =
      testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, true));
  const auto stepper = MakeStepper(system, Scheme::kLeap, 0.1, 30);
  EnsembleOptions options = OddRun(2);
  options.chains = kBlockChains * 1100 + 7;
  options.burn_in = 1;
  options.records = 2;
  const EnsembleResult whole = RunEnsemble(*stepper, options);
  EnsembleResult result;
  EXPECT_GT(RunWithPauses(Of(*stepper), options, 999, result), 0);
  ExpectSameBits(whole, result);
}

TEST(Pause, ASinkSeesEveryRecordOnce) {
  const SampledSystem system =
      testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, true));
  const auto stepper = MakeStepper(system, Scheme::kModal, 0.1, 3);
  EnsembleOptions options = OddRun(2);
  std::map<std::int64_t, Eigen::MatrixXd> kept;
  options.sink = [&kept](std::int64_t first_chain, const Eigen::MatrixXd& records) {
    EXPECT_EQ(kept.count(first_chain), 0U);
    kept[first_chain] = records;
  };
  (void)RunEnsemble(*stepper, options);
  const auto whole = std::exchange(kept, {});
  EnsembleResult result;
  EXPECT_GT(RunWithPauses(Of(*stepper), options, 3, result), 0);
  EXPECT_EQ(whole, kept);
}

TEST(Pause, ADivergedBlockStaysDiverged) {
  const SampledSystem system =
      testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, true));
  const auto stepper = MakeStepper(system, Scheme::kEulerMaruyama, 1e3, 1);
  EnsembleOptions options = OddRun(3);
  options.burn_in = 1000;
  const EnsembleResult whole = RunEnsemble(*stepper, options);
  ASSERT_EQ(whole.divergences.size(), 330U);
  EnsembleResult result;
  EXPECT_GT(RunWithPauses(Of(*stepper), options, 2, result), 0);
  ASSERT_EQ(result.divergences.size(), 330U);
  for (std::size_t i = 0; i < 330; ++i) {
    EXPECT_EQ(result.divergences[i].chain, whole.divergences[i].chain);
    EXPECT_EQ(result.divergences[i].transition, whole.divergences[i].transition);
  }
}

TEST(Pause, AnotherRunsProgressIsRefused) {
  const SampledSystem system =
      testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, true));
  const auto stepper = MakeStepper(system, Scheme::kModal, 0.1, 3);
  EnsembleOptions options = OddRun(1);
  std::atomic<int> left = 9;
  options.pause = [&left] { return --left < 0; };
  EnsembleProgress progress;
  ASSERT_TRUE(RunEnsemble(*stepper, options, progress).paused);
  options.pause = {};
  const auto refuses = [&](auto&& change) {
    EnsembleOptions other = options;
    EnsembleProgress changed = progress;
    change(other, changed);
    EXPECT_THROW((void)RunEnsemble(*stepper, other, changed), std::invalid_argument);
  };
  refuses([](EnsembleOptions& o, EnsembleProgress&) { o.chains = 777; });
  refuses([](EnsembleOptions& o, EnsembleProgress&) { o.windows = 3; });
  refuses([](EnsembleOptions&, EnsembleProgress& p) { p.ranges.front().next = -1; });
  refuses([](EnsembleOptions&, EnsembleProgress& p) { p.ranges.front().end = 99; });
  refuses(
      [](EnsembleOptions&, EnsembleProgress& p) { p.ranges.front().paused.front().block = 1000; });
  refuses([](EnsembleOptions&, EnsembleProgress& p) {
    p.ranges.front().paused.front().state.resize(3, 3);
  });
  refuses([](EnsembleOptions&, EnsembleProgress& p) {
    p.ranges.front().paused.front().sums.front().windows.front().sum.resize(1);
  });
}

}  // namespace
}  // namespace adamsde
