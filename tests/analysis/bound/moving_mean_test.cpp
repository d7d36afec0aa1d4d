// The length of the stationary mean at many λ at once.
#include "analysis/bound/moving_mean.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <vector>

#include "analysis/bound/sweep.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

using Quad = boost::multiprecision::cpp_bin_float_quad;

/// ‖W (r∘ẑ)‖² in 34 digits.
double ExactSquare(const Eigen::MatrixXd& map, const Eigen::ArrayXd& s, double lambda) {
  Quad square = 0;
  for (Eigen::Index i = 0; i < map.rows(); ++i) {
    Quad c = 0;
    for (Eigen::Index j = 0; j < map.cols(); ++j) {
      c += Quad(map(i, j)) * Quad(s(j)) / (Quad(s(j)) + Quad(lambda));
    }
    square += c * c;
  }
  return static_cast<double>(square);
}

Eigen::ArrayXd Curvatures(testing::RandomProblems& random, Eigen::Index d, double decades) {
  Eigen::ArrayXd s(d);
  for (double& x : s) x = random.LogUniform(std::pow(10, -decades), 1);
  return s;
}

std::vector<double> DenseGrid(double low, double high, int points) {
  std::vector<double> grid;
  for (int k = 0; k < points; ++k) {
    grid.push_back(low * std::pow(high / low, static_cast<double>(k) / (points - 1)));
  }
  return grid;
}

TEST(MovingMean, InterpolatedSquaresAreExactToTwelveDigits) {
  testing::RandomProblems random(201);
  for (const double decades : {1.0, 4.0, 9.0}) {
    const Eigen::Index d = 30;
    const Eigen::MatrixXd map = random.Normal(d, d);
    const Eigen::ArrayXd s = Curvatures(random, d, decades);
    const MovingMean mean(map, s, Eigen::ArrayXd::Ones(d));
    const std::vector<double> grid = DenseGrid(1e-8, 1e3, 20000);
    const std::vector<double> squares = mean.Squares(grid);
    const std::vector<double> direct = mean.DirectSquares(grid);
    int different = 0;
    for (std::size_t k = 0; k < grid.size(); ++k) {
      EXPECT_NEAR(squares[k], direct[k], 1e-12 * direct[k]) << grid[k];
      different += squares[k] != direct[k];
      if (k % 500 != 0) continue;
      const double exact = ExactSquare(map, s, grid[k]);
      EXPECT_NEAR(squares[k], exact, 1e-12 * exact) << grid[k];
    }
    EXPECT_GT(different, 10000) << "these were interpolated";
  }
}

TEST(MovingMean, WhereInterpolationWouldLoseDigitsItIsNotUsed) {
  // One component that vanishes at λ = 1, where no relative error is small.
  Eigen::MatrixXd map(1, 2);
  const Eigen::ArrayXd s = Eigen::Array2d(1.0, 3.0);
  map << 1.5, -1.0;  // 1.5·½ = ¾: c(1) = 0
  const MovingMean mean(map, s, Eigen::ArrayXd::Ones(2));
  const std::vector<double> grid = DenseGrid(0.7, 1.5, 2001);
  const std::vector<double> squares = mean.Squares(grid);
  const std::vector<double> direct = mean.DirectSquares(grid);
  EXPECT_EQ(squares, direct);
}

TEST(MovingMean, TakesZeroModesWithoutCurvatureAndAnyOrder) {
  testing::RandomProblems random(202);
  const Eigen::MatrixXd map = random.Normal(5, 5);
  Eigen::ArrayXd s = Curvatures(random, 5, 2);
  s(0) = 0;
  const MovingMean mean(map, s, Eigen::ArrayXd::Constant(5, 2.0));
  std::vector<double> grid = DenseGrid(1e-3, 1e1, 3000);
  grid.insert(grid.begin(), 0.0);
  grid.push_back(1e-2);
  const std::vector<double> squares = mean.Squares(grid);
  ASSERT_EQ(squares.size(), grid.size());
  const std::vector<double> direct = mean.DirectSquares(grid);
  for (std::size_t k = 0; k < grid.size(); ++k) {
    EXPECT_NEAR(squares[k], direct[k], 1e-12 * direct[k]);
  }
  EXPECT_EQ(squares.front(), map.rightCols(4).rowwise().sum().squaredNorm());
}

TEST(MovingMean, DerivativesAreDifferences) {
  testing::RandomProblems random(203);
  const MovingMean mean(random.Normal(4, 4), Curvatures(random, 4, 2), Eigen::ArrayXd::Ones(4));
  const double h = 1e-5;
  const std::vector<double> lambdas = {0.3 - h, 0.3, 0.3 + h};
  const auto d = mean.WithDerivatives(lambdas);
  EXPECT_NEAR(d[1].square_slope, (d[2].square - d[0].square) / (2 * h),
              1e-8 * std::abs(d[1].square_slope));
  EXPECT_NEAR(d[1].square, mean.DirectSquares(lambdas)[1], 1e-14 * d[1].square);
}

TEST(MovingMean, ADenseSweepEqualsASparseOne) {
  testing::RandomProblems random(204);
  Hyperparameters hyper;
  const QuadraticProblem problem = random.PaperNoise(20, 1e4, hyper);
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  SweepOptions options;
  options.settings.prior_variance = 1e-3;  // ‖c‖² decides Φ
  options.points = 20001;
  const Sweep dense = SweepWeightDecay(problem, hyper, q, options);
  options.points = 41;  // too sparse to interpolate
  options.lambda_min = dense.points[1].lambda;
  const Sweep sparse = SweepWeightDecay(problem, hyper, q, options);
  std::size_t compared = 0;
  for (const SweepPoint& point : sparse.points) {
    for (const SweepPoint& other : dense.points) {
      if (std::abs(other.lambda / point.lambda - 1) > 1e-13) continue;
      EXPECT_NEAR(other.phi_derived, point.phi_derived, 1e-12 * point.phi_derived);
      ++compared;
    }
  }
  EXPECT_GE(compared, 2U);
  EXPECT_EQ(dense.points.size(), 20001U);
}

}  // namespace
}  // namespace adamsde
