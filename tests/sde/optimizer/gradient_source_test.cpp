#include "sde/optimizer/gradient_source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "sde/ensemble/stepper.h"
#include "sde/problem/least_squares.h"
#include "sde/problem/logistic.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

constexpr Eigen::Index kDimension = 3;
constexpr Eigen::Index kSamples = 20;

LogisticLoss MakeLoss() {
  testing::RandomProblems random(5);
  Eigen::VectorXd labels(kSamples);
  for (Eigen::Index i = 0; i < kSamples; ++i) labels(i) = random.Uniform(0, 1) < 0.5 ? 0 : 1;
  return {random.Normal(kSamples, kDimension), labels, 0.1};
}

struct Moments {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
  double count;
};

/// Of the gradients of many steps of 64 chains that all stand at x.
Moments Collect(const GradientSource& source, const Eigen::VectorXd& x, std::uint64_t steps) {
  const auto block = source.Start(64);
  const Eigen::MatrixXd states = x.replicate(1, kBlockChains);
  Eigen::MatrixXd gradient(x.size(), kBlockChains);
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(x.size());
  Eigen::MatrixXd outer = Eigen::MatrixXd::Zero(x.size(), x.size());
  for (std::uint64_t step = 0; step < steps; ++step) {
    block->Evaluate(step, states, gradient);
    sum += gradient.rowwise().sum();
    outer += gradient * gradient.transpose();
  }
  const double count = static_cast<double>(steps * kBlockChains);
  const Eigen::VectorXd mean = sum / count;
  return {mean, outer / count - mean * mean.transpose(), count};
}

/// Mean and every entry of the covariance within 5 standard errors: a false alarm in 10⁵ or so
/// (12 numbers); `excess` is where the covariance must not agree.
void ExpectMoments(const Moments& found, const Eigen::VectorXd& mean, const Eigen::MatrixXd& c) {
  for (Eigen::Index i = 0; i < mean.size(); ++i) {
    EXPECT_NEAR(found.mean(i), mean(i), 5 * std::sqrt(c(i, i) / found.count));
    for (Eigen::Index j = 0; j < mean.size(); ++j) {
      // Minibatch gradients have less than a Gaussian's fourth moment times two.
      const double spread = std::sqrt(2 * (c(i, i) * c(j, j) + c(i, j) * c(i, j)) / found.count);
      EXPECT_NEAR(found.covariance(i, j), c(i, j), 5 * spread);
    }
  }
}

TEST(GradientSource, MinibatchesHaveTheEmpiricalNoise) {
  const LogisticLoss loss = MakeLoss();
  const Eigen::Vector3d x(0.4, -0.7, 0.2);
  for (const auto sampling : {MinibatchSampling::kReplacement, MinibatchSampling::kBatch}) {
    const auto source = MakeMinibatchGradients(
        loss, {.num_samples = kSamples, .batch_size = 8, .sampling = sampling, .seed = 4});
    const Moments found = Collect(*source, x, 1000);
    ExpectMoments(found, loss.Gradient(x), EmpiricalGradientNoise(loss, x, 8, sampling));
    // The finite-population factor 12/19 is far outside the error bars: the test would see it.
    const double ratio =
        EmpiricalGradientNoise(loss, x, 8, sampling).trace() /
        EmpiricalGradientNoise(loss, x, 8, MinibatchSampling::kReplacement).trace();
    EXPECT_NEAR(found.covariance.trace() /
                    EmpiricalGradientNoise(loss, x, 8, MinibatchSampling::kReplacement).trace(),
                ratio, 0.03);
  }
}

TEST(GradientSource, GaussianSamplesHaveTheNoiseOfTheCurrentPoint) {
  const LogisticLoss loss = MakeLoss();
  for (const double scale : {1.0, 0.25}) {
    const auto source = MakeGaussianSampleGradients(loss,
                                                    {.num_samples = kSamples,
                                                     .batch_size = 8,
                                                     .sampling = MinibatchSampling::kBatch,
                                                     .seed = 4},
                                                    scale);
    for (const Eigen::Vector3d& x : {Eigen::Vector3d(0.4, -0.7, 0.2), Eigen::Vector3d(3, 2, -4)}) {
      ExpectMoments(Collect(*source, x, 1000), loss.Gradient(x),
                    scale * EmpiricalGradientNoise(loss, x, 8, MinibatchSampling::kBatch));
    }
  }
}

TEST(GradientSource, QuadraticHasItsSlopeAndNoise) {
  testing::RandomProblems random(6);
  const QuadraticProblem problem = random.AnyNoise(kDimension, 20);
  const Eigen::Vector3d x(0.4, -0.7, 0.2);
  ExpectMoments(Collect(*MakeQuadraticGradients(problem, 3), x, 1000),
                problem.hessian * (x - problem.minimizer), problem.gradient_noise);
  ExpectMoments(Collect(*MakeQuadraticGradients(problem, 3, 4.0), x, 1000),
                problem.hessian * (x - problem.minimizer), 4 * problem.gradient_noise);
}

/// At a point: the same numbers as chains that stand there, wherever x is.
TEST(GradientSource, AtAPointIsThatOfChainsThere) {
  const LogisticLoss loss = MakeLoss();
  testing::RandomProblems random(6);
  const MinibatchOptions options{.num_samples = kSamples, .batch_size = 8, .seed = 4};
  const std::unique_ptr<GradientSource> sources[] = {
      MakeMinibatchGradients(loss, options), MakeGaussianSampleGradients(loss, options, 0.25),
      MakeQuadraticGradients(random.AnyNoise(kDimension, 20), 3)};
  const Eigen::Vector3d point(0.4, -0.7, 0.2);
  const Eigen::MatrixXd there = point.replicate(1, kBlockChains);
  const Eigen::MatrixXd elsewhere = Eigen::MatrixXd::Ones(kDimension, kBlockChains);
  Eigen::MatrixXd expected(kDimension, kBlockChains);
  Eigen::MatrixXd found(kDimension, kBlockChains);
  for (const auto& source : sources) {
    const std::unique_ptr<GradientSource> fixed = source->At(point);
    for (const std::uint64_t step : {0, 5}) {
      source->Start(64)->Evaluate(step, there, expected);
      fixed->Start(64)->Evaluate(step, elsewhere, found);
      EXPECT_LE((found - expected).norm(), 1e-14 * expected.norm());
      fixed->At(elsewhere.col(0))->Start(64)->Evaluate(step, elsewhere, found);
      EXPECT_LE((found - expected).norm(), 1e-14 * expected.norm()) << "once fixed, for good";
      source->Start(64)->Evaluate(step, elsewhere, expected);
      EXPECT_GT((found - expected).norm(), 0.1 * expected.norm());
    }
  }
}

/// A chain's gradient depends on its own number, step and state only.
TEST(GradientSource, ChainsDoNotSeeEachOther) {
  const LogisticLoss loss = MakeLoss();
  const auto source =
      MakeGaussianSampleGradients(loss, {.num_samples = kSamples, .batch_size = 8, .seed = 4});
  Eigen::MatrixXd x = Eigen::MatrixXd::Zero(kDimension, kBlockChains);
  Eigen::MatrixXd first(kDimension, kBlockChains);
  Eigen::MatrixXd second(kDimension, kBlockChains);
  source->Start(0)->Evaluate(7, x, first);
  x.col(3).setOnes();
  source->Start(0)->Evaluate(7, x, second);
  EXPECT_EQ(first.leftCols(3), second.leftCols(3));
  EXPECT_EQ(first.rightCols(60), second.rightCols(60));
  EXPECT_NE(first.col(3), second.col(3));
}

}  // namespace
}  // namespace adamsde
