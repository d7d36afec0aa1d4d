// L, c∞, μ, F* of every known loss, by maximization and sampling that do not use their formulas.
#include "sde/problem/known_loss.h"

#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <cmath>
#include <limits>
#include <random>

#include "sde/problem/logistic.h"

namespace adamsde {
namespace {

struct Values {
  double gap = 0;
  Eigen::VectorXd gradient;
};

Values At(const KnownLoss& loss, const Eigen::VectorXd& x) {
  Values values{.gap = 0, .gradient = Eigen::VectorXd(x.size())};
  loss.Evaluate(1, x.data(), values.gradient.data(), &values.gap);
  return values;
}

Eigen::VectorXd Point(double x) { return Eigen::VectorXd::Constant(1, x); }

/// Suprema over a fine grid of a loss in one dimension: |F''| by differences, |F'|, and the least
/// F'²/2(F−F*).
struct Extremes {
  double curvature = 0;
  double gradient = 0;
  double pl = std::numeric_limits<double>::infinity();
};

Extremes Scan(const KnownLoss& loss, double reach) {
  constexpr int kPoints = 400001;
  const double minimizer = loss.Minimizer()(0);
  Extremes e;
  double before = 0;
  const double step = 2 * reach / (kPoints - 1);
  for (int i = 0; i < kPoints; ++i) {
    const double x = -reach + step * i;
    const Values v = At(loss, Point(x));
    const double g = v.gradient(0);
    if (i > 0) e.curvature = std::max(e.curvature, std::abs(g - before) / step);
    before = g;
    e.gradient = std::max(e.gradient, std::abs(g));
    if (std::abs(x - minimizer) > 1e-3) e.pl = std::min(e.pl, g * g / (2 * v.gap));
  }
  return e;
}

/// The gradient is the derivative of the gap, which vanishes at the minimizer and is ≥ 0.
void ExpectConsistent(const KnownLoss& loss, const Eigen::VectorXd& x) {
  const double h = 1e-5;
  const Values v = At(loss, x);
  EXPECT_GE(v.gap, -1e-14);
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    const Eigen::VectorXd e = h * Eigen::VectorXd::Unit(x.size(), i);
    EXPECT_NEAR(v.gradient(i), (At(loss, x + e).gap - At(loss, x - e).gap) / (2 * h),
                2e-9 * (1 + v.gradient.norm()));
  }
  const Values least = At(loss, loss.Minimizer());
  EXPECT_NEAR(least.gap, 0, 1e-14);
  EXPECT_LE(least.gradient.norm(), 1e-9);
}

TEST(KnownLoss, SaturatingConstantsAreSharp) {
  const auto loss = MakeSaturatingLoss(1, 0.7, 0.3);
  const Extremes e = Scan(*loss, 20);
  const LossConstants& c = loss->Constants();
  EXPECT_NEAR(e.curvature, c.smoothness, 1e-6 * c.smoothness);
  EXPECT_NEAR(e.gradient, c.gradient_bound, 1e-8 * c.gradient_bound);
  EXPECT_LE(e.gradient, c.gradient_bound * (1 + 1e-14));
  EXPECT_FALSE(c.pl_constant) << "flat far away";
  EXPECT_FALSE(c.radius);
  ExpectConsistent(*loss, Point(1.7));
}

TEST(KnownLoss, SineQuadraticConstantsAreSharp) {
  for (const double radius : {0.5, 1.0, 2.5, 3.0, 7.0, 30.0}) {
    const auto loss = MakeSineQuadraticLoss(1, radius);
    const Extremes e = Scan(*loss, radius);
    const LossConstants& c = loss->Constants();
    EXPECT_NEAR(e.gradient, c.gradient_bound, 1e-6 * c.gradient_bound) << radius;
    EXPECT_LE(e.gradient, c.gradient_bound * (1 + 1e-12)) << radius;
    EXPECT_LE(e.curvature, 8 * (1 + 1e-6)) << radius;
    if (radius > 2.3) {
      EXPECT_NEAR(e.pl, *c.pl_constant, 1e-8);
      EXPECT_GE(e.pl, *c.pl_constant) << "a valid constant, not merely near";
      EXPECT_GT(*c.pl_constant, 1.0 / 32) << "the textbook's is valid too";
      EXPECT_NEAR(e.curvature, 8, 1e-4);
    }
  }
  // The kernel's sine against the library's, where the quadrants change.
  const auto loss = MakeSineQuadraticLoss(2, 100);
  for (double x = -60; x < 60; x += 0.0137) {
    const Eigen::Vector2d at(x, -x);
    const Values v = At(*loss, at);
    EXPECT_NEAR(v.gradient(0), 2 * x + 3 * std::sin(2 * x), 2e-14 * (1 + std::abs(x)));
    EXPECT_NEAR(v.gap, 2 * (x * x + 3 * std::pow(std::sin(x), 2)), 1e-14 * (1 + x * x));
  }
  ExpectConsistent(*loss, Eigen::Vector2d(0.4, -2.2));
}

TEST(KnownLoss, DecayKeepsTheSineQuadraticsPl) {
  // F + ½c x² for c from tiny to huge: never below μ.
  const auto loss = MakeSineQuadraticLoss(1, 50);
  for (const double c : {1e-3, 0.1, 0.5, 1.0, 5.0, 100.0}) {
    double pl = std::numeric_limits<double>::infinity();
    for (double x = 1e-3; x < 50; x += 1e-3) {
      const Values v = At(*loss, Point(x));
      const double g = v.gradient(0) + c * x;
      pl = std::min(pl, g * g / (2 * v.gap + c * x * x));
    }
    EXPECT_GE(pl, kSineQuadraticPl) << c;
  }
}

TEST(KnownLoss, ScalarLeastSquareIsTheExpectedLoss) {
  // F − F* by quadrature of ½E(ax−ξ)² over ξ ~ N(mean, 1), on a grid of ±12 standard deviations.
  const double a = 1.5;
  const double mean = 0.7;
  const auto loss = MakeScalarLeastSquare(a, mean, 4);
  const auto expected = [&](double x) {
    double sum = 0;
    double weight = 0;
    for (double z = -12; z <= 12; z += 1e-3) {
      const double w = std::exp(-0.5 * z * z);
      sum += w * 0.5 * std::pow(a * x - mean - z, 2);
      weight += w;
    }
    return sum / weight;
  };
  const double least = expected(loss->Minimizer()(0));
  for (const double x : {-3.0, 0.0, 1.0, 4.0}) {
    EXPECT_NEAR(At(*loss, Point(x)).gap, expected(x) - least, 1e-9);
  }
  const Extremes e = Scan(*loss, 4);
  EXPECT_NEAR(e.curvature, loss->Constants().smoothness, 1e-6);
  EXPECT_LE(e.gradient, loss->Constants().gradient_bound * (1 + 1e-14));
  EXPECT_NEAR(e.gradient, loss->Constants().gradient_bound, 1e-9);
  EXPECT_NEAR(e.pl, *loss->Constants().pl_constant, 1e-9);
  ExpectConsistent(*loss, Point(-0.4));
}

TEST(KnownLoss, RankDeficientLeastSquaresIsPlButNotStronglyConvex) {
  const double radius = 3;
  const auto loss = MakeRankDeficientLeastSquares(radius);
  const LossConstants& c = loss->Constants();
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> uniform(-radius, radius);
  double pl = std::numeric_limits<double>::infinity();
  double reach = 0;
  double curvature = 0;
  for (int i = 0; i < 200000; ++i) {
    const Eigen::Vector3d x(uniform(engine), uniform(engine), uniform(engine));
    const Eigen::Vector3d y(uniform(engine), uniform(engine), uniform(engine));
    const Values v = At(*loss, x);
    reach = std::max(reach, v.gradient.cwiseAbs().maxCoeff());
    curvature = std::max(curvature, (v.gradient - At(*loss, y).gradient).norm() / (x - y).norm());
    if (v.gap > 1e-3) pl = std::min(pl, v.gradient.squaredNorm() / (2 * v.gap));
  }
  EXPECT_LE(reach, c.gradient_bound);
  EXPECT_GT(reach, 0.9 * c.gradient_bound);
  EXPECT_LE(curvature, c.smoothness * (1 + 1e-12));
  EXPECT_GT(curvature, 0.99 * c.smoothness);
  EXPECT_GE(pl, *c.pl_constant * (1 - 1e-9));
  EXPECT_LT(pl, 1.01 * *c.pl_constant);
  const Eigen::Vector3d null(1, -1, 1);  // features · null = 0
  EXPECT_NEAR(At(*loss, loss->Minimizer() + 5 * null).gap, 0, 1e-13) << "a line of minimizers";
  EXPECT_NEAR(loss->Minimizer().dot(null), 0, 1e-14) << "the least one";
  ExpectConsistent(*loss, Eigen::Vector3d(0.3, -1, 2));
}

TEST(KnownLoss, LogisticConstantsBoundWhatSamplingFinds) {
  std::mt19937_64 engine(7);
  std::normal_distribution<double> normal;
  const Eigen::Index n = 40;
  Eigen::MatrixXd features(n, 3);
  Eigen::VectorXd labels(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    features.row(i) << normal(engine), normal(engine), 1;
    labels(i) = features(i, 0) + 2 * normal(engine) > 0 ? 1 : 0;
  }
  for (const double ridge : {0.0, 0.05}) {
    const auto loss =
        MakeKnownLogistic(std::make_unique<LogisticLoss>(features, labels, ridge), ridge, 20);
    const LogisticLoss reference(features, labels, ridge);
    const LossConstants& c = loss->Constants();
    const double gram =
        Eigen::JacobiSVD<Eigen::MatrixXd>(features).singularValues()(0) / std::sqrt(4.0 * n);
    EXPECT_NEAR(c.smoothness, gram * gram + ridge, 1e-13);
    EXPECT_NEAR(c.gradient_bound, features.cwiseAbs().colwise().mean().maxCoeff() + 20 * ridge,
                1e-13);
    double reach = 0;
    double curvature = 0;
    for (int i = 0; i < 20000; ++i) {
      Eigen::Vector3d x(normal(engine), normal(engine), normal(engine));
      x = (x * (i % 2 == 0 ? 0.3 : 8.0)).cwiseMax(-20).cwiseMin(20);
      const Values v = At(*loss, x);
      reach = std::max(reach, v.gradient.cwiseAbs().maxCoeff());
      const Eigen::Vector3d e = 1e-4 * Eigen::Vector3d(normal(engine), normal(engine), 1);
      curvature = std::max(curvature, (At(*loss, x + e).gradient - v.gradient).norm() / e.norm());
      if (ridge > 0) {
        EXPECT_GE(v.gradient.squaredNorm(), 2 * *c.pl_constant * v.gap * (1 - 1e-9));
      }
    }
    EXPECT_LE(reach, c.gradient_bound);
    EXPECT_LE(curvature, c.smoothness);
    EXPECT_GT(curvature, 0.5 * c.smoothness) << "not vacuous";
    const Eigen::Vector3d x(0.5, -1, 0.2);
    EXPECT_NEAR(At(*loss, x).gap, reference.Value(x) - reference.Value(reference.Minimizer()),
                1e-14);
    ExpectConsistent(*loss, x);
  }
}

TEST(KnownLoss, TilesAgreeWithSinglePoints) {
  const auto loss = MakeSineQuadraticLoss(3, 5);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(8, 3) * 4;
  Eigen::MatrixXd gradient(8, 3);
  Eigen::VectorXd gap(8);
  loss->Evaluate(8, x.data(), gradient.data(), gap.data());
  for (Eigen::Index i = 0; i < 8; ++i) {
    const Values v = At(*loss, x.row(i).transpose());
    EXPECT_EQ(v.gap, gap(i));
    EXPECT_EQ(v.gradient, gradient.row(i).transpose());
  }
}

TEST(KnownLoss, RefusesWhatMakesNoSense) {
  EXPECT_THROW(static_cast<void>(MakeSaturatingLoss(0, 1, 0)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(MakeSaturatingLoss(1, -1, 0)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(MakeSineQuadraticLoss(1, 0)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(MakeScalarLeastSquare(0, 1, 1)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(
                   MakeKnownQuadratic(Eigen::MatrixXd::Zero(2, 2), Eigen::VectorXd::Zero(2), 1)),
               std::domain_error);
}

}  // namespace
}  // namespace adamsde
