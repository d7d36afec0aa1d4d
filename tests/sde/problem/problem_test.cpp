// Datasets, quadratics, preconditioners and hyperparameters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>

#include "sde/problem/dataset.h"
#include "sde/problem/preconditioner.h"
#include "sde/problem/quadratic.h"
#include "sde/problem/symmetric_eigen.h"
#include "sde/process/modal_system.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::Throws;

template <typename Error>
auto ThrowsNaming(const std::string& part) {
  return Throws<Error>(Property(&Error::what, HasSubstr(part)));
}

Dataset SmallDataset() {
  Dataset data;
  data.features.resize(3, 2);
  data.features << 1, 7, 2, 7, 6, 7;
  data.feature_names = {"a", "constant"};
  data.targets = {"no", "yes", "maybe"};
  data.target_name = "answer";
  return data;
}

TEST(Dataset, StandardizesByThePopulationAndPutsTheInterceptLast) {
  const Eigen::MatrixXd x = DesignMatrix(SmallDataset(), {.standardize = true});
  ASSERT_EQ(x.cols(), 3);
  EXPECT_NEAR(x.col(0).mean(), 0, 1e-16);
  EXPECT_NEAR(x.col(0).squaredNorm() / 3, 1, 1e-15);
  EXPECT_EQ(x.col(1).norm(), 0) << "a constant column stays at zero";
  EXPECT_EQ(x.col(2), Eigen::Vector3d::Ones());
  EXPECT_EQ(DesignMatrix(SmallDataset(), {.intercept = false}), SmallDataset().features);
}

TEST(Dataset, LabelsByName) {
  Dataset data = SmallDataset();
  EXPECT_THAT([&] { (void)BinaryLabels(data, ""); },
              ThrowsNaming<std::invalid_argument>("maybe, no, yes"));
  EXPECT_THAT([&] { (void)BinaryLabels(data, "never"); },
              ThrowsNaming<std::invalid_argument>("never"));
  EXPECT_EQ(BinaryLabels(data, "maybe"), Eigen::Vector3d(0, 0, 1));
  data.targets = {"b", "a", "b"};
  EXPECT_EQ(BinaryLabels(data, ""), Eigen::Vector3d(1, 0, 1)) << "the last by name is positive";
  data.targets = {"b", "b", "b"};
  EXPECT_THAT([&] { (void)BinaryLabels(data, ""); },
              ThrowsNaming<std::invalid_argument>("single class"));
}

TEST(Dataset, NumericTargetsNameTheRow) {
  Dataset data = SmallDataset();
  data.targets = {"1", "+2.5", "x"};
  EXPECT_THAT([&] { (void)NumericTargets(data); },
              ThrowsNaming<std::invalid_argument>("row 3 is 'x'"));
  data.targets[2] = "-3e2";
  EXPECT_EQ(NumericTargets(data), Eigen::Vector3d(1, 2.5, -300));
}

TEST(SymmetricPsd, MessagesSayHowMuch) {
  Eigen::Matrix2d x;
  x << 1, 0.5, 0.25, 1;
  EXPECT_THAT(
      [&] { (void)SymmetricPsd(x, "hessian"); },
      ThrowsNaming<std::invalid_argument>("hessian is not symmetric (max |X - X^T| is 0.25"));
  x << 1, 2, 2, 1;
  EXPECT_THAT([&] { (void)SymmetricPsd(x, "hessian"); },
              ThrowsNaming<std::invalid_argument>("eigenvalue -1"));
  EXPECT_THAT([&] { (void)SymmetricPsd(Eigen::MatrixXd::Zero(2, 3), "hessian"); },
              ThrowsNaming<std::invalid_argument>("2x3"));
  x(0, 1) = x(1, 0) = NAN;
  EXPECT_THAT([&] { (void)SymmetricPsd(x, "hessian"); },
              ThrowsNaming<std::invalid_argument>("nan at row 2, column 1"));
}

TEST(SymmetricPsd, TolerancesAreThePromisedOnes) {
  Eigen::Matrix2d x;
  x << 1, 0.5, 0.5 + 5e-13, 1;
  EXPECT_EQ(SymmetricPsd(x, "h")(0, 1), SymmetricPsd(x, "h")(1, 0));
  x(1, 0) = 0.5 + 5e-12;
  EXPECT_THROW((void)SymmetricPsd(x, "h"), std::invalid_argument);
  EXPECT_NO_THROW((void)SymmetricPsd(x, "h", kFloat32Tolerance));
  const Eigen::Matrix2d slightly = Eigen::Vector2d(1, -5e-11).asDiagonal();
  EXPECT_GE(SymmetricEigenvalues(SymmetricPsd(slightly, "h"))(0), 0);
  const Eigen::Matrix2d clearly = Eigen::Vector2d(1, -5e-10).asDiagonal();
  EXPECT_THROW((void)SymmetricPsd(clearly, "h"), std::invalid_argument);
}

TEST(Preconditioner, KindsAreTheTheorys) {
  testing::RandomProblems random(71);
  Hyperparameters hyper;
  hyper.delta = 1e-3;
  const QuadraticProblem problem = random.AnyNoise(4, 10);
  const auto diagonal = [&](PreconditionerKind kind) {
    return Eigen::VectorXd(MakePreconditioner(kind, problem, hyper).Matrix().diagonal());
  };
  for (Eigen::Index i = 0; i < 4; ++i) {
    EXPECT_DOUBLE_EQ(diagonal(PreconditionerKind::kLemma5)(i),
                     1 / std::sqrt(problem.hessian(i, i)));
    EXPECT_NEAR(diagonal(PreconditionerKind::kMinibatch)(i),
                1 / std::sqrt(problem.gradient_noise(i, i) + 1e-3), 1e-14);
    EXPECT_EQ(diagonal(PreconditionerKind::kIdentity)(i), 1);
  }
  QuadraticProblem flat = problem;
  flat.hessian.row(2).setZero();
  flat.hessian.col(2).setZero();
  EXPECT_THAT([&] { (void)MakePreconditioner(PreconditionerKind::kLemma5, flat, hyper); },
              ThrowsNaming<std::domain_error>("i = 3"));
}

TEST(Preconditioner, FullMatrixHasItsRoot) {
  testing::RandomProblems random(72);
  const Eigen::MatrixXd q = random.Spd(5, 100);
  const Preconditioner p = Preconditioner::Full(q);
  const Eigen::MatrixXd x = random.Normal(5, 3);
  EXPECT_LE((p.Times(x) - q * x).norm(), 1e-13);
  EXPECT_LE((p.RootTimes(p.RootTimes(x)) - q * x).norm(), 1e-13);
  EXPECT_LE((p.InverseRootTimes(p.RootTimes(x)) - x).norm(), 1e-12);
  EXPECT_NEAR(p.LogDet(), SymmetricEigenvalues(q).array().log().sum(), 1e-12);
  EXPECT_THROW((void)Preconditioner::Diagonal(Eigen::Vector2d(1, 0)), std::invalid_argument);
  EXPECT_THROW((void)Preconditioner::Full(Eigen::Matrix2d::Ones()), std::invalid_argument);
}

TEST(Hyperparameters, EachFieldIsNamed) {
  const auto message = [](auto change) {
    Hyperparameters hyper;
    change(hyper);
    return [hyper] { Validate(hyper); };
  };
  using H = Hyperparameters;
  EXPECT_THAT(message([](H& h) { h.learning_rate = 0; }),
              ThrowsNaming<std::invalid_argument>("learning-rate = 0"));
  EXPECT_THAT(message([](H& h) { h.weight_decay = -1; }),
              ThrowsNaming<std::invalid_argument>("weight-decay = -1"));
  EXPECT_THAT(message([](H& h) { h.batch_size = 0; }),
              ThrowsNaming<std::invalid_argument>("batch-size = 0"));
  EXPECT_THAT(message([](H& h) { h.beta1 = 1.5; }),
              ThrowsNaming<std::invalid_argument>("beta1 = 1.5"));
  EXPECT_THAT(message([](H& h) { h.beta2 = 0; }), ThrowsNaming<std::invalid_argument>("beta2 = 0"));
  EXPECT_THAT(message([](H& h) { h.delta = NAN; }),
              ThrowsNaming<std::invalid_argument>("delta = nan"));
  EXPECT_NO_THROW(message([](H&) {})());
}

TEST(ModalSystem, MeanIsTheTheorysFormula) {
  testing::RandomProblems random(73);
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    Hyperparameters hyper;
    hyper.optimizer = optimizer;
    hyper.weight_decay = 0.3;
    const QuadraticProblem p = random.AnyNoise(4, 20);
    const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, p, hyper);
    const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(4, 4);
    const Eigen::MatrixXd qh = q.Times(p.hessian);
    const Eigen::VectorXd c =
        optimizer == OptimizerKind::kAdamW
            ? Eigen::VectorXd((qh + 0.3 * identity).lu().solve(qh * p.minimizer))
            : Eigen::VectorXd((p.hessian + 0.3 * identity).lu().solve(p.hessian * p.minimizer));
    EXPECT_LE((MakeModalSystem(p, hyper, q).center - c).norm(), 1e-13 * c.norm());
    EXPECT_LE((StationaryMean(p, hyper, q) - c).norm(), 1e-13 * c.norm());
  }
}

TEST(ModalSystem, NoiseIsDiagonalExactlyForThePapersNoise) {
  testing::RandomProblems random(74);
  Hyperparameters hyper;
  const QuadraticProblem paper = random.PaperNoise(5, 10, hyper);
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, paper, hyper);
  EXPECT_TRUE(MakeModalSystem(paper, hyper, q).noise_is_diagonal);
  hyper.batch_size *= 2;
  EXPECT_FALSE(MakeModalSystem(paper, hyper, q).noise_is_diagonal);
  hyper.batch_size /= 2;
  hyper.optimizer = OptimizerKind::kL2Adam;
  EXPECT_FALSE(MakeModalSystem(paper, hyper, q).noise_is_diagonal);
}

}  // namespace
}  // namespace adamsde
