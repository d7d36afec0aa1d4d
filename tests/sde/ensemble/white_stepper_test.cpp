// Steps with white noise are the same steps: same normals, same chain, to rounding.
#include <gtest/gtest.h>

#include <cmath>

#include "sde/ensemble/stepper.h"
#include "sde/process/white_noise.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

GaussianKernel SomeKernel(unsigned seed, Eigen::Index d, bool triangular) {
  testing::RandomProblems random(seed);
  const Eigen::MatrixXd root = random.Normal(d, d);
  const double size = static_cast<double>(d);
  GaussianKernel kernel{
      .increment = -0.02 * (root * root.transpose() / size + random.Normal(d, d) / 9 / size),
      .noise = random.Normal(d, d) / std::sqrt(4 * size)};
  kernel.noise.diagonal().array() += 2;
  if (triangular) kernel.noise = Eigen::MatrixXd(kernel.noise.triangularView<Eigen::Lower>());
  // Scales of the components may differ by any amount.
  const Eigen::VectorXd scale = Eigen::VectorXd::LinSpaced(d, -4, 4).array().exp();
  kernel.increment = scale.asDiagonal() * kernel.increment * scale.cwiseInverse().asDiagonal();
  kernel.noise = scale.asDiagonal() * kernel.noise;
  return kernel;
}

Eigen::MatrixXd States(const Stepper& stepper) {
  Tile tile(stepper, 640);
  stepper.Advance({.seed = 9, .stream = 0}, 0, 301, tile);
  const Eigen::MatrixXd& from = stepper.StateCoordinates().from;
  return from.size() > 0 ? Eigen::MatrixXd(tile.state * from.transpose()) : tile.state;
}

/// Largest difference of a component, in units of that component's spread.
double Difference(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  const Eigen::RowVectorXd spread = a.colwise().norm() / std::sqrt(static_cast<double>(a.rows()));
  return ((a - b).array().rowwise() / spread.array()).abs().maxCoeff();
}

TEST(WhiteStepper, MovesTheSameChains) {
  for (const bool triangular : {true, false}) {
    for (const Eigen::Index d : {1, 6, 50, 270}) {
      const GaussianKernel kernel = SomeKernel(3, d, triangular);
      const auto plain = MakeKernelStepper(kernel);
      const auto white = MakeWhiteStepper(kernel);
      ASSERT_EQ(white->StateCoordinates().from.rows(), d);
      EXPECT_LE(Difference(States(*plain), States(*white)), 1e-12) << d;
      EXPECT_LE(
          (white->StateCoordinates().to * kernel.noise - Eigen::MatrixXd::Identity(d, d)).norm(),
          1e-12);
    }
  }
}

TEST(WhiteStepper, InSinglePrecisionToo) {
  const GaussianKernel kernel = SomeKernel(3, 50, true);
  const auto plain = MakeKernelStepper(kernel);
  const auto white = MakeWhiteStepper(kernel, Precision::kFloat);
  // Single precision has normals of its own: only the law is the same.
  const auto same = MakeKernelStepper(kernel, Precision::kFloat);
  EXPECT_LE(Difference(States(*same), States(*white)), 1e-4);
}

TEST(WhiteStepper, LeavesNoiseAloneThatHasNoGoodInverse) {
  const GaussianKernel good = SomeKernel(4, 20, true);
  const auto is_white = [](const GaussianKernel& kernel) {
    EXPECT_EQ(MakeWhiteStepper(kernel)->StateCoordinates().from.size() > 0,
              WhitenNoise(kernel).has_value());
    return WhitenNoise(kernel).has_value();
  };
  EXPECT_TRUE(is_white(good));
  GaussianKernel wide = good;
  wide.noise = Eigen::MatrixXd(20, 25);
  wide.noise << good.noise, Eigen::MatrixXd::Ones(20, 5);
  EXPECT_FALSE(is_white(wide));
  GaussianKernel narrow = good;
  narrow.noise = Eigen::MatrixXd(good.noise.leftCols(7));
  EXPECT_FALSE(is_white(narrow));
  GaussianKernel silent = good;
  silent.noise.row(3).setZero();
  EXPECT_FALSE(is_white(silent));
  for (const bool triangular : {true, false}) {
    GaussianKernel nearly = good;
    nearly.noise.setOnes();
    nearly.noise.diagonal().array() += triangular ? 0 : 1e-4;
    if (triangular) nearly.noise = Eigen::MatrixXd(nearly.noise.triangularView<Eigen::Lower>());
    nearly.noise(19, 19) += triangular ? 1e-4 - 1 : 0;
    EXPECT_FALSE(is_white(nearly));
  }
}

}  // namespace
}  // namespace adamsde
