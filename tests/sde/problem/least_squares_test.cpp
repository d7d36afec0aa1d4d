#include "sde/problem/least_squares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/support/longley.h"
#include "tests/support/loss_checks.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

LeastSquaresLoss LongleyLoss(double ridge = 0) {
  const Dataset data = testing::Longley();
  return {DesignMatrix(data, {}), NumericTargets(data), ridge};
}

TEST(LeastSquares, ReproducesNistsCertifiedLongleyToNineDigits) {
  const LeastSquaresLoss loss = LongleyLoss();
  const Eigen::VectorXd x = loss.Minimizer();
  ASSERT_EQ(x.size(), 7);
  for (Eigen::Index i = 0; i < 7; ++i) {
    const double certified = testing::kLongleyCertified[static_cast<std::size_t>(i)];
    EXPECT_NEAR(x(i), certified, 1e-9 * std::abs(certified)) << i;
  }
  const double deviation = std::sqrt(loss.Value(x) * 2 * 16 / 9);
  EXPECT_NEAR(deviation, testing::kLongleyResidualDeviation, 1e-9 * deviation);
}

TEST(LeastSquares, DerivativesAreThoseOfTheValue) {
  testing::RandomProblems random(51);
  const LeastSquaresLoss loss(random.Normal(20, 4), random.Normal(20, 1), 0.3);
  testing::ExpectConsistentDerivatives(loss, random.Normal(4, 1));
}

TEST(LeastSquares, MinimizerHasZeroGradient) {
  testing::RandomProblems random(52);
  for (const double ridge : {0.0, 0.1}) {
    const LeastSquaresLoss loss(random.Normal(30, 5), random.Normal(30, 1), ridge);
    EXPECT_LT(loss.Gradient(loss.Minimizer()).norm(), 1e-14);
  }
}

TEST(LeastSquares, RankDeficientNeedsRidge) {
  Eigen::MatrixXd a(4, 2);
  a << 1, 2, 2, 4, 3, 6, 4, 8;
  const Eigen::Vector4d y(1, 2, 3, 5);
  try {
    (void)LeastSquaresLoss(a, y, 0).Minimizer();
    FAIL() << "found a minimizer that is not unique";
  } catch (const std::domain_error& error) {
    EXPECT_NE(std::string(error.what()).find("rank 1"), std::string::npos) << error.what();
  }
  const LeastSquaresLoss ridged(a, y, 1e-3);
  EXPECT_LT(ridged.Gradient(ridged.Minimizer()).norm(), 1e-13);
}

TEST(LeastSquares, RefusesBadData) {
  EXPECT_THROW(LeastSquaresLoss(Eigen::MatrixXd::Ones(3, 2), Eigen::VectorXd::Ones(2), 0),
               std::invalid_argument);
  EXPECT_THROW(LeastSquaresLoss(Eigen::MatrixXd::Ones(3, 2), Eigen::VectorXd::Ones(3), -1),
               std::invalid_argument);
  EXPECT_THROW(LeastSquaresLoss(Eigen::MatrixXd(0, 2), Eigen::VectorXd(0), 0),
               std::invalid_argument);
}

/// All batches of b indices in order, with or without repeats.
void EnumerateBatches(int n, int b, bool repeats, std::vector<Eigen::Index>& batch,
                      const std::function<void(const std::vector<Eigen::Index>&)>& visit) {
  if (static_cast<int>(batch.size()) == b) {
    visit(batch);
    return;
  }
  for (Eigen::Index i = 0; i < n; ++i) {
    if (!repeats && std::find(batch.begin(), batch.end(), i) != batch.end()) continue;
    batch.push_back(i);
    EnumerateBatches(n, b, repeats, batch, visit);
    batch.pop_back();
  }
}

TEST(EmpiricalGradientNoise, IsTheCovarianceOverAllBatches) {
  testing::RandomProblems random(53);
  const LeastSquaresLoss loss(random.Normal(5, 2), random.Normal(5, 1), 0.2);
  const Eigen::VectorXd x = random.Normal(2, 1);
  const Eigen::MatrixXd g = loss.SampleGradients(x);
  for (const MinibatchSampling sampling :
       {MinibatchSampling::kReplacement, MinibatchSampling::kBatch}) {
    Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
    double count = 0;
    std::vector<Eigen::Index> batch;
    const Eigen::RowVector2d mean = g.colwise().mean();
    EnumerateBatches(5, 3, sampling == MinibatchSampling::kReplacement, batch,
                     [&](const std::vector<Eigen::Index>& rows) {
                       const Eigen::RowVector2d deviation =
                           g(rows, Eigen::all).colwise().mean() - mean;
                       covariance += deviation.transpose() * deviation;
                       ++count;
                     });
    const Eigen::MatrixXd c = EmpiricalGradientNoise(loss, x, 3, sampling);
    EXPECT_LE((c - covariance / count).norm(), 1e-14 * c.norm());
  }
}

TEST(EmpiricalGradientNoise, RefusesWhatNoCovarianceDescribes) {
  testing::RandomProblems random(54);
  const LeastSquaresLoss loss(random.Normal(5, 2), random.Normal(5, 1), 0);
  const Eigen::VectorXd x = Eigen::VectorXd::Zero(2);
  EXPECT_THROW((void)EmpiricalGradientNoise(loss, x, 2, MinibatchSampling::kEpoch),
               std::domain_error);
  EXPECT_THROW((void)EmpiricalGradientNoise(loss, x, 6, MinibatchSampling::kBatch),
               std::invalid_argument);
  EXPECT_LT(EmpiricalGradientNoise(loss, x, 5, MinibatchSampling::kBatch).norm(), 1e-15)
      << "the full batch has no noise";
}

}  // namespace
}  // namespace adamsde
