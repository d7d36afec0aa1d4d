// Samples against laws: every scheme, both optimizers, calibration and power.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>

#include "analysis/stationary/laws.h"
#include "analysis/statistics/matrix_record_law.h"
#include "sde/process/gaussian_kernel.h"
#include "tests/support/kolmogorov.h"
#include "tests/support/sampling.h"

namespace adamsde {
namespace {

using testing::FastProblem;
using testing::MakeFastProblem;
using testing::Sample;

#ifdef ADAMSDE_MANY_SEEDS
constexpr int kSeeds = 4000;
#else
constexpr int kSeeds = 400;
#endif

struct Setting {
  OptimizerKind optimizer;
  bool paper_noise;
  Scheme scheme;
};

std::vector<Setting> AllSettings() {
  std::vector<Setting> settings;
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    for (const bool paper_noise : {true, false}) {
      for (const Scheme scheme : {Scheme::kEulerMaruyama, Scheme::kModal, Scheme::kLeap,
                                  Scheme::kModalLeap, Scheme::kExact}) {
        settings.push_back({optimizer, paper_noise, scheme});
      }
    }
  }
  return settings;
}

TEST(Agreement, EverySchemeFollowsItsLaw) {
  // 20 settings × 2 p-values, a family-wise false alarm rate of 1e-3 over this test.
  constexpr double kLevel = 1e-3 / 40;
  for (const Setting& s : AllSettings()) {
    const SampledSystem system = testing::MakeSystem(MakeFastProblem(s.optimizer, s.paper_noise));
    const Sample sample = testing::Draw(system, {.scheme = s.scheme, .time_step = 0.3}, 2024);
    const Comparison c = testing::CompareWithOwnLaw(system, sample);
    const std::string where = ToString(s.scheme) + (s.paper_noise ? " H/b" : " C");
    EXPECT_GT(c.p_value, kLevel) << where;
    EXPECT_GT(c.mean_p_value, kLevel) << where;
    EXPECT_LT(c.relative_error, 3 * c.expected_relative_error) << where;
    EXPECT_LE(c.expected_relative_error, 0.01) << where;
  }
}

TEST(Agreement, ACoarseStepFollowsItsOwnLawAndNotTheSdes) {
  const FastProblem problem = MakeFastProblem(OptimizerKind::kAdamW, true);
  const SampledSystem system = testing::MakeSystem(problem);
  const double h = 0.5 * MaxStableStep(*system.modal);
  const Sample sample =
      testing::Draw(system, {.scheme = Scheme::kEulerMaruyama, .time_step = h}, 5);
  EXPECT_GT(testing::CompareWithOwnLaw(system, sample).p_value, 1e-3);
  const GaussianKernel kernel = LeapKernel(system.sde, h, sample.plan.record_every);
  const MatrixRecordLaw continuous(system.sde.center, StationaryLaw(*system.modal).covariance,
                                   kernel.increment);
  EXPECT_LT(CompareWithLaw(sample.groups, system.sde.center, continuous, sample.Counts()).p_value,
            1e-6);
}

/// p-values of `seeds` small ensembles.
std::pair<std::vector<double>, std::vector<double>> PValues(const Setting& setting, int seeds) {
  const SampledSystem system =
      testing::MakeSystem(MakeFastProblem(setting.optimizer, setting.paper_noise));
  std::vector<double> covariance;
  std::vector<double> mean;
  const SamplingRequest request{
      .scheme = setting.scheme, .time_step = 0.3, .chains = 512, .target_error = 0.02};
  for (int seed = 1; seed <= seeds; ++seed) {
    const Sample sample = testing::Draw(system, request, static_cast<std::uint64_t>(seed));
    const Comparison c = testing::CompareWithOwnLaw(system, sample);
    covariance.push_back(c.p_value);
    mean.push_back(c.mean_p_value);
  }
  return {covariance, mean};
}

TEST(Agreement, PValuesOverManySeedsAreUniform) {
  // 32 Kolmogorov–Smirnov tests at 1e-3 each would raise a false alarm in 3 % of seeds; these seeds
  // are fixed.
  for (const Setting& setting : AllSettings()) {
    const auto [covariance, mean] = PValues(setting, kSeeds);
    const std::string where = ToString(setting.scheme) +
                              (setting.optimizer == OptimizerKind::kAdamW ? " AdamW" : " l2") +
                              (setting.paper_noise ? " H/b" : " C");
    EXPECT_GT(testing::UniformityPValue(covariance), 1e-3) << where;
    EXPECT_GT(testing::UniformityPValue(mean), 1e-3) << where;
  }
}

TEST(Agreement, UniformityIsLostWhereTheLawIsSlightlyWrong) {
  // The twin: 100 of these ensembles against the continuous law. At this step M_h is several per
  // cent off, and the p-values must crowd at zero.
  const SampledSystem system = testing::MakeSystem(MakeFastProblem(OptimizerKind::kAdamW, true));
  std::vector<double> p_values;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Sample sample = testing::Draw(
        system, {.scheme = Scheme::kModal, .time_step = 0.3, .chains = 512, .target_error = 0.02},
        seed);
    const auto law = MakeRecordLaw(system, Scheme::kExact, 0.3, sample.plan.record_every);
    p_values.push_back(
        CompareWithLaw(sample.groups, system.sde.center, *law, sample.Counts()).p_value);
  }
  EXPECT_LT(testing::UniformityPValue(p_values), 1e-6);
}

TEST(Agreement, ALawWrongByThreePerCentInItsLargestEigenvalueIsRejected) {
  testing::RandomProblems random(77);
  Hyperparameters hyper;
  hyper.learning_rate = 0.1;
  hyper.weight_decay = 0.5;
  const QuadraticProblem quadratic = random.PaperNoise(10, 4, hyper);
  FastProblem problem{hyper, quadratic,
                      MakePreconditioner(PreconditionerKind::kIdentity, quadratic, hyper)};
  const SampledSystem system = testing::MakeSystem(problem);
  const Eigen::MatrixXd m = EulerMaruyamaLaw(*system.modal, 0.1).covariance;
  ASSERT_GE(m.trace() * m.trace() / m.squaredNorm(), 5);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(m);
  const Eigen::VectorXd top = eigen.eigenvectors().col(9);
  const Eigen::MatrixXd wrong = m + 0.03 * eigen.eigenvalues()(9) * top * top.transpose();
  const Sample sample = testing::Draw(
      system, {.scheme = Scheme::kEulerMaruyama, .time_step = 0.1, .target_error = 0.005}, 9);
  EXPECT_GT(testing::CompareWithOwnLaw(system, sample).p_value, 1e-3);
  const GaussianKernel kernel = LeapKernel(system.sde, 0.1, sample.plan.record_every);
  const MatrixRecordLaw law(system.sde.center, wrong, kernel.increment);
  EXPECT_LT(CompareWithLaw(sample.groups, system.sde.center, law, sample.Counts()).p_value, 1e-4);
}

TEST(Agreement, SinglePrecisionFollowsTheSameLaws) {
  // Each p-value rejects a right program with probability 1e-3; the twin law is wrong by 3 %.
  for (const bool paper_noise : {true, false}) {
    const SampledSystem system =
        testing::MakeSystem(MakeFastProblem(OptimizerKind::kAdamW, paper_noise));
    for (const Scheme scheme : {Scheme::kEulerMaruyama, Scheme::kModal, Scheme::kLeap,
                                Scheme::kModalLeap, Scheme::kExact}) {
      const Sample sample = testing::Draw(system,
                                          {.scheme = scheme,
                                           .time_step = 0.1,
                                           .precision = Precision::kFloat,
                                           .target_error = 0.005},
                                          11);
      const Comparison c = testing::CompareWithOwnLaw(system, sample);
      EXPECT_GT(c.p_value, 1e-3) << ToString(scheme) << paper_noise;
      EXPECT_GT(c.mean_p_value, 1e-3) << ToString(scheme) << paper_noise;
      SampledSystem wrong = system;
      wrong.modal.reset();
      wrong.sde.diffusion *= std::sqrt(1.03);
      EXPECT_LT(testing::CompareWithOwnLaw(wrong, sample).p_value, 1e-4) << ToString(scheme);
    }
  }
}

TEST(Agreement, SinglePrecisionIsRefusedWhereItWouldShow) {
  const SampledSystem system = testing::MakeSystem(MakeFastProblem(OptimizerKind::kAdamW, true));
  SamplingRequest request{.scheme = Scheme::kModal,
                          .time_step = 1e-13,
                          .precision = Precision::kFloat,
                          .target_error = 1e-2};
  EXPECT_THROW((void)PlanSampling(system, request), std::invalid_argument);
  request.time_step = 0.1;
  EXPECT_LT(PlanSampling(system, request).precision_error, 1e-6);
}

TEST(Agreement, GeneralDriftWithComplexSpectrum) {
  testing::RandomProblems random(78);
  SampledSystem system;
  system.sde = {.drift = random.Normal(4, 4),
                .center = random.Normal(4, 1),
                .diffusion = random.Normal(4, 6)};
  system.sde.drift.diagonal().array() += 4;
  for (const Scheme scheme : {Scheme::kEulerMaruyama, Scheme::kLeap, Scheme::kExact}) {
    const Sample sample = testing::Draw(system, {.scheme = scheme, .time_step = 0.05}, 3);
    const Comparison c = testing::CompareWithOwnLaw(system, sample);
    EXPECT_GT(c.p_value, 1e-4) << ToString(scheme);
    EXPECT_GT(c.mean_p_value, 1e-4) << ToString(scheme);
  }
}

TEST(Agreement, RankDeficientNoiseIsComparedInItsRange) {
  // One noise direction that the drift does not mix: the law lives on a line.
  SampledSystem system;
  system.sde = {.drift = Eigen::Vector3d(1, 2, 3).asDiagonal(),
                .center = Eigen::VectorXd::Zero(3),
                .diffusion = Eigen::Vector3d(0, 1, 0)};
  const Sample sample = testing::Draw(system, {.scheme = Scheme::kLeap, .time_step = 0.05}, 4);
  const Comparison c = testing::CompareWithOwnLaw(system, sample);
  EXPECT_EQ(c.rank, 1);
  EXPECT_GT(c.p_value, 1e-4);
}

}  // namespace
}  // namespace adamsde
