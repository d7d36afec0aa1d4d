#include <gsl/gsl_integration.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <Eigen/LU>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>

#include "analysis/bound/alternatives.h"
#include "analysis/bound/brent.h"
#include "analysis/bound/corollary3.h"
#include "analysis/bound/pac_bayes.h"
#include "analysis/stationary/laws.h"
#include "sde/problem/symmetric_eigen.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

using Digits50 = boost::multiprecision::cpp_bin_float_50;

PosteriorSummary Summary(const Eigen::VectorXd& eigenvalues, double mean_square) {
  return {.dimension = eigenvalues.size(),
          .log_det = eigenvalues.array().log().sum(),
          .trace = eigenvalues.sum(),
          .mean_square = mean_square,
          .minimizer_square = 2.5,
          .scale = 0.01};
}

TEST(Kl, AgreesWithFiftyDigits) {
  const Eigen::Vector4d eigenvalues(1e-6, 0.3, 1, 40);
  const BoundSettings settings{.prior_variance = 2, .num_samples = 1000, .failure_probability = .1};
  Digits50 sum = Digits50(1.7) / 2;
  for (const double m : eigenvalues) sum += Digits50(m) / 2 - 1 - log(Digits50(m) / 2);
  EXPECT_NEAR(KlDivergence(Summary(eigenvalues, 1.7), settings), static_cast<double>(sum / 2),
              1e-13);
}

TEST(Kl, IsTheIntegralInOneDimension) {
  // ∫ p log(p/q) for N(0.8, 0.5) against N(0, 2), by adaptive quadrature.
  const auto integrand = [](double x, void*) {
    const double p = std::exp(-(x - 0.8) * (x - 0.8)) / std::sqrt(M_PI);
    const double log_ratio = -(x - 0.8) * (x - 0.8) + x * x / 4 + 0.5 * std::log(4.0);
    return p * log_ratio;
  };
  gsl_function f{.function = integrand, .params = nullptr};
  gsl_integration_workspace* const workspace = gsl_integration_workspace_alloc(1000);
  double integral = 0;
  double error = 0;
  gsl_integration_qag(&f, -12, 12, 0, 1e-12, 1000, GSL_INTEG_GAUSS61, workspace, &integral, &error);
  gsl_integration_workspace_free(workspace);
  const Eigen::VectorXd half = Eigen::VectorXd::Constant(1, 0.5);
  EXPECT_NEAR(KlDivergence(Summary(half, 0.64), {.prior_variance = 2}), integral, 1e-11);
}

TEST(PacBayes, ConventionsAreTheTheorysTable) {
  const Eigen::Vector3d m(0.01, 0.02, 0.5);
  const BoundSettings s{.prior_variance = 3, .num_samples = 500, .failure_probability = 0.01};
  const PosteriorSummary summary = Summary(m, 1.2);
  const double log_term = 2 * std::log(2 * 500 / 0.01);
  const BoundValue derived = PacBayesBound(summary, s, BoundConvention::kDerived);
  EXPECT_NEAR(derived.err, -m.array().log().sum() + m.sum() / 3 + 3 * std::log(3.0), 1e-13);
  EXPECT_NEAR(derived.c0, 1.2 / 3 - 3 + log_term, 1e-13);
  EXPECT_NEAR(derived.err + derived.c0, TwiceComplexity(summary, s), 1e-12);
  EXPECT_NEAR(derived.phi, std::sqrt(8.0 / 500 * (derived.err + derived.c0)), 1e-14);
  const BoundValue printed = PacBayesBound(summary, s, BoundConvention::kPrinted);
  EXPECT_EQ(printed.err, derived.err);
  EXPECT_NEAR(printed.c0, 2.5 / 6 - 1.5 + log_term, 1e-13);
  const BoundValue literal = PacBayesBound(summary, s, BoundConvention::kLiteral);
  EXPECT_NEAR(literal.err, -m.array().log().sum() + 0.01 / 3 * m.sum() + 3 * std::log(3 / 0.01),
              1e-13);
  EXPECT_EQ(literal.c0, printed.c0);
}

RC_GTEST_PROP(PacBayes, ErrIsAtLeastTheDimension, ()) {
  const auto bits = *rc::gen::container<std::vector<int>>(5, rc::gen::inRange(-40, 40));
  Eigen::VectorXd m(5);
  for (Eigen::Index i = 0; i < 5; ++i) m(i) = std::exp(0.5 * bits[static_cast<std::size_t>(i)]);
  for (const BoundConvention convention :
       {BoundConvention::kDerived, BoundConvention::kPrinted, BoundConvention::kLiteral}) {
    const BoundValue bound = PacBayesBound(Summary(m, 0), {.prior_variance = 0.7}, convention);
    RC_ASSERT(bound.err >= 5 - 1e-9);
    RC_ASSERT(bound.phi > 0);
  }
}

TEST(PacBayes, SingularCovarianceIsInfinitelyFar) {
  PosteriorSummary summary = Summary(Eigen::Vector3d(1, 2, 3), 0);
  summary.log_det = -std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isinf(KlDivergence(summary, {})));
  EXPECT_TRUE(std::isinf(PacBayesBound(summary, {}, BoundConvention::kPrinted).phi));
}

TEST(Risk, QuadraticIsTheExpectedLoss) {
  testing::RandomProblems random(81);
  const Eigen::MatrixXd h = random.Spd(3, 10);
  const Eigen::MatrixXd m = random.Spd(3, 10);
  const Eigen::VectorXd c = random.Normal(3, 1);
  const Eigen::VectorXd x = random.Normal(3, 1);
  // By sigma points c ± √d·columns of a root: exact for quadratics.
  const SymmetricEigen e = DecomposeSymmetric(m);
  double expected = 0;
  for (Eigen::Index i = 0; i < 3; ++i) {
    for (const double sign : {-1.0, 1.0}) {
      const Eigen::VectorXd point = c + sign * std::sqrt(3 * e.values(i)) * e.vectors.col(i) - x;
      expected += 0.5 * point.dot(h * point) / 6;
    }
  }
  EXPECT_NEAR(QuadraticRisk(h, x, c, m), expected, 1e-13);
}

TEST(Range, PseudoDeterminantOfASingularCovariance) {
  testing::RandomProblems random(82);
  const Eigen::MatrixXd u = random.Orthogonal(4);
  const Eigen::MatrixXd m = u * Eigen::Vector4d(2, 3, 0, 5).asDiagonal() * u.transpose();
  const RangeSummary range = SummarizeRange(m);
  EXPECT_EQ(range.rank, 3);
  EXPECT_NEAR(range.log_det, std::log(30.0), 1e-12);
  EXPECT_EQ(SummarizeRange(Eigen::Vector2d(1e-20, 1e20).asDiagonal()).rank, 2)
      << "scales alone do not make a matrix singular";
}

RC_GTEST_PROP(BinaryKl, InverseIsTheInverse, ()) {
  const double r = *rc::gen::inRange(0, 1000) / 1000.0;
  const double c = std::pow(10.0, *rc::gen::inRange(-80, 10) / 10.0);
  const double p = BinaryKlInverse(r, c);
  RC_ASSERT(p >= r && p <= 1);
  if (p < 1) {
    // kl is flat near r: compare within the rounding of p.
    const double slope = (p - r) / (p * (1 - p));
    RC_ASSERT(std::abs(BinaryKl(r, p) - c) <= 1e-14 * (slope + 1) + 1e-13 * c);
  }
}

TEST(BinaryKl, Limits) {
  EXPECT_DOUBLE_EQ(BinaryKlInverse(0, 0.3), 1 - std::exp(-0.3));
  EXPECT_EQ(BinaryKlInverse(0.4, 0), 0.4);
  EXPECT_EQ(BinaryKlInverse(1, 5), 1);
  EXPECT_EQ(BinaryKlInverse(0.5, 1e6), 1);
}

TEST(RiskBounds, FormulasAndOrder) {
  const double kl = 12;
  const double n = 1000;
  const double tau = 0.05;
  const RiskBounds b = BoundRisk(kl, n, tau, 0.1, 1.5);
  const double complexity = (kl + std::log(2 * std::sqrt(n) / tau)) / n;
  EXPECT_NEAR(b.maurer, 0.1 + std::sqrt(complexity / 2), 1e-15);
  EXPECT_NEAR(BinaryKl(0.1, b.seeger), complexity, 1e-14);
  EXPECT_LT(b.seeger, b.maurer) << "Pinsker";
  EXPECT_NEAR(b.catoni,
              (1 - std::exp(-1.5 * 0.1 - (kl + std::log(1 / tau)) / n)) / (1 - std::exp(-1.5)),
              1e-14);
}

TEST(RiskBounds, CatonisInfimumIsTheInverseKlAtTheSameComplexity) {
  const auto catoni = [](double gamma) { return BoundRisk(30, 2000, 0.05, 0.2, gamma).catoni; };
  const double infimum = FindMinimum(catoni, 0.01, 0.5, 10).value;
  EXPECT_NEAR(infimum, BinaryKlInverse(0.2, (30 + std::log(20.0)) / 2000), 1e-12);
}

TEST(Corollary3, IsTheoremSixAtTheInverseRootOfTheHessian) {
  testing::RandomProblems random(83);
  for (int i = 0; i < 20; ++i) {
    Hyperparameters hyper;
    hyper.learning_rate = random.LogUniform(1e-4, 1);
    hyper.weight_decay = random.LogUniform(1e-4, 1);
    const QuadraticProblem problem = random.PaperNoise(5, 1e3, hyper);
    const SymmetricEigen e = DecomposeSymmetric(problem.hessian);
    const Eigen::VectorXd inverse_root = e.values.cwiseSqrt().cwiseInverse();
    const Eigen::MatrixXd q = e.vectors * inverse_root.asDiagonal() * e.vectors.transpose();
    const Preconditioner p = Preconditioner::Full(0.5 * (q + q.transpose()));
    const WeightedSpectrum spectrum{
        .values = e.values, .weights = Eigen::VectorXd::Constant(5, 0.2), .dimension = 5};
    const Corollary3 c = EvaluateCorollary3(spectrum, hyper, 1.3, {});
    for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
      hyper.optimizer = optimizer;
      const GaussianLaw law = StationaryLaw(MakeModalSystem(problem, hyper, p));
      // −log det M + Tr M/ρ + d log ρ by dense algebra.
      const double err = -std::log(law.covariance.determinant()) + law.covariance.trace() / 1.3 +
                         5 * std::log(1.3);
      const double printed = optimizer == OptimizerKind::kAdamW ? c.adamw.err : c.l2_adam.err;
      EXPECT_NEAR(printed, err, 1e-12 * err);
    }
  }
}

TEST(Corollary3, PoliciesForNegativeAndSmallEigenvalues) {
  const Hyperparameters hyper;
  const WeightedSpectrum spectrum{.values = Eigen::Vector3d(-4, 0.25, 4),
                                  .weights = Eigen::Vector3d(0.5, 0.25, 0.25),
                                  .dimension = 100};
  const auto evaluate = [&](NegativePolicy policy, double floor) {
    return EvaluateCorollary3(spectrum, hyper, 1, {.negative = policy, .floor = floor});
  };
  const Corollary3 absolute = evaluate(NegativePolicy::kAbsolute, 0);
  EXPECT_DOUBLE_EQ(absolute.mass_touched, 0.5);
  EXPECT_DOUBLE_EQ(absolute.mass_below_one, 0.25);
  EXPECT_DOUBLE_EQ(absolute.mass_ordered, 0.25) << "x_l2 > x_AdamW only below 1";
  EXPECT_EQ(absolute.l2_adam.floor_sensitivity, 0);
  const Corollary3 clipped = evaluate(NegativePolicy::kClip, 1e-4);
  EXPECT_DOUBLE_EQ(clipped.mass_below_one, 0.75);
  EXPECT_GT(clipped.l2_adam.floor_sensitivity, 0) << "l2's err grows as the floor falls";
  const Corollary3 dropped = evaluate(NegativePolicy::kDrop, 0);
  EXPECT_LT(dropped.adamw.err, absolute.adamw.err);
  EXPECT_THROW((void)evaluate(NegativePolicy::kReject, 0), std::invalid_argument);
  EXPECT_THROW((void)evaluate(NegativePolicy::kClip, 0), std::domain_error);
}

TEST(Corollary3, RefusesBadSpectra) {
  const auto refuse = [](const WeightedSpectrum& spectrum) {
    EXPECT_THROW((void)EvaluateCorollary3(spectrum, {}, 1, {}), std::invalid_argument);
  };
  refuse({.values = Eigen::Vector2d(1, 2), .weights = Eigen::Vector2d(0.5, 0.6), .dimension = 2});
  refuse({.values = Eigen::Vector2d(1, 2), .weights = Eigen::Vector2d(1.5, -0.5), .dimension = 2});
  refuse({.values = Eigen::Vector2d(1, NAN), .weights = Eigen::Vector2d(0.5, 0.5), .dimension = 2});
  refuse({.values = Eigen::Vector2d(1, 2), .weights = Eigen::Vector2d(0.5, 0.5), .dimension = 0});
}

}  // namespace
}  // namespace adamsde
