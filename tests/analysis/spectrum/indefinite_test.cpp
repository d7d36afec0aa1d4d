// What an indefinite Hessian, a trained network's, needs: diagonals by probes, policies.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "analysis/spectrum/hutchinson.h"
#include "analysis/spectrum/matrix_free_bound.h"
#include "tests/support/block_operator.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

Eigen::MatrixXd Indefinite(testing::RandomProblems& random, Eigen::Index d) {
  const Eigen::MatrixXd a = random.Normal(d, d);
  return (a + a.transpose()) / std::sqrt(8.0 * static_cast<double>(d));
}

TEST(EstimateDiagonal, OfADiagonalMatrixIsExact) {
  const Eigen::VectorXd values = Eigen::VectorXd::LinSpaced(9, -2, 3);
  const Eigen::MatrixXd a = values.asDiagonal();
  const DiagonalEstimate estimate = EstimateDiagonal(testing::Times(a), 9, 3, 1);
  EXPECT_LT((estimate.value - values).norm(), 1e-14);
  EXPECT_LT(estimate.standard_error.norm(), 1e-7);
  EXPECT_TRUE(std::isnan(EstimateDiagonal(testing::Times(a), 9, 1, 1).standard_error(0)));
  EXPECT_THROW((void)EstimateDiagonal(testing::Times(a), 9, 0, 1), std::invalid_argument);
}

// z² of 400 entries, nearly independent: mean 1 with standard deviation √(2/400) = 0.07 (a little
// more for t with 199 degrees of freedom). Its power: errors 20 % too small give 1.44.
TEST(EstimateDiagonal, ErrorsAreAsStated) {
  testing::RandomProblems random(7);
  const Eigen::MatrixXd a = Indefinite(random, 400);
  const DiagonalEstimate estimate = EstimateDiagonal(testing::Times(a), 400, 200, 3);
  const Eigen::ArrayXd z =
      (estimate.value - a.diagonal()).array() / estimate.standard_error.array();
  EXPECT_NEAR(z.square().mean(), 1, 0.3);
}

/// err of the formulas with |θ| (or raised) in place of θ, from the eigenvectors.
double DenseErr(const Eigen::MatrixXd& a, const Eigen::VectorXd& q, const Hyperparameters& hyper,
                double rho, const std::function<double(double)>& policy) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(a);
  const Eigen::VectorXd theta = solver.eigenvalues().unaryExpr(policy);
  const double lambda = hyper.weight_decay;
  const double scale = hyper.learning_rate / (2 * static_cast<double>(hyper.batch_size));
  const auto d = static_cast<double>(q.size());
  const Eigen::VectorXd ratio = theta.array() / (theta.array() + lambda);
  const Eigen::MatrixXd m =
      solver.eigenvectors() * ratio.asDiagonal() * solver.eigenvectors().transpose();
  const double log_det = ratio.array().log().sum() + q.array().log().sum() + d * std::log(scale);
  return scale * q.dot(m.diagonal()) / rho - log_det + d * std::log(rho);
}

TEST(MatrixFreeBoundOfIndefinite, FollowsItsPolicy) {
  testing::RandomProblems random(8);
  constexpr Eigen::Index kD = 40;
  const Eigen::MatrixXd a = Indefinite(random, kD);
  const Eigen::VectorXd q = random.Normal(kD, 1).cwiseAbs().array() + 0.1;
  const Hyperparameters hyper{.learning_rate = 0.5, .weight_decay = 0.3, .batch_size = 4};
  const LanczosOptions options{.steps = kD, .runs = kD};
  // All unit vectors: traces are exact.
  const LanczosRuns runs =
      RunLanczos(testing::Times(a), Eigen::MatrixXd::Identity(kD, kD), q, options);
  constexpr double kFloor = 0.05;
  const auto err = [&](NegativePolicy negative) {
    const MatrixFreeBound bound(runs, q, hyper, 0.7, SpectrumPolicy{negative, kFloor});
    return bound(hyper.weight_decay).err.estimate.value;
  };
  EXPECT_NEAR(
      err(NegativePolicy::kAbsolute),
      DenseErr(a, q, hyper, 0.7, [kFloor](double x) { return std::max(std::abs(x), kFloor); }),
      1e-9);
  EXPECT_NEAR(err(NegativePolicy::kClip),
              DenseErr(a, q, hyper, 0.7, [kFloor](double x) { return std::max(x, kFloor); }), 1e-9);
  EXPECT_THROW((void)err(NegativePolicy::kReject), std::invalid_argument);
  EXPECT_THROW(MatrixFreeBound(runs, q, hyper, 0.7), std::domain_error);
}

TEST(MatrixFreeBoundOfIndefinite, APolicyChangesNothingOnADefiniteOne) {
  testing::RandomProblems random(9);
  const Eigen::MatrixXd root = random.Normal(12, 12);
  const Eigen::MatrixXd a = root * root.transpose() + Eigen::MatrixXd::Identity(12, 12);
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(12, 0.5, 2);
  const LanczosOptions options{.steps = 8, .runs = 3};
  const LanczosRuns runs = RunLanczos(testing::Times(a), Probes(12, options), q, options);
  const MatrixFreeBound plain(runs, q, {}, 1);
  for (const auto negative : {NegativePolicy::kAbsolute, NegativePolicy::kClip,
                              NegativePolicy::kDrop, NegativePolicy::kReject}) {
    const MatrixFreeBound bound(runs, q, {}, 1, SpectrumPolicy{negative, 1e-9});
    EXPECT_EQ(bound(0.1).err.estimate.value, plain(0.1).err.estimate.value);
  }
}

}  // namespace
}  // namespace adamsde
