#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <set>

#include "networks/curvature/curvature.h"
#include "networks/training/trainer.h"
#include "sde/problem/softmax.h"
#include "tests/networks/tiny_data.h"

namespace adamsde::networks {
namespace {

using testing::kGoOn;
using testing::Table;
using testing::TinyData;

/// A trained perceptron of 4·16 + 16 + 16·10 + 10 + 10·4 + 4 = 294 parameters.
struct Perceptron {
  Perceptron()
      : data(TinyData(Table(4), 4, 90)),
        network({.name = "mlp", .hidden = {16, 10}, .activation = Activation::kTanh}, Table(4), 4,
                Precision::kDouble, Device::kCpu) {
    Trainer trainer(network, data, {.learning_rate = 0.01, .batch_size = 20, .epochs = 20});
    TrainingState state = trainer.Start();
    trainer.Run(state, kGoOn);
    x = state.x;
  }
  [[nodiscard]] DatasetHessian Hessian(std::int64_t batch = 25) const {
    return {network, data, data.train, batch, 0.0};
  }

  Data data;
  Network network;
  Eigen::VectorXd x;
};

/// From differences of gradients, column by column.
Eigen::MatrixXd DifferenceHessian(Perceptron& p) {
  const Eigen::Index d = p.x.size();
  BatchGatherer gather(p.data);
  const Batch batch = gather(p.data.train);
  const auto gradient = [&](const Eigen::VectorXd& x) {
    Eigen::VectorXd g;
    p.network.SetParameters(x);
    p.network.Gradient(batch, Mode::kEvaluation, g);
    return g;
  };
  constexpr double kStep = 1e-4;
  Eigen::MatrixXd h(d, d);
  for (Eigen::Index j = 0; j < d; ++j) {
    const Eigen::VectorXd move = kStep * Eigen::VectorXd::Unit(d, j);
    h.col(j) = (gradient(p.x + move) - gradient(p.x - move)) / (2 * kStep);
  }
  p.network.SetParameters(p.x);
  return 0.5 * (h + h.transpose());
}

TEST(DatasetHessian, IsTheDenseHessianWhateverTheBatches) {
  Perceptron p;
  const Eigen::Index d = p.network.Dimension();
  ASSERT_EQ(d, 294);
  const Eigen::MatrixXd h = p.Hessian()(Eigen::MatrixXd::Identity(d, d));
  EXPECT_LT((h - h.transpose()).norm(), 1e-12 * h.norm());
  EXPECT_LT((h - DifferenceHessian(p)).norm(), 1e-6 * h.norm());
  const Eigen::VectorXd v = Eigen::VectorXd::LinSpaced(d, -1, 1);
  for (const std::int64_t batch : {1, 7, 1000}) {
    EXPECT_LT((p.Hessian(batch)(v) - h * v).norm(), 1e-12 * (h * v).norm());
  }
  const DatasetHessian ridged(p.network, p.data, p.data.train, 25, 0.5);
  EXPECT_LT((ridged(v) - h * v - 0.5 * v).norm(), 1e-12 * v.norm());
}

// d unit probes with as many steps as there are parameters: all of the dense spectrum and no more.
TEST(DatasetHessian, AllUnitProbesGiveTheDenseSpectrum) {
  const Perceptron p;
  const Eigen::Index d = p.network.Dimension();
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(d, d);
  const Eigen::MatrixXd h = p.Hessian()(identity);
  const Eigen::VectorXd dense = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(h).eigenvalues();
  const double scale = dense.cwiseAbs().maxCoeff();
  // Through the products: every eigenvalue that a probe of random signs sees.
  const LanczosOptions all{.steps = static_cast<int>(d), .runs = 1, .threads = 1};
  const NodeTable one =
      MakeQuadrature(RunLanczos(p.Hessian(), Probes(d, all), Eigen::VectorXd::Ones(d), all), d)
          .spectrum;
  for (const double value : dense) {
    EXPECT_LT((one.values.array() - value).abs().minCoeff(), 1e-9 * scale);
  }
  for (Eigen::Index k = 0; k < one.values.cols(); ++k) {
    if (one.weights(0, k) < 1e-12) continue;
    EXPECT_LT((dense.array() - one.values(0, k)).abs().minCoeff(), 1e-9 * scale);
  }
  // Unit probes: traces of any function, here of ones that see the whole spectrum.
  const BlockOperator times = [&h](const Eigen::MatrixXd& v) -> Eigen::MatrixXd { return h * v; };
  const LanczosOptions unit{.steps = 120, .runs = static_cast<int>(d), .threads = 2};
  const NodeTable nodes =
      MakeQuadrature(RunLanczos(times, identity, Eigen::VectorXd::Ones(d), unit), 120).spectrum;
  for (const double shift : {-0.5, 0.0, 0.2, 1.0}) {
    const auto bump = [&](double x) { return 1 / (1 + std::pow((x / scale - shift) / 0.1, 2)); };
    EXPECT_NEAR(TracePerRun(nodes, bump).mean(), dense.unaryExpr(bump).sum(), 1e-8);
  }
}

TEST(DatasetHessian, OneLinearLayerIsTheLibrarysSoftmax) {
  const Data data = TinyData(Table(6), 3, 90);
  Eigen::MatrixXd rows(data.train.size(), 7);
  std::vector<Eigen::Index> labels;
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const Eigen::Index from = data.train[static_cast<std::size_t>(i)];
    for (Eigen::Index j = 0; j < 6; ++j) rows(i, j) = data.samples.At(from, j);
    rows(i, 6) = 1;
    labels.push_back(data.samples.labels[static_cast<std::size_t>(from)]);
  }
  const SoftmaxLoss loss(rows, labels, 3, 0.02);
  Network network({.name = "softmax", .kind = ModelKind::kSoftmax}, Table(6), 3, Precision::kDouble,
                  Device::kCpu);
  const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(14, -0.3, 0.4);
  network.SetParameters(x);
  const DatasetHessian hessian(network, data, data.train, 16, 0.02);
  const Eigen::MatrixXd dense = loss.Hessian(x);
  EXPECT_LT((hessian(Eigen::MatrixXd::Identity(14, 14)) - dense).norm(), 1e-12 * dense.norm());

  const CurvatureOptions options{.steps = 9, .runs = 3, .diagonal_probes = 5};
  const Hyperparameters hyper{.learning_rate = 0.01, .weight_decay = 0.1, .batch_size = 16};
  const auto err = [&](const BlockOperator& a) {
    return EvaluateErr(MeasureCurvature(a, 14, options, {}), hyper, options);
  };
  const NetworkErr own = err(hessian);
  const NetworkErr library = err(loss.HessianOperator(x));
  const auto same = [](const TruncatedEstimate& a, const TruncatedEstimate& b) {
    EXPECT_NEAR(a.estimate.value, b.estimate.value, 1e-10 * std::abs(b.estimate.value));
    EXPECT_NEAR(a.estimate.standard_error, b.estimate.standard_error, 1e-10);
  };
  same(own.corollary3_adamw, library.corollary3_adamw);
  same(own.corollary3_l2, library.corollary3_l2);
  same(own.theorem6_adamw, library.theorem6_adamw);
  same(own.theorem7_l2, library.theorem7_l2);
}

TEST(CurvatureRows, AreAFixedSubsetOfTheTrainingRows) {
  const Data data = TinyData(Table(2), 2, 90);
  const std::vector<Eigen::Index> rows = CurvatureRows(data, {.rows = 20});
  EXPECT_EQ(rows, CurvatureRows(data, {.rows = 20}));
  const std::set<Eigen::Index> distinct(rows.begin(), rows.end());
  EXPECT_EQ(distinct.size(), 20U);
  for (const Eigen::Index i : rows) EXPECT_NE((i / 3) % 3, 2);
  EXPECT_EQ(CurvatureRows(data, {}).size(), 60U);
  EXPECT_THROW((void)CurvatureRows(data, {.rows = 61}), std::invalid_argument);
}

TEST(MeasureCurvature, RefusesWhatIsNotFinite) {
  const BlockOperator nan = [](const Eigen::MatrixXd& v) -> Eigen::MatrixXd {
    return v * std::nan("");
  };
  EXPECT_THROW((void)MeasureCurvature(nan, 4, {}, {}), std::domain_error);
}

TEST(MeasureShares, CountsMass) {
  NodeTable nodes{
      .values = Eigen::MatrixXd(1, 4), .weights = Eigen::MatrixXd(1, 4), .dimension = 8};
  nodes.values << -2, -0.5, 1e-9, 3;
  nodes.weights << 0.125, 0.25, 0.5, 0.125;
  const SpectrumShares shares = MeasureShares(nodes, 1e-6);
  EXPECT_DOUBLE_EQ(shares.unit.value, 0.75);
  EXPECT_DOUBLE_EQ(shares.negative.value, 0.375);
  EXPECT_DOUBLE_EQ(shares.at_floor.value, 0.5);
  EXPECT_EQ(shares.smallest, -2);
}

}  // namespace
}  // namespace adamsde::networks
