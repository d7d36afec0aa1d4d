#include "sde/problem/softmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <string>

#include "sde/problem/logistic.h"
#include "tests/support/loss_checks.h"
#include "tests/support/random_problem.h"
#include "tests/support/shared_data.h"

namespace adamsde {
namespace {

std::vector<Eigen::Index> RandomClasses(testing::RandomProblems& random, Eigen::Index n,
                                        Eigen::Index classes) {
  std::vector<Eigen::Index> labels(static_cast<std::size_t>(n));
  for (Eigen::Index& label : labels) {
    label = std::min(classes - 1, static_cast<Eigen::Index>(random.Uniform(0, 1) *
                                                            static_cast<double>(classes)));
  }
  return labels;
}

void ExpectSeparable(const SoftmaxLoss& loss) {
  try {
    (void)loss.Minimizer();
    FAIL() << "found a minimizer of separable classes";
  } catch (const std::domain_error& error) {
    EXPECT_NE(std::string(error.what()).find("separate the classes"), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("--ridge"), std::string::npos);
  }
}

TEST(Softmax, DerivativesAreThoseOfTheValue) {
  testing::RandomProblems random(71);
  const SoftmaxLoss loss(random.Normal(25, 3), RandomClasses(random, 25, 4), 4, 0.05);
  ASSERT_EQ(loss.Dimension(), 9);
  testing::ExpectConsistentDerivatives(loss, random.Normal(9, 1));
}

TEST(Softmax, ValueAndGradientToFiftyDigits) {
  using Real = boost::multiprecision::cpp_bin_float_50;
  testing::RandomProblems random(72);
  const Eigen::Index n = 12;
  const Eigen::Index p = 3;
  const Eigen::Index classes = 4;
  const Eigen::MatrixXd a = random.Normal(n, p);
  const std::vector<Eigen::Index> labels = RandomClasses(random, n, classes);
  const double ridge = 0.01;
  const SoftmaxLoss loss(a, labels, classes, ridge);
  for (const double scale : {0.1, 1.0, 30.0}) {  // 30: probabilities down to 1e-50
    const Eigen::VectorXd x = scale * random.Normal(p * (classes - 1), 1);
    Real value = 0;
    std::vector<Real> gradient(static_cast<std::size_t>(x.size()), 0);
    for (Eigen::Index i = 0; i < n; ++i) {
      std::vector<Real> e(static_cast<std::size_t>(classes), 1);
      Real sum = 1;
      for (Eigen::Index k = 0; k + 1 < classes; ++k) {
        Real z = 0;  // x[k·p + j]: feature j, class k
        for (Eigen::Index j = 0; j < p; ++j) z += Real(a(i, j)) * Real(x(k * p + j));
        sum += e[static_cast<std::size_t>(k)] = exp(z);
      }
      const Eigen::Index label = labels[static_cast<std::size_t>(i)];
      value += log(sum / e[static_cast<std::size_t>(label)]) / n;
      for (Eigen::Index k = 0; k + 1 < classes; ++k) {
        const Real residual = e[static_cast<std::size_t>(k)] / sum - (k == label ? 1 : 0);
        for (Eigen::Index j = 0; j < p; ++j) {
          gradient[static_cast<std::size_t>(k * p + j)] += residual * Real(a(i, j)) / n;
        }
      }
    }
    for (Eigen::Index j = 0; j < x.size(); ++j) {
      value += Real(ridge) / 2 * Real(x(j)) * Real(x(j));
      gradient[static_cast<std::size_t>(j)] += Real(ridge) * Real(x(j));
    }
    EXPECT_NEAR(loss.Value(x), static_cast<double>(value), 1e-14 * static_cast<double>(value));
    const Eigen::VectorXd g = loss.Gradient(x);
    for (Eigen::Index j = 0; j < x.size(); ++j) {
      EXPECT_NEAR(g(j), static_cast<double>(gradient[static_cast<std::size_t>(j)]),
                  1e-15 * (10 + scale));
    }
  }
}

TEST(Softmax, TwoClassesAreLogistic) {
  // The reference is the last class: class 0 against it is the logistic loss of "label 0".
  testing::RandomProblems random(73);
  const Eigen::MatrixXd a = random.Normal(60, 4);
  const std::vector<Eigen::Index> labels = RandomClasses(random, 60, 2);
  Eigen::VectorXd first(60);
  for (Eigen::Index i = 0; i < 60; ++i) first(i) = labels[static_cast<std::size_t>(i)] == 0 ? 1 : 0;
  const SoftmaxLoss softmax(a, labels, 2, 0.02);
  const LogisticLoss logistic(a, first, 0.02);
  const Eigen::VectorXd x = random.Normal(4, 1);
  EXPECT_NEAR(softmax.Value(x), logistic.Value(x), 1e-15);
  EXPECT_LT((softmax.Gradient(x) - logistic.Gradient(x)).norm(), 1e-15);
  EXPECT_LT((softmax.Hessian(x) - logistic.Hessian(x)).norm(), 1e-15);
  EXPECT_LT((softmax.SampleGradients(x) - logistic.SampleGradients(x)).norm(), 1e-14);
  EXPECT_LT((softmax.Minimizer() - logistic.Minimizer()).norm(), 1e-13);
}

TEST(Softmax, InterceptsAloneReproduceTheFrequencies) {
  // Closed form: w_k = log(count_k / count_reference).
  const SoftmaxLoss loss(Eigen::MatrixXd::Ones(7, 1), {0, 1, 1, 2, 2, 2, 2}, 3, 0);
  const Eigen::VectorXd x = loss.Minimizer();
  EXPECT_NEAR(x(0), std::log(1.0 / 4), 1e-14);
  EXPECT_NEAR(x(1), std::log(2.0 / 4), 1e-14);
}

TEST(Softmax, MinimizerHasZeroGradientBothWays) {
  testing::RandomProblems random(74);
  for (int i = 0; i < 8; ++i) {
    const double ridge = i % 2 == 0 ? 0 : random.LogUniform(1e-5, 1);
    Eigen::MatrixXd a = random.Normal(300, 4);
    a.col(1) *= 1e3;  // badly scaled
    const SoftmaxLoss loss(a, RandomClasses(random, 300, 3), 3, ridge);
    const Eigen::VectorXd scale = a.cwiseAbs().colwise().mean().transpose().replicate(2, 1);
    for (const Eigen::Index largest_dense : {Eigen::Index{100}, Eigen::Index{0}}) {
      const Eigen::VectorXd x = loss.Minimizer(largest_dense);
      EXPECT_LT(loss.Gradient(x).cwiseQuotient(scale).norm(), 1e-14) << i << " " << largest_dense;
    }
  }
}

TEST(Softmax, SeparableClassesHaveNoMinimizer) {
  Eigen::MatrixXd a(6, 2);
  a << -3, 1, -2, 1, -0.5, 1, 0.5, 1, 2, 1, 3, 1;
  ExpectSeparable(SoftmaxLoss(a, {0, 0, 1, 1, 2, 2}, 3, 0));
  EXPECT_NO_THROW((void)SoftmaxLoss(a, {0, 0, 1, 1, 2, 2}, 3, 1e-6).Minimizer());
  // A class that never occurs is separable too: its probability falls for ever.
  ExpectSeparable(SoftmaxLoss(a, {0, 1, 0, 1, 0, 1}, 3, 0));
}

TEST(Softmax, QuasiSeparableClassesHaveNoMinimizer) {
  // Classes 0 and 1 share a = 0; class 2 mixes with neither.
  Eigen::MatrixXd a(9, 2);
  a << -2, 1, -1, 1, 0, 1, 0, 1, 1, 1, 2, 1, 5, 1, 6, 1, 7, 1;
  ExpectSeparable(SoftmaxLoss(a, {0, 0, 0, 1, 1, 1, 2, 2, 2}, 3, 0));
  // The twin: every class has a member inside another's range.
  EXPECT_NO_THROW((void)SoftmaxLoss(a, {0, 1, 2, 0, 1, 2, 1, 0, 2}, 3, 0).Minimizer());
}

TEST(Softmax, RankDeficientFeatures) {
  testing::RandomProblems random(75);
  Eigen::MatrixXd a = random.Normal(50, 3);
  a.col(2) = a.col(0) + a.col(1);
  EXPECT_THROW((void)SoftmaxLoss(a, RandomClasses(random, 50, 3), 3, 0).Minimizer(),
               std::domain_error);
}

TEST(Softmax, RefusesOtherLabels) {
  const Eigen::MatrixXd a = Eigen::MatrixXd::Ones(2, 1);
  EXPECT_THROW(SoftmaxLoss(a, {0, 3}, 3, 0), std::invalid_argument);
  EXPECT_THROW(SoftmaxLoss(a, {0, -1}, 3, 0), std::invalid_argument);
  EXPECT_THROW(SoftmaxLoss(a, {0, 0}, 1, 0), std::invalid_argument);
  EXPECT_THROW(SoftmaxLoss(a, {0}, 3, 0), std::invalid_argument);
}

TEST(Softmax, AccuracyCountsTheMostProbableClass) {
  // Logits (2a, a, 0): class 0 where a > 0, class 2 where a < 0, nobody where a = 0.
  const SoftmaxLoss loss(Eigen::Vector4d(1, -1, 1, 0), {0, 2, 1, 2}, 3, 0.1);
  EXPECT_EQ(loss.Accuracy(Eigen::Vector2d(2, 1)), 0.5);
  const LogisticLoss logistic(Eigen::Vector4d(1, -1, 1, 1), Eigen::Vector4d(1, 0, 0, 1), 0.1);
  EXPECT_EQ(logistic.Accuracy(Eigen::VectorXd::Ones(1)), 0.75);
}

TEST(SoftmaxOnData, OptdigitsBothWays) {
  const auto data = testing::SharedDataset("optdigits.tra");
  if (!data) GTEST_SKIP() << "optdigits.tra is not there (ADAMSDE_SHARED_DATA names its folder)";
  std::vector<Eigen::Index> labels;
  for (const std::string& name : data->targets) labels.push_back(std::stol(name));
  const SoftmaxLoss loss(DesignMatrix(*data, {}), labels, 10, 1e-2);
  ASSERT_EQ(loss.Dimension(), 585);
  const Eigen::VectorXd dense = loss.Minimizer();
  // Rounding of the gradient: features up to 16 and n = 3,823 terms of either sign.
  EXPECT_LT(loss.Gradient(dense).norm(), 1e-13);
  const Eigen::VectorXd truncated = loss.Minimizer(0);
  EXPECT_LT(loss.Gradient(truncated).norm(), 1e-13);
  EXPECT_LT((dense - truncated).norm(), 1e-11 * dense.norm());
}

}  // namespace
}  // namespace adamsde
