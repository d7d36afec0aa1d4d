#include "analysis/stationary/laws.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "analysis/stationary/errors.h"
#include "analysis/stationary/lyapunov.h"
#include "analysis/stationary/paper.h"
#include "sde/process/optimizer_sde.h"
#include "tests/support/kronecker.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

struct LawCase {
  Hyperparameters hyper;
  QuadraticProblem problem;
  Preconditioner preconditioner;
};

/// Random d ≤ 8, condition ≤ 1e6, both optimizers, paper's noise and others, diagonal and full Q.
LawCase RandomCase(testing::RandomProblems& random, int index) {
  Hyperparameters hyper;
  hyper.optimizer = index % 2 == 0 ? OptimizerKind::kAdamW : OptimizerKind::kL2Adam;
  hyper.learning_rate = random.LogUniform(1e-4, 1e-1);
  hyper.weight_decay = index % 7 == 0 ? 0 : random.LogUniform(1e-4, 1);
  hyper.batch_size = 1 + index % 64;
  const Eigen::Index d = 1 + index % 8;
  const double condition = random.LogUniform(1.5, 1e6);
  QuadraticProblem problem =
      index % 3 == 0 ? random.AnyNoise(d, condition) : random.PaperNoise(d, condition, hyper);
  Preconditioner q = index % 5 == 0
                         ? Preconditioner::Full(random.Spd(d, 100))
                         : MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  return {hyper, std::move(problem), std::move(q)};
}

/// A and D straight from THEORY §2, for the brute-force oracle.
std::pair<Eigen::MatrixXd, Eigen::MatrixXd> DriftAndNoise(const LawCase& c) {
  const Eigen::Index d = c.problem.Dimension();
  const Eigen::MatrixXd q = c.preconditioner.Matrix();
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(d, d);
  const double lambda = c.hyper.weight_decay;
  const Eigen::MatrixXd a = c.hyper.optimizer == OptimizerKind::kAdamW
                                ? Eigen::MatrixXd(q * c.problem.hessian + lambda * identity)
                                : Eigen::MatrixXd(q * (c.problem.hessian + lambda * identity));
  return {a, c.hyper.learning_rate * q * c.problem.gradient_noise * q};
}

TEST(Laws, AgreeWithBruteForceOnRandomProblems) {
  testing::RandomProblems random(11);
  for (int index = 0; index < 600; ++index) {
    const LawCase c = RandomCase(random, index);
    const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
    const double ratio = system.rates(system.Dimension() - 1) / system.rates(0);
    const auto [a, noise] = DriftAndNoise(c);
    const double tolerance = 50 * kEps * ratio;
    const Eigen::MatrixXd m = testing::KroneckerLyapunov(a, noise, 0);
    EXPECT_LE((StationaryLaw(system).covariance - m).norm(), tolerance * m.norm()) << index;
    const double h = 0.7 * MaxStableStep(system);
    const Eigen::MatrixXd m_h = testing::KroneckerLyapunov(a, noise, h);
    EXPECT_LE((EulerMaruyamaLaw(system, h).covariance - m_h).norm(), tolerance * m_h.norm())
        << index;
  }
}

TEST(Laws, TheOracleSeesASmallError) {
  // The twin: a covariance wrong by one part in 10⁹ would not pass.
  testing::RandomProblems random(12);
  const LawCase c = RandomCase(random, 4);
  const auto [a, noise] = DriftAndNoise(c);
  const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
  const Eigen::MatrixXd m = testing::KroneckerLyapunov(a, noise, 0);
  const double ratio = system.rates(system.Dimension() - 1) / system.rates(0);
  EXPECT_GT((StationaryLaw(system).covariance * (1 + 1e-9) - m).norm(),
            50 * kEps * ratio * m.norm());
}

TEST(Laws, ResidualAtTwoHundredDimensions) {
  testing::RandomProblems random(13);
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    Hyperparameters hyper;
    hyper.optimizer = optimizer;
    const LawCase c{hyper, random.AnyNoise(200, 1e4),
                    Preconditioner::Diagonal(random.Normal(200, 1).cwiseAbs().array() + 0.1)};
    const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
    const auto [a, noise] = DriftAndNoise(c);
    const Eigen::MatrixXd m = StationaryLaw(system).covariance;
    const double scale = a.norm() * m.norm();
    EXPECT_LE((a * m + m * a.transpose() - noise).norm(), 1e-12 * scale);
    const double h = 0.5 * MaxStableStep(system);
    const Eigen::MatrixXd m_h = EulerMaruyamaLaw(system, h).covariance;
    const Eigen::MatrixXd f = Eigen::MatrixXd::Identity(200, 200) - h * a;
    EXPECT_LE((f * m_h * f.transpose() + h * noise - m_h).norm(),
              1e-12 * a.norm() * m_h.norm() * h + 1e-13 * m_h.norm());
  }
}

TEST(Laws, ScalarClosedForms) {
  Hyperparameters hyper;
  hyper.learning_rate = 0.05;
  hyper.weight_decay = 0.3;
  hyper.batch_size = 8;
  const double curvature = 2.5;
  const double q = 1 / std::sqrt(curvature);
  const QuadraticProblem problem{.hessian = Eigen::MatrixXd::Constant(1, 1, curvature),
                                 .minimizer = Eigen::VectorXd::Constant(1, 1.5),
                                 .gradient_noise = Eigen::MatrixXd::Constant(1, 1, curvature / 8)};
  const Preconditioner lemma5 = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  const ModalSystem system = MakeModalSystem(problem, hyper, lemma5);
  const double rate = q * curvature + 0.3;
  const double m = 0.05 * q * q * curvature / 8 / (2 * rate);
  const GaussianLaw law = StationaryLaw(system);
  EXPECT_NEAR(law.covariance(0, 0), m, 4 * kEps * m);
  EXPECT_NEAR(law.log_det, std::log(m), 1e-14);
  EXPECT_NEAR(law.mean(0), q * curvature * 1.5 / rate, 1e-15);
  const double h = 0.4;
  EXPECT_NEAR(EulerMaruyamaLaw(system, h).covariance(0, 0), m / (1 - h * rate / 2), 1e-15 * m * 10);
}

TEST(Laws, LogDetIsThatOfTheMatrix) {
  testing::RandomProblems random(14);
  const LawCase c = RandomCase(random, 6);
  const GaussianLaw law = StationaryLaw(MakeModalSystem(c.problem, c.hyper, c.preconditioner));
  EXPECT_NEAR(law.log_det, std::log(law.covariance.determinant()), 1e-9);
}

TEST(Laws, SingularHessian) {
  Hyperparameters hyper;
  Eigen::Matrix2d h;
  h << 1, 1, 1, 1;
  const QuadraticProblem problem{
      .hessian = h, .minimizer = Eigen::Vector2d(1, 3), .gradient_noise = h / 128};
  const Preconditioner identity = MakePreconditioner(PreconditionerKind::kIdentity, problem, hyper);
  EXPECT_EQ(StationaryLaw(MakeModalSystem(problem, hyper, identity)).log_det,
            -std::numeric_limits<double>::infinity());
  hyper.weight_decay = 0;
  EXPECT_THROW((void)StationaryLaw(MakeModalSystem(problem, hyper, identity)), std::domain_error);
}

TEST(Laws, UnstableStepNamesTheLimit) {
  testing::RandomProblems random(15);
  const LawCase c = RandomCase(random, 2);
  const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
  const double limit = MaxStableStep(system);
  EXPECT_NO_THROW((void)EulerMaruyamaLaw(system, limit * (1 - 1e-9)));
  try {
    (void)EulerMaruyamaLaw(system, limit * (1 + 1e-9));
    FAIL() << "accepted an unstable step";
  } catch (const std::domain_error& error) {
    EXPECT_NE(std::string(error.what()).find("must be <"), std::string::npos) << error.what();
  }
}

TEST(Paper, Lemma5IsTheStationaryCovarianceOnlyForItsOwnNoise) {
  testing::RandomProblems random(16);
  Hyperparameters hyper;
  const QuadraticProblem paper = random.PaperNoise(6, 1e3, hyper);
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, paper, hyper);
  const Eigen::MatrixXd m = StationaryCovariance(MakeOptimizerSde(paper, hyper, q));
  const Eigen::MatrixXd printed = Lemma5Covariance(paper, hyper, q);
  EXPECT_LE((printed - m).norm(), 1e-11 * m.norm());
  // The formula as printed, by a plain inverse.
  const Eigen::MatrixXd qh = q.Times(paper.hessian);
  const Eigen::MatrixXd inverse =
      (qh + hyper.weight_decay * Eigen::MatrixXd::Identity(6, 6)).inverse();
  EXPECT_LE((hyper.learning_rate / 256 * inverse * qh * q.Matrix() - printed).norm(),
            1e-11 * m.norm());
}

TEST(Paper, H3IsNotSymmetricUnlessQAndHCommute) {
  testing::RandomProblems random(17);
  Hyperparameters hyper;
  hyper.optimizer = OptimizerKind::kL2Adam;
  hyper.weight_decay = 0.1;
  const QuadraticProblem problem = random.PaperNoise(5, 100, hyper);
  const Preconditioner lemma5 = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  const Eigen::MatrixXd m = StationaryLaw(MakeModalSystem(problem, hyper, lemma5)).covariance;
  EXPECT_GT(CompareWithPaper(PaperCovariance(problem, hyper, lemma5), m).asymmetry, 0.01);
  const Preconditioner identity = MakePreconditioner(PreconditionerKind::kIdentity, problem, hyper);
  const Eigen::MatrixXd commuting =
      StationaryLaw(MakeModalSystem(problem, hyper, identity)).covariance;
  const PaperDefects defects =
      CompareWithPaper(PaperCovariance(problem, hyper, identity), commuting);
  EXPECT_LT(defects.asymmetry, 1e-12);
  EXPECT_LT(defects.relative_error, 1e-12);
}

}  // namespace
}  // namespace adamsde
