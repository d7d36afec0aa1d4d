#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "networks/model/network.h"
#include "networks/training/trainer.h"
#include "tests/networks/tiny_data.h"

namespace adamsde::networks {
namespace {

using testing::Table;
using testing::TinyData;

Eigen::Index Dimension(const ModelOptions& model, const InputShape& shape, std::int64_t classes) {
  return Network(model, shape, classes, Precision::kFloat, Device::kCpu).Dimension();
}

const InputShape kCifar{.channels = 3, .height = 32, .width = 32};
const InputShape kImageNet{.channels = 3, .height = 224, .width = 224};

ModelOptions ResNet18() {
  return {.name = "resnet18", .kind = ModelKind::kResNet, .width = 64, .blocks = {2, 2, 2, 2}};
}

// Published parameter counts.
TEST(Model, HasTheShapesOfThePaper) {
  EXPECT_EQ(Dimension(ResNet18(), kCifar, 10), 11173962);  // CIFAR's 3×3 stem
  ModelOptions imagenet = ResNet18();
  imagenet.large_stem = true;
  EXPECT_EQ(Dimension(imagenet, kImageNet, 1000), 11689512);  // torchvision's resnet18
  const ModelOptions vit_small{.name = "vit-small",
                               .kind = ModelKind::kVit,
                               .patch = 16,
                               .dim = 384,
                               .depth = 12,
                               .heads = 6};
  EXPECT_EQ(Dimension(vit_small, kImageNet, 1000), 22050664);  // timm's vit_small_patch16_224
}

TEST(Model, BlocksTileTheParameterVector) {
  const Network network(ResNet18(), kCifar, 10, Precision::kFloat, Device::kCpu);
  Eigen::Index next = 0;
  std::set<std::string> names;
  for (const ParameterBlock& block : network.Blocks()) {
    EXPECT_EQ(block.offset, next);
    next += block.size;
    EXPECT_TRUE(names.insert(block.name).second) << block.name;
    EXPECT_EQ(network.BlockOf(block.offset), block.name);
    EXPECT_EQ(network.BlockOf(next - 1), block.name);
  }
  EXPECT_EQ(next, network.Dimension());
}

TEST(Model, InitialParametersAreAFunctionOfTheSeed) {
  const Network network({.name = "mlp", .hidden = {20}}, Table(50), 3, Precision::kFloat,
                        Device::kCpu);
  const Eigen::VectorXd x = network.InitialParameters(3);
  EXPECT_EQ(x, network.InitialParameters(3));
  EXPECT_NE(x, network.InitialParameters(4));
  // Variance 2/50 of 1,000 weights: standard error 4.5 %.
  EXPECT_NEAR(x.head(1000).squaredNorm() / 1000, 0.04, 0.04 * 0.2);
  EXPECT_EQ(x.segment(1000, 20).norm(), 0);
}

struct Case {
  ModelOptions model;
  InputShape shape;
};

std::vector<Case> Cases() {
  const InputShape image{.channels = 2, .height = 8, .width = 8};
  return {
      {{.name = "softmax", .kind = ModelKind::kSoftmax}, Table(6)},
      {{.name = "tanh", .hidden = {7, 5}, .activation = Activation::kTanh}, Table(6)},
      {{.name = "gelu", .hidden = {9}, .activation = Activation::kGelu}, Table(6)},
      {{.name = "vit", .kind = ModelKind::kVit, .patch = 4, .dim = 8, .depth = 2, .heads = 2},
       image},
  };
}

/// A network at a point where batch normalization's statistics are not the initial ones.
struct Trained {
  explicit Trained(const Case& c)
      : data(TinyData(c.shape, 3, 60)),
        network(c.model, c.shape, 3, Precision::kDouble, Device::kCpu) {
    Trainer trainer(network, data, {.learning_rate = 0.02, .batch_size = 16, .epochs = 3});
    TrainingState state = trainer.Start();
    trainer.Run(state, [](const TrainingState&) { return true; });
    x = state.x;
  }

  Eigen::VectorXd GradientAt(const Eigen::VectorXd& at) {
    BatchGatherer gather(data);
    Eigen::VectorXd gradient;
    network.SetParameters(at);
    network.Gradient(gather(data.train), Mode::kEvaluation, gradient);
    network.SetParameters(x);
    return gradient;
  }

  Data data;
  Network network;
  Eigen::VectorXd x;
};

Eigen::VectorXd Direction(Eigen::Index dimension, std::uint32_t number) {
  Eigen::VectorXd v(dimension);
  for (Eigen::Index i = 0; i < dimension; ++i) {
    v(i) = testing::Normal(1000 + number, static_cast<std::uint32_t>(i));
  }
  return v.normalized();
}

// Central differences with step ε: error about ε²/6 |F''''| + rounding/ε.
TEST(Model, GradientIsTheDerivativeOfTheLoss) {
  for (const Case& c : Cases()) {
    Trained trained(c);
    BatchGatherer gather(trained.data);
    const Batch batch = gather(trained.data.train);
    const Eigen::VectorXd gradient = trained.GradientAt(trained.x);
    const Eigen::VectorXd v = Direction(trained.x.size(), 0);
    const auto loss = [&](double step) {
      trained.network.SetParameters(trained.x + step * v);
      return trained.network.Evaluate(batch).loss / static_cast<double>(batch.labels.size());
    };
    constexpr double kStep = 1e-4;
    EXPECT_NEAR((loss(kStep) - loss(-kStep)) / (2 * kStep), gradient.dot(v), 1e-8) << c.model.name;
  }
}

TEST(Model, HessianProductsAgreeWithDifferencesOfGradients) {
  for (const Case& c : Cases()) {
    Trained trained(c);
    BatchGatherer gather(trained.data);
    const Batch batch = gather(trained.data.train);
    Eigen::MatrixXd v(trained.x.size(), 3);
    for (std::uint32_t j = 0; j < 3; ++j) v.col(j) = Direction(v.rows(), j);
    const Eigen::MatrixXd product = trained.network.HessianTimes(batch, v);
    constexpr double kStep = 1e-4;
    for (Eigen::Index j = 0; j < 3; ++j) {
      const Eigen::VectorXd difference = (trained.GradientAt(trained.x + kStep * v.col(j)) -
                                          trained.GradientAt(trained.x - kStep * v.col(j))) /
                                         (2 * kStep);
      EXPECT_LT((difference - product.col(j)).norm(), 1e-6 * (1 + product.col(j).norm()))
          << c.model.name;
    }
  }
}

// ReLU's gradient jumps, and differences see the jumps, which a second derivative does not: a step
// is taken that crosses none, as a test of that shows.
TEST(Model, HessianProductsOfAResidualNetworkAgreeWithDifferences) {
  const InputShape image{.channels = 2, .height = 8, .width = 8};
  Trained trained(
      {{.name = "resnet", .kind = ModelKind::kResNet, .width = 3, .blocks = {1, 1}}, image});
  BatchGatherer gather(trained.data);
  const Batch batch = gather(std::span(trained.data.train).first(8));
  const Eigen::VectorXd v = Direction(trained.x.size(), 1);
  const auto gradient = [&](double step) {
    Eigen::VectorXd g;
    trained.network.SetParameters(trained.x + step * v);
    trained.network.Gradient(batch, Mode::kEvaluation, g);
    trained.network.SetParameters(trained.x);
    return g;
  };
  const Eigen::VectorXd product = trained.network.HessianTimes(batch, v);
  constexpr double kStep = 1e-7;
  const Eigen::VectorXd forward = (gradient(kStep) - gradient(0)) / kStep;
  const Eigen::VectorXd backward = (gradient(0) - gradient(-kStep)) / kStep;
  ASSERT_LT((forward - backward).norm(), 1e-4 * product.norm()) << "a kink lies within the step";
  EXPECT_LT((0.5 * (forward + backward) - product).norm(), 1e-5 * product.norm());
}

TEST(Model, EvaluationDoesNotMoveRunningStatistics) {
  const InputShape image{.channels = 2, .height = 8, .width = 8};
  Trained trained(
      {{.name = "resnet", .kind = ModelKind::kResNet, .width = 3, .blocks = {1, 1}}, image});
  const Eigen::VectorXd before = trained.network.Buffers();
  EXPECT_GT((before.head(3)).norm(), 0);
  BatchGatherer gather(trained.data);
  const Batch batch = gather(trained.data.train);
  Eigen::VectorXd gradient;
  trained.network.Gradient(batch, Mode::kEvaluation, gradient);
  (void)trained.network.Evaluate(batch);
  (void)trained.network.HessianTimes(batch, trained.x);
  EXPECT_EQ(trained.network.Buffers(), before);
  trained.network.Gradient(batch, Mode::kTraining, gradient);
  EXPECT_NE(trained.network.Buffers(), before);
  trained.network.SetBuffers(before);
  EXPECT_EQ(trained.network.Buffers(), before);
}

void ExpectRefused(const ModelOptions& model, const InputShape& shape, const std::string& why) {
  try {
    const Network network(model, shape, 3, Precision::kFloat, Device::kCpu);
    ADD_FAILURE() << "accepted: " << why;
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr(why));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("'m'"));
  }
}

TEST(Model, RefusesWhatDoesNotFit) {
  const InputShape image{.channels = 1, .height = 28, .width = 28};
  ExpectRefused({.name = "m", .kind = ModelKind::kVit, .patch = 5}, image,
                "patch = 5 does not divide images of 28x28");
  ExpectRefused({.name = "m", .kind = ModelKind::kVit, .dim = 30, .heads = 4}, image,
                "heads = 4 does not divide dim = 30");
  ExpectRefused({.name = "m", .kind = ModelKind::kResNet}, Table(5), "needs images");
  ExpectRefused({.name = "m", .hidden = {0}}, Table(5), "hidden = 0");
}

}  // namespace
}  // namespace adamsde::networks
