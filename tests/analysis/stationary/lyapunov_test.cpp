#include "analysis/stationary/lyapunov.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>

#include "analysis/stationary/errors.h"
#include "sde/process/gaussian_kernel.h"
#include "tests/support/kronecker.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

/// A normal drift U diag(blocks) Uᵀ with rates in [1/ratio, 1] and complex pairs: the equation is
/// then as well conditioned as its rates allow.
Eigen::MatrixXd NormalDrift(testing::RandomProblems& random, Eigen::Index d, double ratio) {
  Eigen::MatrixXd blocks = Eigen::MatrixXd::Zero(d, d);
  for (Eigen::Index i = 0; i < d;) {
    const double rate = random.LogUniform(1 / ratio, 1);
    blocks(i, i) = rate;
    if (i + 1 < d && random.Uniform(0, 1) < 0.5) {
      const double rotation = random.LogUniform(1e-3, 1);
      blocks(i + 1, i + 1) = rate;
      blocks(i, i + 1) = rotation;
      blocks(i + 1, i) = -rotation;
      ++i;
    }
    ++i;
  }
  const Eigen::MatrixXd u = random.Orthogonal(d);
  return u * blocks * u.transpose();
}

/// Any drift that is stable: shifted so that its slowest rate is `rate`.
Eigen::MatrixXd ShiftedDrift(testing::RandomProblems& random, Eigen::Index d, double rate) {
  Eigen::MatrixXd a = random.Normal(d, d);
  const double slowest = a.eigenvalues().real().minCoeff();
  a.diagonal().array() += rate - slowest;
  return a;
}

TEST(Lyapunov, AgreesWithBruteForceOnNormalDrifts) {
  testing::RandomProblems random(31);
  for (int index = 0; index < 500; ++index) {
    const Eigen::Index d = 1 + index % 8;
    LinearSde sde{.drift = NormalDrift(random, d, random.LogUniform(1.1, 1e6)),
                  .center = Eigen::VectorXd::Zero(d),
                  .diffusion = random.Normal(d, 1 + index % 10)};
    const Eigen::VectorXcd spectrum = DriftSpectrum(sde);
    const double ratio = spectrum.cwiseAbs().maxCoeff() / spectrum.real().minCoeff();
    const Eigen::MatrixXd noise = sde.diffusion * sde.diffusion.transpose();
    const Eigen::MatrixXd m = testing::KroneckerLyapunov(sde.drift, noise, 0);
    EXPECT_LE((StationaryCovariance(sde) - m).norm(), 50 * kEps * ratio * m.norm()) << index;
    const double h = 0.5 * MaxStableStep(spectrum);
    const Eigen::MatrixXd m_h = testing::KroneckerLyapunov(sde.drift, noise, h);
    // The discrete equation's own separation is 2 Re α − h|α|², half the continuous one here.
    EXPECT_LE((EulerMaruyamaCovariance(sde, h) - m_h).norm(), 100 * kEps * ratio * m_h.norm())
        << index;
  }
}

TEST(Lyapunov, ResidualAtTwoHundredDimensionsWithComplexSpectrum) {
  testing::RandomProblems random(32);
  const LinearSde sde{.drift = ShiftedDrift(random, 200, 0.5),
                      .center = Eigen::VectorXd::Zero(200),
                      .diffusion = random.Normal(200, 200)};
  const Eigen::MatrixXd& a = sde.drift;
  const Eigen::MatrixXd noise = sde.diffusion * sde.diffusion.transpose();
  const Eigen::MatrixXd m = StationaryCovariance(sde);
  EXPECT_LE((a * m + m * a.transpose() - noise).norm(), 1e-12 * a.norm() * m.norm());
  const double h = 0.5 * MaxStableStep(DriftSpectrum(sde));
  const Eigen::MatrixXd m_h = EulerMaruyamaCovariance(sde, h);
  const Eigen::MatrixXd am = a * m_h;
  EXPECT_LE((am + am.transpose() - h * am * a.transpose() - noise).norm(),
            1e-12 * a.norm() * m_h.norm());
}

TEST(Lyapunov, DefectiveDrift) {
  LinearSde sde{.drift = Eigen::MatrixXd::Identity(3, 3),
                .center = Eigen::VectorXd::Zero(3),
                .diffusion = Eigen::MatrixXd::Identity(3, 3)};
  sde.drift(0, 1) = sde.drift(1, 2) = 1;
  const Eigen::MatrixXd m = testing::KroneckerLyapunov(sde.drift, sde.diffusion, 0);
  EXPECT_LE((StationaryCovariance(sde) - m).norm(), 1e-14 * m.norm());
}

TEST(Lyapunov, RefusesWhatHasNoStationaryLaw) {
  LinearSde sde{.drift = Eigen::Vector2d(1, 0).asDiagonal(),
                .center = Eigen::VectorXd::Zero(2),
                .diffusion = Eigen::MatrixXd::Identity(2, 2)};
  EXPECT_THROW((void)StationaryCovariance(sde), std::domain_error);
  sde.drift(1, 1) = -1e-3;
  EXPECT_THROW((void)StationaryCovariance(sde), std::domain_error);
  sde.drift(1, 1) = 2;
  EXPECT_NO_THROW((void)EulerMaruyamaCovariance(sde, 0.99));
  EXPECT_THROW((void)EulerMaruyamaCovariance(sde, 1.0), std::domain_error);
}

TEST(Lyapunov, RotationNarrowsTheStableSteps) {
  LinearSde sde{.drift = Eigen::MatrixXd(2, 2),
                .center = Eigen::VectorXd::Zero(2),
                .diffusion = Eigen::MatrixXd::Identity(2, 2)};
  sde.drift << 1, 3, -3, 1;  // α = 1 ± 3i: h < 2/10
  EXPECT_NEAR(MaxStableStep(DriftSpectrum(sde)), 0.2, 1e-15);
  EXPECT_NEAR(EulerMaruyamaCovariance(sde, 0.1)(0, 0), 1 / (2 - 0.1 * 10), 1e-14);
}

TEST(LinearSde, ValidateNamesThePart) {
  LinearSde sde{.drift = Eigen::MatrixXd::Identity(2, 3),
                .center = Eigen::VectorXd::Zero(2),
                .diffusion = Eigen::MatrixXd::Identity(2, 2)};
  EXPECT_THROW(Validate(sde), std::invalid_argument);
  sde.drift = Eigen::MatrixXd::Identity(2, 2);
  EXPECT_NO_THROW(Validate(sde));
  sde.center = Eigen::VectorXd::Zero(3);
  EXPECT_THROW(Validate(sde), std::invalid_argument);
}

}  // namespace
}  // namespace adamsde
