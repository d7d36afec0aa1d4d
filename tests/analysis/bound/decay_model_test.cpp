// The terms of the bounds as functions of λ, against the dense law and finite differences.
#include "analysis/bound/decay_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <vector>

#include "analysis/bound/bound_of_weight_decay.h"
#include "analysis/bound/sweep.h"
#include "tests/support/decay_case.h"

namespace adamsde {
namespace {

using testing::DecayCase;
using testing::kDecayTargets;
using testing::RandomDecayCase;

TEST(DecayModel, SlopesAreDerivatives) {
  for (int seed = 0; seed < 24; ++seed) {
    const DecayCase c = RandomDecayCase(seed);
    SCOPED_TRACE(c.name);
    const auto model = DecayModel::FromProblem(c.problem, c.hyper, c.preconditioner,
                                               PosteriorMean::kStationary, false);
    const DecayObjective objective = MakeDecayObjective(c.problem, c.hyper, c.options);
    for (const double lambda : {0.01, 0.3, 5.0}) {
      const double h = 1e-4 * lambda;
      const double at[] = {lambda - 2 * h, lambda - h, lambda, lambda + h, lambda + 2 * h};
      const std::vector<DecayNode> n = model->Evaluate(at, true);
      for (const DecayTarget target : kDecayTargets) {
        const auto v = [&](int k) {
          return objective.Value(*model, n[static_cast<std::size_t>(k)], target);
        };
        const double difference = (v(0) - 8 * v(1) + 8 * v(3) - v(4)) / (12 * h);
        EXPECT_NEAR(objective.Slope(*model, n[2], target), difference,
                    1e-9 * (std::abs(v(2)) / lambda + std::abs(difference)));
      }
    }
  }
}

TEST(DecayModel, TermsAreThoseOfTheLawForAnyNoiseAndOptimizerItTakes) {
  // Against the dense law; ℓ2-Adam where Q commutes with H.
  for (int seed = 0; seed < 40; ++seed) {
    DecayCase c = RandomDecayCase(seed);
    if (seed % 2 == 1 && seed % 3 == 0) c.hyper.optimizer = OptimizerKind::kL2Adam;
    SCOPED_TRACE(c.name);
    const auto model = DecayModel::FromProblem(c.problem, c.hyper, c.preconditioner,
                                               PosteriorMean::kStationary, false);
    ASSERT_TRUE(model.has_value());
    const DecayObjective objective = MakeDecayObjective(c.problem, c.hyper, c.options);
    const BoundOfWeightDecay direct(c.problem, c.hyper, c.preconditioner, c.options);
    for (const double lambda : {0.0, 1e-4, 0.1, 30.0}) {
      const SweepPoint fast =
          MakeSweepPoint(*model, objective, model->Evaluate(std::span(&lambda, 1), false)[0]);
      const SweepPoint slow = direct(lambda);
      const double scale = std::abs(slow.log_det) + slow.err;
      EXPECT_NEAR(fast.log_det, slow.log_det, 1e-9 * scale);
      EXPECT_NEAR(fast.err, slow.err, 1e-9 * scale);
      EXPECT_NEAR(fast.trace, slow.trace, 1e-9 * slow.trace);
      EXPECT_NEAR(fast.risk, slow.risk, 1e-8 * slow.risk);
      EXPECT_NEAR(fast.phi_derived, slow.phi_derived, 1e-9 * slow.phi_derived);
      EXPECT_NEAR(fast.phi_printed, slow.phi_printed, 1e-9 * slow.phi_printed);
      EXPECT_NEAR(fast.phi_literal, slow.phi_literal, 1e-9 * slow.phi_literal);
    }
  }
}

TEST(DecayModel, DoesNotExistForALawThatRotates) {
  testing::RandomProblems random(73);
  Hyperparameters hyper;
  hyper.optimizer = OptimizerKind::kL2Adam;
  const QuadraticProblem problem = random.PaperNoise(4, 30, hyper);
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  EXPECT_FALSE(DecayModel::FromProblem(problem, hyper, q, PosteriorMean::kStationary, false));
  const Sweep sweep = SweepWeightDecay(problem, hyper, q, {});
  EXPECT_FALSE(sweep.err.certified);
  EXPECT_FALSE(sweep.err.lower_bound.has_value());
  EXPECT_NE(sweep.err.reason, "");
}

}  // namespace
}  // namespace adamsde
