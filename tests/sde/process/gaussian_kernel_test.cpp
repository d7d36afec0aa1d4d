#include "sde/process/gaussian_kernel.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/stationary/lyapunov.h"
#include "analysis/stationary/transient.h"
#include "sde/process/optimizer_sde.h"
#include "sde/process/psd_factor.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

Eigen::MatrixXd Covariance(const GaussianKernel& kernel) {
  return kernel.noise * kernel.noise.transpose();
}

LinearSde SomeSde(unsigned seed, Eigen::Index d, Eigen::Index k) {
  testing::RandomProblems random(seed);
  LinearSde sde{.drift = random.Normal(d, d),
                .center = Eigen::VectorXd::Zero(d),
                .diffusion = random.Normal(d, k)};
  sde.drift.diagonal().array() += 5;
  return sde;
}

TEST(LeapKernel, IsTheComposedSteps) {
  for (const Eigen::Index k : {1, 3, 6}) {
    const LinearSde sde = SomeSde(41, 3, k);
    const double h = 0.02;
    const Eigen::MatrixXd f = Eigen::MatrixXd::Identity(3, 3) - h * sde.drift;
    const Eigen::MatrixXd noise = h * sde.diffusion * sde.diffusion.transpose();
    Eigen::MatrixXd power = Eigen::MatrixXd::Identity(3, 3);
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(3, 3);
    for (int m = 1; m <= 21; ++m) {
      covariance = f * covariance * f.transpose() + noise;
      power = f * power;
      const GaussianKernel leap = LeapKernel(sde, h, m);
      EXPECT_LE((leap.increment + Eigen::MatrixXd::Identity(3, 3) - power).norm(), 1e-13) << m;
      EXPECT_LE((Covariance(leap) - covariance).norm(), 1e-13 * covariance.norm()) << m;
    }
  }
}

TEST(LeapKernel, ComposedToConvergenceIsEulerMaruyamasLaw) {
  // Reproduces the law without any Lyapunov solver; independent of it.
  for (const unsigned seed : {42U, 43U, 44U}) {
    const LinearSde sde = SomeSde(seed, 6, 6);
    const double h = 0.5 * MaxStableStep(DriftSpectrum(sde));
    const Eigen::MatrixXd m = EulerMaruyamaCovariance(sde, h);
    const GaussianKernel leap = LeapKernel(sde, h, std::int64_t{1} << 40);
    EXPECT_LE((Covariance(leap) - m).norm(), 1e-13 * m.norm());
    EXPECT_LE((leap.increment + Eigen::MatrixXd::Identity(6, 6)).norm(), 1e-12);
  }
}

TEST(ExactKernel, OverALongTimeIsTheStationaryLaw) {
  const LinearSde sde = SomeSde(45, 5, 5);
  const Eigen::MatrixXd m = StationaryCovariance(sde);
  EXPECT_LE((Covariance(ExactKernel(sde, 100)) - m).norm(), 1e-13 * m.norm());
}

TEST(ExactKernel, ScalarAndRotation) {
  LinearSde scalar{.drift = Eigen::MatrixXd::Constant(1, 1, 3),
                   .center = Eigen::VectorXd::Zero(1),
                   .diffusion = Eigen::MatrixXd::Constant(1, 1, 2)};
  for (const double t : {1e-9, 1e-3, 0.4, 7.0}) {
    const GaussianKernel kernel = ExactKernel(scalar, t);
    EXPECT_NEAR(kernel.increment(0, 0), std::expm1(-3 * t), 1e-14 * std::abs(std::expm1(-3 * t)));
    const double variance = 4 * -std::expm1(-6 * t) / 6;
    EXPECT_NEAR(Covariance(kernel)(0, 0), variance, 1e-14 * variance);
  }
  LinearSde rotation{.drift = Eigen::MatrixXd(2, 2),
                     .center = Eigen::VectorXd::Zero(2),
                     .diffusion = Eigen::MatrixXd::Identity(2, 2)};
  rotation.drift << 0.5, -2, 2, 0.5;
  const double t = 1.3;
  Eigen::Matrix2d expected;
  expected << std::cos(2 * t), std::sin(2 * t), -std::sin(2 * t), std::cos(2 * t);
  expected *= std::exp(-0.5 * t);
  EXPECT_LE((ExactKernel(rotation, t).increment + Eigen::Matrix2d::Identity() - expected).norm(),
            1e-14);
}

TEST(Kernels, StiffSystemsKeepTheDigitsOfEachMode) {
  // Rates over eleven decades, against the modal closed form.
  const Eigen::Index d = 4;
  Hyperparameters hyper;
  hyper.weight_decay = 0;
  const QuadraticProblem problem{.hessian = Eigen::Vector4d(1e-9, 1e-5, 1, 100).asDiagonal(),
                                 .minimizer = Eigen::VectorXd::Zero(d),
                                 .gradient_noise = Eigen::MatrixXd::Identity(d, d)};
  const Preconditioner identity = MakePreconditioner(PreconditionerKind::kIdentity, problem, hyper);
  const LinearSde sde = MakeOptimizerSde(problem, hyper, identity);
  const ModalSystem system = MakeModalSystem(problem, hyper, identity);
  const double h = 1e-2;
  const std::int64_t steps = 123456789;
  const GaussianKernel leap = LeapKernel(sde, h, steps);
  const GaussianKernel exact = ExactKernel(sde, h * static_cast<double>(steps));
  const ModalDecay discrete = EulerMaruyamaDecay(system, h, steps);
  const ModalDecay continuous = ContinuousDecay(system, h * static_cast<double>(steps));
  for (Eigen::Index i = 0; i < d; ++i) {
    const double kappa = problem.hessian(i, i);
    const double drop = -discrete.OneMinus(i);
    EXPECT_NEAR(leap.increment(i, i), drop, 1e-11 * std::abs(drop));
    const double spread =
        hyper.learning_rate / (2 * kappa - h * kappa * kappa) * discrete.OneMinusProduct(i, i);
    EXPECT_NEAR(Covariance(leap)(i, i), spread, 1e-11 * spread);
    const double exact_spread =
        hyper.learning_rate / (2 * kappa) * continuous.OneMinusProduct(i, i);
    EXPECT_NEAR(Covariance(exact)(i, i), exact_spread, 1e-11 * exact_spread);
  }
}

TEST(Transient, CovarianceAndMeanAreTheIteratedOnes) {
  testing::RandomProblems random(46);
  Hyperparameters hyper;
  hyper.optimizer = OptimizerKind::kL2Adam;
  hyper.weight_decay = 0.3;
  const QuadraticProblem problem = random.AnyNoise(3, 20);
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  const LinearSde sde = MakeOptimizerSde(problem, hyper, q);
  const ModalSystem system = MakeModalSystem(problem, hyper, q);
  const double h = 1.2 * MaxStableStep(system) / 2;  // the fastest mode alternates
  const Eigen::MatrixXd f = Eigen::MatrixXd::Identity(3, 3) - h * sde.drift;
  Eigen::MatrixXd p = random.Spd(3, 5);
  Eigen::VectorXd mean = Eigen::Vector3d(1, -2, 3);
  const Eigen::MatrixXd p0 = p;
  const Eigen::VectorXd m0 = mean;
  const LinearSde& s = sde;
  for (int k = 0; k < 7; ++k) {
    p = (f * p * f.transpose() + h * s.diffusion * s.diffusion.transpose()).eval();
    mean = s.center + f * (mean - s.center);
  }
  const ModalDecay decay = EulerMaruyamaDecay(system, h, 7);
  const double limit = MaxStableStep(system);
  ASSERT_LT(h, limit);
  Eigen::MatrixXd stationary = system.noise;
  for (Eigen::Index i = 0; i < 3; ++i) {
    for (Eigen::Index j = 0; j < 3; ++j) {
      stationary(i, j) /= system.rates(i) + system.rates(j) - h * system.rates(i) * system.rates(j);
    }
  }
  EXPECT_LE((TransientCovariance(system, decay, stationary, p0) - p).norm(), 1e-12 * p.norm());
  EXPECT_LE((TransientMean(system, decay, m0) - mean).norm(), 1e-12 * mean.norm());
  // Autocovariance at the same lag: F^k M.
  const Eigen::MatrixXd m = EulerMaruyamaCovariance(sde, h);
  Eigen::MatrixXd lagged = m;
  for (int k = 0; k < 7; ++k) lagged = (f * lagged).eval();
  EXPECT_LE((Autocovariance(system, decay, stationary) - lagged).norm(), 1e-12 * m.norm());
}

TEST(ExactKernel, OverALongTimeWithoutNoiseInSomeDirections) {
  // A = S + λ with S of rank 1: over a time 1/λ rounding grows a million times where the noise is
  // 0.
  for (const double lambda : {1e-4, 1e-6, 1e-8}) {
    const Eigen::Vector3d v(1, 2, 3);
    const Eigen::Matrix3d s = v * v.transpose();
    const LinearSde sde{.drift = s + lambda * Eigen::Matrix3d::Identity(),
                        .center = Eigen::Vector3d::Zero(),
                        .diffusion = v};
    const GaussianKernel kernel = ExactKernel(sde, 3 / lambda);
    const double variance = v.squaredNorm() / (2 * (v.squaredNorm() + lambda));
    const Eigen::Matrix3d covariance = kernel.noise * kernel.noise.transpose();
    EXPECT_NEAR(v.dot(covariance * v) / v.squaredNorm(), variance, 1e-7 * variance) << lambda;
  }
}

TEST(FactorPsd, ReproducesSingularAndBadlyScaledMatrices) {
  testing::RandomProblems random(47);
  const Eigen::MatrixXd b = random.Normal(5, 2);
  Eigen::MatrixXd x = b * b.transpose();
  const Eigen::MatrixXd l = FactorPsd(x);
  EXPECT_EQ(l.cols(), 2);
  EXPECT_LE((l * l.transpose() - x).norm(), 1e-13 * x.norm());
  const Eigen::VectorXd scale = Eigen::Vector3d(1e-12, 1, 1e12);
  const Eigen::MatrixXd spd = random.Spd(3, 10);
  const Eigen::MatrixXd scaled = scale.asDiagonal() * spd * scale.asDiagonal();
  const Eigen::MatrixXd factor = FactorPsd(scaled);
  const Eigen::MatrixXd back = scale.cwiseInverse().asDiagonal() * (factor * factor.transpose()) *
                               scale.cwiseInverse().asDiagonal();
  EXPECT_LE((back - spd).norm(), 1e-13 * spd.norm());
  // What the error allows, and no more.
  const Eigen::Matrix2d indefinite = Eigen::Vector2d(1, 1).asDiagonal().toDenseMatrix() +
                                     (1 + 1e-8) * (Eigen::Matrix2d() << 0, 1, 1, 0).finished();
  EXPECT_THROW((void)FactorPsd(indefinite), std::invalid_argument);
  EXPECT_EQ(FactorPsd(indefinite, 1e-7).cols(), 1);
  x(0, 0) = -1;
  EXPECT_THROW((void)FactorPsd(x), std::invalid_argument);
}

}  // namespace
}  // namespace adamsde
