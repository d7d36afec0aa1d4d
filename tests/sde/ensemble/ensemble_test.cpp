#include "sde/ensemble/ensemble.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>

#include "tests/support/ensemble_runs.h"
#include "tests/support/sampling.h"

namespace adamsde {
namespace {

using testing::ExpectSameBits;
using testing::OddRun;

SampledSystem FastSystem(OptimizerKind optimizer, bool paper_noise) {
  return testing::MakeSystem(testing::MakeFastProblem(optimizer, paper_noise));
}

TEST(Ensemble, AnyNumberOfThreadsGivesTheSameBits) {
  for (const Scheme scheme : {Scheme::kEulerMaruyama, Scheme::kModal, Scheme::kLeap,
                              Scheme::kModalLeap, Scheme::kExact}) {
    for (const bool paper_noise : {true, false}) {
      const SampledSystem system = FastSystem(OptimizerKind::kAdamW, paper_noise);
      const auto stepper = MakeStepper(system, scheme, 0.1, 3);
      const EnsembleResult one = RunEnsemble(*stepper, OddRun(1));
      for (const int threads : {2, 3, 8}) {
        SCOPED_TRACE(fmt::format("{}, {} threads", ToString(scheme), threads));
        ExpectSameBits(one, RunEnsemble(*stepper, OddRun(threads)));
      }
    }
  }
}

/// The chain of one (seed, chain) step by step in scalar code: nothing shared with the engine but
/// the normals.
Eigen::VectorXd ReplayChain(const LinearSde& sde, double h, std::uint32_t chain, int steps) {
  Eigen::VectorXd y = Eigen::VectorXd::Zero(sde.Dimension());
  for (int n = 0; n < steps; ++n) {
    Eigen::VectorXd z(sde.diffusion.cols());
    for (Eigen::Index k = 0; k < z.size(); ++k) {
      z(k) = StandardNormal({.seed = 17, .stream = 0}, chain, static_cast<std::uint64_t>(n),
                            static_cast<std::uint32_t>(k));
    }
    y += -h * sde.drift * y + std::sqrt(h) * sde.diffusion * z;
  }
  return y;
}

TEST(Ensemble, IsEulerMaruyamaChainByChain) {
  const SampledSystem system = FastSystem(OptimizerKind::kL2Adam, false);
  const auto stepper = MakeStepper(system, Scheme::kEulerMaruyama, 0.1, 1);
  EnsembleOptions options;
  options.chains = 70;
  options.replicates = 2;
  options.burn_in = 4;
  options.record_every = 3;
  options.records = 2;
  options.seed = 17;
  Eigen::MatrixXd records(70, 8);
  options.sink = [&](std::int64_t first, const Eigen::MatrixXd& block) {
    records.middleRows(first, block.rows()) = block;
  };
  const EnsembleResult result = RunEnsemble(*stepper, options);
  ASSERT_EQ(stepper->StateCoordinates().from.rows(), 4);
  for (const std::uint32_t chain : {0U, 1U, 63U, 64U, 69U}) {
    for (int r = 0; r < 2; ++r) {
      const Eigen::VectorXd expected = ReplayChain(system.sde, 0.1, chain, 4 + 3 * (r + 1));
      const Eigen::VectorXd white = records.row(chain).segment(4 * r, 4).transpose();
      EXPECT_LE((stepper->StateCoordinates().from * white - expected).norm(),
                1e-13 * expected.norm());
    }
  }
  // The moments are those of the records.
  Eigen::MatrixXd outer = Eigen::MatrixXd::Zero(4, 4);
  for (Eigen::Index i = 0; i < 70; ++i) {
    for (int r = 0; r < 2; ++r) {
      const Eigen::Vector4d y = records.row(i).segment(4 * r, 4).transpose();
      outer += y * y.transpose();
    }
  }
  const MomentSums pooled = Pool(result.groups);
  EXPECT_EQ(pooled.count, 140);
  EXPECT_LE((pooled.Outer() - outer).norm(), 1e-12 * outer.norm());
}

/// States of one block after one transition from a start that all its chains share.
Eigen::MatrixXd AfterOneTransition(const Stepper& stepper, const Eigen::VectorXd& start) {
  Tile tile(stepper, 0);
  tile.state.rowwise() = start.transpose();
  stepper.Advance({.seed = 17, .stream = 0}, 0, 1, tile);
  return tile.state;
}

TEST(ModalLeap, IsTheComposedStepInModalCoordinates) {
  for (const bool paper_noise : {true, false}) {
    const SampledSystem system = FastSystem(OptimizerKind::kAdamW, paper_noise);
    const ModalSystem& modal = *system.modal;
    for (const std::int64_t steps : {1, 2, 7, 1000}) {
      const GaussianKernel leap = LeapKernel(system.sde, 0.1, steps);
      const auto stepper = MakeStepper(system, Scheme::kModalLeap, 0.1, steps);
      const Eigen::MatrixXd kicks = AfterOneTransition(*stepper, Eigen::VectorXd::Zero(4));
      const Eigen::VectorXd start = Eigen::Vector4d(1, -2, 3, 4);
      const Eigen::VectorXd moved = (AfterOneTransition(*stepper, start) - kicks).row(0);
      const Eigen::VectorXd expected =
          start + modal.to_modal * leap.increment * modal.from_modal * start;
      EXPECT_LE((moved - expected).norm(), 1e-12 * start.norm()) << steps;
      // The kicks are L z with z known; L Lᵀ is the noise covariance in modal coordinates.
      Eigen::MatrixXd z(kBlockChains, 4);
      for (std::uint32_t chain = 0; chain < kBlockChains; ++chain) {
        for (std::uint32_t k = 0; k < 4; ++k) {
          z(chain, k) = StandardNormal({.seed = 17, .stream = 0}, chain, 0, k);
        }
      }
      const Eigen::MatrixXd l = z.colPivHouseholderQr().solve(kicks).transpose();
      const Eigen::MatrixXd factor = modal.to_modal * leap.noise;
      const Eigen::MatrixXd covariance = factor * factor.transpose();
      EXPECT_LE((l * l.transpose() - covariance).norm(), 1e-12 * covariance.norm()) << steps;
    }
  }
}

TEST(Ensemble, InitialStatesAreUsed) {
  const SampledSystem system = FastSystem(OptimizerKind::kAdamW, true);
  const auto stepper = MakeStepper(system, Scheme::kEulerMaruyama, 0.1, 1);
  EnsembleOptions options;
  options.chains = 64;
  options.replicates = 2;
  options.records = 1;
  const Coordinates& coordinates = stepper->StateCoordinates();
  const Eigen::Vector4d start(1e6, 0, 0, 0);
  options.initial = (coordinates.to * start).transpose();
  const Eigen::VectorXd mean =
      coordinates.from * Pool(RunEnsemble(*stepper, options).groups).Mean();
  const Eigen::VectorXd expected = (Eigen::Matrix4d::Identity() - 0.1 * system.sde.drift) * start;
  EXPECT_LE((mean - expected).norm(), 1e-5 * expected.norm());
}

TEST(Ensemble, DivergenceIsReportedNotDropped) {
  const SampledSystem system = FastSystem(OptimizerKind::kAdamW, true);
  // Far beyond stability: every chain overflows.
  const auto stepper = MakeStepper(system, Scheme::kEulerMaruyama, 1e3, 1);
  EnsembleOptions options;
  options.chains = 100;
  options.replicates = 4;
  options.burn_in = 1000;
  const EnsembleResult result = RunEnsemble(*stepper, options);
  ASSERT_EQ(result.divergences.size(), 100U);
  EXPECT_EQ(result.divergences.front().chain, 0);
  EXPECT_EQ(result.divergences.back().chain, 99);
  EXPECT_EQ(result.divergences.front().transition, 1001);
}

TEST(Ensemble, AnExceptionLeavesTheParallelRegion) {
  const SampledSystem system = FastSystem(OptimizerKind::kAdamW, true);
  const auto stepper = MakeStepper(system, Scheme::kEulerMaruyama, 0.1, 1);
  EnsembleOptions options;
  options.sink = [](std::int64_t, const Eigen::MatrixXd&) {
    throw std::runtime_error("disk full");
  };
  EXPECT_THROW((void)RunEnsemble(*stepper, options), std::runtime_error);
}

TEST(Ensemble, ProgressReachesOne) {
  const SampledSystem system = FastSystem(OptimizerKind::kAdamW, true);
  const auto stepper = MakeStepper(system, Scheme::kModal, 0.1, 1);
  EnsembleOptions options;
  options.records = 10;
  options.burn_in = 5000;
  double last = 0;
  options.progress = [&](double fraction) { last = std::max(last, fraction); };
  (void)RunEnsemble(*stepper, options);
  EXPECT_DOUBLE_EQ(last, 1.0);
}

TEST(Ensemble, ValidationNamesTheCount) {
  const SampledSystem system = FastSystem(OptimizerKind::kAdamW, true);
  const auto stepper = MakeStepper(system, Scheme::kModal, 0.1, 1);
  EnsembleOptions options;
  options.chains = 8;
  EXPECT_THROW((void)RunEnsemble(*stepper, options), std::invalid_argument);  // < replicates
  options.replicates = 4;
  options.initial = Eigen::MatrixXd::Zero(3, 4);
  EXPECT_THROW((void)RunEnsemble(*stepper, options), std::invalid_argument);
}

}  // namespace
}  // namespace adamsde
