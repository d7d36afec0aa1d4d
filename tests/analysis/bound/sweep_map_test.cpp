#include "analysis/bound/sweep_map.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

/// err = log((1+λ)/κ₀) + κ₀/(1+λ), κ₀ = 0.5/ρ: λ* = κ₀ − 1 leaves 0 at ρ = 0.5.
struct OneDirection {
  Hyperparameters hyper = [] {
    Hyperparameters h;
    h.learning_rate = 1;
    h.batch_size = 1;
    return h;
  }();
  QuadraticProblem problem{.hessian = Eigen::MatrixXd::Ones(1, 1),
                           .minimizer = Eigen::VectorXd::Zero(1),
                           .gradient_noise = Eigen::MatrixXd::Ones(1, 1)};
  std::shared_ptr<const DecayModel> model =
      std::make_shared<const DecayModel>(*DecayModel::FromProblem(
          problem, hyper, MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper),
          PosteriorMean::kStationary, false));
};

TEST(SweepMap, BoundaryIsComputedNotReadOffTheGrid) {
  const OneDirection one;
  int columns = 0;
  const SweepMap map = MapMinima(
      [&](double rho) {
        SweepOptions options;
        options.settings.prior_variance = rho;
        return MappedModel{.model = one.model,
                           .objective = MakeDecayObjective(one.problem, one.hyper, options)};
      },
      {.map_min = 0.1,
       .map_max = 10,
       .map_points = 6,
       .points = 30,
       .on_points = [&](double, std::span<const SweepPoint> rows) {
         ++columns;
         EXPECT_EQ(rows.size(), 30U);
       }});
  EXPECT_EQ(columns, 6);
  for (const MapPoint& p : map.points) {
    EXPECT_NEAR(p.err.lambda, std::max(0.5 / p.parameter - 1, 0.0), 1e-7);
    EXPECT_TRUE(p.err.certified && p.phi.certified);
  }
  ASSERT_EQ(map.boundaries.size(), 1U);
  EXPECT_NEAR(map.boundaries[0].at_zero, 0.5, 1e-8);
  EXPECT_NEAR(map.boundaries[0].interior, 0.5, 1e-8);
  EXPECT_GT(map.boundaries[0].at_zero, map.boundaries[0].interior)
      << "zero where the prior is wide";
}

TEST(SweepMap, NoiseFactorIsTheLearningRateOrBatchSize) {
  // A model at one learning rate, scaled, against the model built at the other.
  testing::RandomProblems random(75);
  Hyperparameters hyper;
  hyper.learning_rate = 0.1;
  hyper.batch_size = 2;
  const QuadraticProblem problem = random.PaperNoise(6, 100, hyper);
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  SweepOptions options;
  const auto at = [&](const Hyperparameters& h) {
    return DecayModel::FromProblem(problem, h, q, PosteriorMean::kStationary, false);
  };
  Hyperparameters fast = hyper;
  fast.learning_rate = 0.37;
  DecayObjective scaled = MakeDecayObjective(problem, fast, options);
  scaled.noise_factor = 3.7;
  const DecayObjective built = MakeDecayObjective(problem, fast, options);
  const double lambda = 0.3;
  const auto slow_model = at(hyper);
  const auto fast_model = at(fast);
  const SweepPoint a =
      MakeSweepPoint(*slow_model, scaled, slow_model->Evaluate(std::span(&lambda, 1), false)[0]);
  const SweepPoint b =
      MakeSweepPoint(*fast_model, built, fast_model->Evaluate(std::span(&lambda, 1), false)[0]);
  EXPECT_NEAR(a.err, b.err, 1e-12 * b.err);
  EXPECT_NEAR(a.phi_literal, b.phi_literal, 1e-12 * b.phi_literal);
  EXPECT_NEAR(a.risk_plus_phi, b.risk_plus_phi, 1e-12 * b.risk_plus_phi);
  EXPECT_NEAR(a.trace, b.trace, 1e-12 * b.trace);
  EXPECT_NEAR(a.log_det, b.log_det, 1e-12 * std::abs(b.log_det));
}

TEST(SweepMap, WholeNumbersEndBetweenTwoNeighbours) {
  const OneDirection one;
  const SweepMap map = MapMinima(
      [&](double b) {
        SweepOptions options;
        options.settings.prior_variance = 0.005;  // κ₀ = 100/b
        DecayObjective objective = MakeDecayObjective(one.problem, one.hyper, options);
        objective.noise_factor = 1 / b;
        return MappedModel{.model = one.model, .objective = objective};
      },
      {.map_min = 1, .map_max = 1000, .map_points = 4, .whole_numbers = true, .points = 10});
  ASSERT_EQ(map.boundaries.size(), 1U);
  EXPECT_EQ(map.boundaries[0].at_zero, 100) << "slope 0 at κ₀ = 1 exactly: still at zero";
  EXPECT_EQ(map.boundaries[0].interior, 99);
}

TEST(SweepMap, RefusesEmptyRanges) {
  const auto never = [](double) -> MappedModel { throw std::logic_error("called"); };
  EXPECT_THROW((void)MapMinima(never, {.map_min = 0, .map_max = 1}), std::invalid_argument);
  EXPECT_THROW((void)MapMinima(never, {.map_min = 2, .map_max = 1}), std::invalid_argument);
  EXPECT_THROW((void)MapMinima(never, {.map_min = 1, .map_max = 2, .map_points = 1}),
               std::invalid_argument);
}

}  // namespace
}  // namespace adamsde
