// The law of records in its three forms, against brute force and against each other.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "analysis/stationary/laws.h"
#include "analysis/stationary/lyapunov.h"
#include "analysis/statistics/lag_sums.h"
#include "analysis/statistics/matrix_record_law.h"
#include "sde/process/gaussian_kernel.h"
#include "tests/support/brute_force_variance.h"
#include "tests/support/sampling.h"

namespace adamsde {
namespace {

TEST(HalfLagSum, AllBranchesAgreeWithTheSum) {
  for (const std::int64_t records : {1, 2, 63, 64, 65, 100, 1000, 20000}) {
    for (const double delta : {0.0, 1e-12, 1e-8, 4e-7, 1e-5, 1e-3, 0.1, 0.9, 1.0, 1.7, 1.999}) {
      long double sum = 0.5L;
      long double power = 1;
      for (std::int64_t k = 1; k < records; ++k) {
        power *= 1 - static_cast<long double>(delta);
        sum += (1 - static_cast<long double>(k) / static_cast<long double>(records)) * power;
      }
      const auto expected = static_cast<double>(sum);
      EXPECT_NEAR(HalfLagSum(delta, records), expected, 1e-8 * expected) << records << " " << delta;
    }
  }
}

struct Laws {
  SampledSystem system;
  std::unique_ptr<RecordLaw> modal;
  std::unique_ptr<RecordLaw> factored;
  std::unique_ptr<RecordLaw> matrix;

  [[nodiscard]] std::vector<const RecordLaw*> All() const {
    return {modal.get(), factored.get(), matrix.get()};
  }
};

/// The same law three times: closed form in modal coordinates, with a factor of its covariance, and
/// by sums over lags.
Laws AllLaws(OptimizerKind optimizer, bool paper_noise, std::int64_t every) {
  Laws laws;
  laws.system = testing::MakeSystem(testing::MakeFastProblem(optimizer, paper_noise));
  laws.modal = MakeRecordLaw(laws.system, Scheme::kEulerMaruyama, 0.3, every);
  const Eigen::MatrixXd m = EulerMaruyamaCovariance(laws.system.sde, 0.3);
  laws.factored = MakeClaimedRecordLaw(laws.system, Scheme::kEulerMaruyama, 0.3, every,
                                       laws.system.sde.center, m);
  laws.matrix = std::make_unique<MatrixRecordLaw>(
      laws.system.sde.center, m, LeapKernel(laws.system.sde, 0.3, every).increment);
  return laws;
}

TEST(RecordLaw, ExpectedErrorIsIsserlisSum) {
  for (const bool paper_noise : {true, false}) {
    for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
      const Laws laws = AllLaws(optimizer, paper_noise, 2);
      const Averaging averaging{.chains = 3, .records = 7};
      const Eigen::MatrixXd variance =
          testing::BruteForceVariance(laws.system.sde, 0.3, 2, averaging);
      const double expected = std::sqrt(variance.sum()) / laws.modal->Covariance().norm();
      for (const RecordLaw* const law : laws.All()) {
        EXPECT_NEAR(law->ExpectedRelativeError(averaging), expected, 1e-12 * expected);
      }
    }
  }
}

TEST(RecordLaw, AllFormsGiveTheSameOperator) {
  testing::RandomProblems random(95);
  for (const std::int64_t records : {1, 2, 5, 64, 200, 100000}) {
    const Laws laws = AllLaws(OptimizerKind::kL2Adam, false, 1);
    const Averaging averaging{.chains = 10, .records = records};
    const Eigen::MatrixXd x = random.Normal(4, 4);
    const Eigen::MatrixXd e = x + x.transpose();
    // ⟨E, Γ(E)⟩ is the variance of ⟨E, Ĉ⟩: the same in any coordinates, E moved with them.
    const auto variance = [&](const RecordLaw& law) {
      const Eigen::MatrixXd back = law.ToWorking().inverse();
      const Eigen::MatrixXd moved = back.transpose() * e * back;
      return moved.cwiseProduct(law.ApplyErrorCovariance(moved, averaging)).sum();
    };
    const double expected = variance(*laws.modal);
    EXPECT_NEAR(variance(*laws.factored), expected, 1e-10 * expected) << records;
    EXPECT_NEAR(variance(*laws.matrix), expected, 1e-10 * expected) << records;
  }
}

TEST(RecordLaw, EntryVarianceIsTheOperatorsDiagonal) {
  const Laws laws = AllLaws(OptimizerKind::kL2Adam, false, 1);
  const Averaging averaging{.chains = 10, .records = 9};
  for (const RecordLaw* const law : laws.All()) {
    const Eigen::MatrixXd variance = law->EntryVariance(averaging);
    for (Eigen::Index i = 0; i < 4; ++i) {
      for (Eigen::Index j = 0; j <= i; ++j) {
        Eigen::MatrixXd e = Eigen::MatrixXd::Zero(4, 4);
        e(i, j) += 0.5;
        e(j, i) += 0.5;
        const double expected = e.cwiseProduct(law->ApplyErrorCovariance(e, averaging)).sum();
        EXPECT_NEAR(variance(i, j), expected, 1e-12 * expected);
      }
    }
  }
}

/// ℓ2-Adam with noise from `rank` random directions: M keeps its rank, but its least eigenvalues
/// are tiny.
SampledSystem LowRankNoise(Eigen::Index d, Eigen::Index rank) {
  testing::RandomProblems random(97);
  testing::FastProblem problem = testing::MakeFastProblem(OptimizerKind::kL2Adam, false);
  problem.quadratic = random.AnyNoise(d, 30);
  const Eigen::MatrixXd factor = random.Normal(d, rank);
  problem.quadratic.gradient_noise = factor * factor.transpose();
  problem.preconditioner =
      MakePreconditioner(PreconditionerKind::kLemma5, problem.quadratic, problem.hyper);
  return testing::MakeSystem(problem);
}

TEST(FactoredRecordLaw, AgreesWithSumsOverLagsWhereNoiseHasLowRank) {
  for (const auto& [d, rank] : {std::pair{4, 1}, {12, 2}, {12, 11}}) {
    const SampledSystem system = LowRankNoise(d, rank);
    const Eigen::MatrixXd m = EulerMaruyamaCovariance(system.sde, 0.1);
    const auto factored = MakeClaimedRecordLaw(system, Scheme::kLeap, 0.1, 5, system.sde.center, m);
    const MatrixRecordLaw matrix(system.sde.center, m, LeapKernel(system.sde, 0.1, 5).increment);
    ASSERT_EQ(factored->Rank(), matrix.Rank());
    // Directions down to 1e-6 standard deviations carry the rounding of M, relative to them.
    const double digits = 1e-16 / m.eigenvalues().real().minCoeff() * m.trace() + 1e-11;
    testing::RandomProblems random(98);
    const Eigen::MatrixXd x = random.Normal(factored->Rank(), factored->Rank());
    const Eigen::MatrixXd e = x + x.transpose();
    for (const std::int64_t records : {1, 7, 300}) {
      const Averaging averaging{.chains = 10, .records = records};
      const auto close = [&](const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
        EXPECT_LE((a - b).norm(), digits * b.norm()) << d << " " << rank << " " << records;
      };
      close(factored->MeanErrorCovariance(averaging), matrix.MeanErrorCovariance(averaging));
      close(factored->EntryVariance(averaging), matrix.EntryVariance(averaging));
      close(factored->ApplyErrorCovariance(e, averaging),
            matrix.ApplyErrorCovariance(e, averaging));
      EXPECT_NEAR(factored->ExpectedRelativeError(averaging),
                  matrix.ExpectedRelativeError(averaging),
                  1e-10 * matrix.ExpectedRelativeError(averaging));
    }
  }
}

TEST(FactoredRecordLaw, IsWhatNearlySingularLawsGet) {
  const SampledSystem system = LowRankNoise(12, 2);
  const auto law = MakeRecordLaw(system, Scheme::kLeap, 0.1, 5);
  EXPECT_EQ(law->WorkingCovariance(), Eigen::MatrixXd::Identity(law->Rank(), law->Rank()));
  const Eigen::MatrixXd m = EulerMaruyamaCovariance(system.sde, 0.1);
  EXPECT_LE((law->Covariance() - m).norm(), 1e-12 * m.norm());
}

TEST(FactoredRecordLaw, JudgesSamplesOfNearlySingularLaws) {
  // 2 p-values, each at 1e-3, and the twin: noise 3 % too strong.
  const SampledSystem system = LowRankNoise(12, 2);
  const SamplingRequest request{.scheme = Scheme::kExact, .time_step = 0.1, .target_error = 0.005};
  const testing::Sample sample = testing::Draw(system, request, 12);
  const Comparison c = testing::CompareWithOwnLaw(system, sample);
  EXPECT_GT(c.p_value, 1e-3);
  EXPECT_GT(c.mean_p_value, 1e-3);
  const auto wrong = MakeClaimedRecordLaw(system, sample.plan.scheme, sample.plan.time_step,
                                          sample.plan.record_every, system.sde.center,
                                          1.03 * StationaryCovariance(system.sde));
  EXPECT_LT(CompareWithLaw(sample.groups, system.sde.center, *wrong, sample.Counts()).p_value,
            1e-6);
}

}  // namespace
}  // namespace adamsde
