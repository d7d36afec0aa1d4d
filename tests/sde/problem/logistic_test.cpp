#include "sde/problem/logistic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/loss_checks.h"
#include "tests/support/random_problem.h"
#include "tests/support/shared_data.h"

namespace adamsde {
namespace {

Eigen::VectorXd RandomLabels(testing::RandomProblems& random, Eigen::Index n) {
  return random.Normal(n, 1).unaryExpr([](double z) { return z > 0 ? 1.0 : 0.0; });
}

void ExpectSeparable(const LogisticLoss& loss) {
  try {
    (void)loss.Minimizer();
    FAIL() << "found a minimizer of separable classes";
  } catch (const std::domain_error& error) {
    EXPECT_NE(std::string(error.what()).find("separates the classes"), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("--ridge"), std::string::npos);
  }
}

TEST(Logistic, DerivativesAreThoseOfTheValue) {
  testing::RandomProblems random(61);
  const LogisticLoss loss(random.Normal(25, 3), RandomLabels(random, 25), 0.05);
  testing::ExpectConsistentDerivatives(loss, random.Normal(3, 1));
}

TEST(Logistic, ValueIsFiniteFarOut) {
  const LogisticLoss loss(Eigen::MatrixXd::Constant(1, 1, 1e4), Eigen::VectorXd::Ones(1), 0);
  EXPECT_DOUBLE_EQ(loss.Value(Eigen::VectorXd::Constant(1, -1)), 1e4);
  EXPECT_DOUBLE_EQ(loss.Value(Eigen::VectorXd::Constant(1, 1)), 0);
}

TEST(Logistic, MinimizerHasZeroGradient) {
  testing::RandomProblems random(62);
  for (int i = 0; i < 20; ++i) {
    const double ridge = i % 2 == 0 ? 0 : random.LogUniform(1e-6, 1);
    Eigen::MatrixXd a = random.Normal(200, 4);
    a.col(1) *= 1e4;  // badly scaled columns
    const LogisticLoss loss(a, RandomLabels(random, 200), ridge);
    const Eigen::VectorXd gradient = loss.Gradient(loss.Minimizer());
    const Eigen::VectorXd scale = a.cwiseAbs().colwise().mean().transpose();
    EXPECT_LT(gradient.cwiseQuotient(scale).norm(), 1e-13) << i;
  }
}

TEST(Logistic, TwoByTwoTableHasTheLogOddsAsMinimizer) {
  // 3 of 4 positive at a = 0 (intercept only) and 1 of 4 at a = 1: closed form.
  Eigen::MatrixXd a(8, 2);
  a << 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1;
  Eigen::VectorXd y(8);
  y << 1, 1, 1, 0, 1, 0, 0, 0;
  const Eigen::VectorXd x = LogisticLoss(a, y, 0).Minimizer();
  EXPECT_NEAR(x(1), std::log(3.0), 1e-14);
  EXPECT_NEAR(x(0), -2 * std::log(3.0), 1e-14);
}

TEST(Logistic, SeparableClassesHaveNoMinimizer) {
  Eigen::MatrixXd a(6, 2);
  a << -3, 1, -2, 1, -1, 1, 1, 1, 2, 1, 3, 1;
  Eigen::VectorXd y(6);
  y << 0, 0, 0, 1, 1, 1;
  ExpectSeparable(LogisticLoss(a, y, 0));
  EXPECT_NO_THROW((void)LogisticLoss(a, y, 1e-6).Minimizer());
}

TEST(Logistic, QuasiSeparableClassesHaveNoMinimizer) {
  // Both classes at a = 0, apart elsewhere: F falls along a for ever, though not to zero.
  Eigen::MatrixXd a(6, 2);
  a << -2, 1, -1, 1, 0, 1, 0, 1, 1, 1, 2, 1;
  Eigen::VectorXd y(6);
  y << 0, 0, 0, 1, 1, 1;
  ExpectSeparable(LogisticLoss(a, y, 0));
  // The twin: one point across the border, and there is a minimizer.
  y(1) = 1;
  y(2) = 0;
  Eigen::MatrixXd crossed = a;
  EXPECT_NO_THROW((void)LogisticLoss(crossed, y, 0).Minimizer());
}

TEST(Logistic, AlmostSeparableClassesHaveOne) {
  // One sample in 400 on the wrong side: a large but finite minimizer.
  testing::RandomProblems random(63);
  Eigen::MatrixXd a = Eigen::MatrixXd::Ones(400, 2);
  Eigen::VectorXd y(400);
  for (Eigen::Index i = 0; i < 400; ++i) {
    a(i, 0) = (static_cast<double>(i) - 199.5) / 100;
    y(i) = i >= 200 ? 1 : 0;
  }
  std::swap(y(199), y(200));
  const LogisticLoss loss(a, y, 0);
  EXPECT_LT(loss.Gradient(loss.Minimizer()).norm(), 1e-13);
}

TEST(Logistic, RankDeficientFeatures) {
  testing::RandomProblems random(64);
  Eigen::MatrixXd a = random.Normal(50, 3);
  a.col(2) = a.col(0) + a.col(1);
  const LogisticLoss loss(a, RandomLabels(random, 50), 0);
  EXPECT_THROW((void)loss.Minimizer(), std::domain_error);
}

TEST(Logistic, RefusesOtherLabels) {
  EXPECT_THROW(LogisticLoss(Eigen::MatrixXd::Ones(2, 1), Eigen::Vector2d(0, 2), 0),
               std::invalid_argument);
}

TEST(LogisticOnData, SonarIsSeparableAndRidgeMendsIt) {
  const auto data = testing::SharedDataset("sonar.csv");
  if (!data) GTEST_SKIP() << "sonar.csv is not there (ADAMSDE_SHARED_DATA names its folder)";
  ASSERT_EQ(data->features.rows(), 208);
  ASSERT_EQ(data->features.cols(), 60);
  EXPECT_EQ(Classes(*data), (std::vector<std::string>{"M", "R"}));
  const Eigen::MatrixXd a = DesignMatrix(*data, {});
  const Eigen::VectorXd y = BinaryLabels(*data, "");
  EXPECT_EQ(y.sum(), 97) << "rocks";
  ExpectSeparable(LogisticLoss(a, y, 0));
  const LogisticLoss ridged(a, y, 1e-3);
  EXPECT_LT(ridged.Gradient(ridged.Minimizer()).norm(), 1e-14);
}

TEST(LogisticOnData, WineOneClassAgainstTheRest) {
  const auto data = testing::SharedDataset("wine.csv");
  if (!data) GTEST_SKIP() << "wine.csv is not there (ADAMSDE_SHARED_DATA names its folder)";
  ASSERT_EQ(data->features.rows(), 178);
  EXPECT_THROW((void)BinaryLabels(*data, ""), std::invalid_argument);
  const Eigen::VectorXd y = BinaryLabels(*data, "2");
  EXPECT_EQ(y.sum(), 71);
  const LogisticLoss loss(DesignMatrix(*data, {.standardize = true}), y, 1e-2);
  EXPECT_LT(loss.Gradient(loss.Minimizer()).norm(), 1e-14);
}

TEST(LogisticOnData, OptdigitsHeaderLineIsRecognized) {
  const auto data = testing::SharedDataset("optdigits.tes");
  if (!data) GTEST_SKIP() << "optdigits.tes is not there (ADAMSDE_SHARED_DATA names its folder)";
  EXPECT_EQ(data->features.rows(), 1797);
  EXPECT_EQ(data->features.cols(), 64);
  EXPECT_EQ(Classes(*data).size(), 10U);
}

}  // namespace
}  // namespace adamsde
