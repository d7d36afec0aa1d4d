#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "networks/training/trainer.h"
#include "sde/problem/softmax.h"
#include "tests/networks/tiny_data.h"
#include "tests/support/program.h"

namespace adamsde::networks {
namespace {

using testing::kGoOn;
using testing::Table;
using testing::TinyData;

Eigen::MatrixXd WithIntercept(const Data& data) {
  Eigen::MatrixXd rows(data.train.size(), data.samples.shape.Features() + 1);
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    for (Eigen::Index j = 0; j + 1 < rows.cols(); ++j) {
      rows(i, j) = data.samples.At(data.train[static_cast<std::size_t>(i)], j);
    }
    rows(i, rows.cols() - 1) = 1;
  }
  return rows;
}

// The same optimizer on the library's own softmax loss.
TEST(Trainer, OneLinearLayerIsTheLibrarysSoftmax) {
  const Data data = TinyData(Table(5), 3, 90);
  std::vector<Eigen::Index> labels;
  for (const Eigen::Index i : data.train) {
    labels.push_back(data.samples.labels[static_cast<std::size_t>(i)]);
  }
  const SoftmaxLoss loss(WithIntercept(data), labels, 3, 0.01);
  for (const char* optimizer : {"adamw", "adamw-d", "l2-adam", "l2-adam-d", "adam"}) {
    for (const auto convention : {OptimizerConvention::kPaper, OptimizerConvention::kPytorch}) {
      const TrainingOptions options{.optimizer = optimizer,
                                    .convention = convention,
                                    .learning_rate = 0.01,
                                    .weight_decay = 0.1,
                                    .ridge = 0.01,
                                    .batch_size = 16,
                                    .epochs = 25,
                                    .seed = 5};
      Network network({.name = "softmax", .kind = ModelKind::kSoftmax}, Table(5), 3,
                      Precision::kDouble, Device::kCpu);
      Trainer trainer(network, data, options);
      TrainingState state = trainer.Start();
      ASSERT_EQ(state.x.norm(), 0);
      trainer.Run(state, kGoOn);
      ASSERT_EQ(state.step, 100);
      ASSERT_FALSE(state.diverged);

      MinibatchDrawer drawer(
          {.num_samples = 60, .batch_size = 16, .sampling = MinibatchSampling::kEpoch, .seed = 5},
          0, 1);
      Eigen::VectorXd x = Eigen::VectorXd::Zero(12);
      Eigen::VectorXd m = x;
      Eigen::VectorXd n = x;
      Eigen::VectorXd g = x;
      for (std::int64_t k = 0; k < 100; ++k) {
        loss.BatchGradient(x, drawer.Draw(0, static_cast<std::uint64_t>(k)), g);
        ApplyUpdate(trainer.Rule().Step(k), 12, g.data(), x.data(), m.data(), n.data());
      }
      EXPECT_LT((state.x - x).norm(), 1e-10 * x.norm()) << optimizer;
      EXPECT_LT((state.n - n).norm(), 1e-10 * n.norm()) << optimizer;
      EXPECT_EQ(Evaluate(network, data, data.train).accuracy, *loss.Accuracy(state.x));
    }
  }
}

TEST(Trainer, DecayingVariantsEndAtTheirFinalShare) {
  const TrainingOptions options{.optimizer = "adamw-d", .weight_decay = 0.5, .decay_final = 0.02};
  const TrainingRule rule(options, 400);
  EXPECT_DOUBLE_EQ(rule.WeightDecay(0), 0.5);
  EXPECT_NEAR(rule.WeightDecay(399), 0.01, 1e-14);
  EXPECT_EQ(TrainingRule({.optimizer = "adam", .weight_decay = 0.5}, 9).WeightDecay(0), 0);
}

TEST(Trainer, LearningRatesFollowTheirSchedules) {
  const TrainingRule cosine(
      {.learning_rate = 0.3, .schedule = RateSchedule::kCosine, .warm_up = 10}, 110);
  EXPECT_DOUBLE_EQ(cosine.LearningRate(0), 0.03);
  EXPECT_DOUBLE_EQ(cosine.LearningRate(9), 0.3);
  EXPECT_DOUBLE_EQ(cosine.LearningRate(10), 0.3);
  EXPECT_NEAR(cosine.LearningRate(60), 0.15, 1e-15);
  EXPECT_NEAR(cosine.LearningRate(109), 0.3 * 0.25 * 9.8696e-4, 1e-7);  // 1 − cos ε ≈ ε²/2
  EXPECT_DOUBLE_EQ(cosine.Step(4).rate, 0.15);
  const TrainingRule root({.learning_rate = 0.3, .schedule = RateSchedule::kInverseRoot}, 110);
  EXPECT_DOUBLE_EQ(root.LearningRate(8), 0.1);
  EXPECT_THROW(TrainingRule({.schedule = RateSchedule::kCosine, .warm_up = 10}, 10),
               std::invalid_argument);
}

struct SmallRun {
  SmallRun()
      : data(TinyData({.channels = 1, .height = 8, .width = 8}, 3, 90)),
        network({.name = "resnet", .kind = ModelKind::kResNet, .width = 2, .blocks = {1}},
                data.samples.shape, 3, Precision::kFloat, Device::kCpu) {
    data.flip = true;
    data.shift = 1;
  }
  Data data;
  Network network;
  TrainingOptions options{.learning_rate = 0.01, .batch_size = 16, .epochs = 4};
};

TEST(Trainer, ContinuesFromACheckpointBitForBit) {
  const adamsde::testing::TemporaryFolder folder;
  SmallRun run;
  Trainer trainer(run.network, run.data, run.options);
  TrainingState whole = trainer.Start();
  trainer.Run(whole, kGoOn);

  const Json identity = {{"seed", 1}};
  SmallRun first;
  Trainer before(first.network, first.data, first.options);
  TrainingState state = before.Start();
  before.Run(state, [](const TrainingState& now) { return now.step < 6; });  // within epoch 2
  WriteCheckpoint(folder / "c", state, identity);

  SmallRun second;
  Trainer after(second.network, second.data, second.options);
  TrainingState resumed = ReadCheckpoint(folder / "c", identity);
  ASSERT_EQ(resumed.step, 6);
  after.Run(resumed, kGoOn);
  EXPECT_EQ(resumed.x, whole.x);
  EXPECT_EQ(resumed.n, whole.n);
  EXPECT_EQ(resumed.buffers, whole.buffers);
  ASSERT_EQ(resumed.curves.size(), 4U);
  EXPECT_EQ(resumed.curves[1].train_loss, whole.curves[1].train_loss);
  EXPECT_TRUE(std::isnan(resumed.curves[1].validation_loss));
}

TEST(Trainer, LearnsWhatIsThereToLearn) {
  SmallRun run;
  run.options.epochs = 30;
  Trainer trainer(run.network, run.data, run.options);
  TrainingState state = trainer.Start();
  trainer.Run(state, kGoOn);
  EXPECT_LT(state.curves.back().train_loss, 0.5 * state.curves.front().train_loss);
  EXPECT_GT(state.curves.back().test_accuracy, 0.6);  // by chance 1/3
}

TEST(Trainer, RecordsDivergenceWithStepAndLayer) {
  SmallRun run;
  run.options.learning_rate = 1e30;
  Trainer trainer(run.network, run.data, run.options);
  TrainingState state = trainer.Start();
  trainer.Run(state, kGoOn);
  ASSERT_TRUE(state.diverged);
  EXPECT_LT(state.diverged->step, 16);
  EXPECT_EQ(state.step, state.diverged->step + 1);
  EXPECT_FALSE(state.diverged->layer.empty());
}

TEST(Checkpoint, RefusesDamageAndAnotherRun) {
  const adamsde::testing::TemporaryFolder folder;
  TrainingState state;
  state.x = state.m = state.n = Eigen::VectorXd::LinSpaced(5, 0, 1);
  const std::string path = folder / "c";
  WriteCheckpoint(path, state, {{"seed", 1}});
  const std::string bytes = adamsde::testing::ReadAll(path);
  const auto refused = [&](const std::string& content, const Json& identity) -> std::string {
    folder.Write("d", content);
    try {
      (void)ReadCheckpoint(folder / "d", identity);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refused(bytes, {{"seed", 1}}), "");
  EXPECT_EQ(refused(bytes, nullptr), "");
  EXPECT_THAT(refused(bytes, {{"seed", 2}}), ::testing::HasSubstr("seed is 1 there, 2 here"));
  std::string flipped = bytes;
  flipped.back() ^= 1;
  EXPECT_THAT(refused(flipped, nullptr), ::testing::HasSubstr("checksum"));
  EXPECT_NE(refused(bytes.substr(0, bytes.size() - 1), nullptr), "");
  EXPECT_NE(refused("{}\n", nullptr), "");
  EXPECT_NE(refused("nonsense", nullptr), "");
}

}  // namespace
}  // namespace adamsde::networks
