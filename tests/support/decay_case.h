#pragma once

#include <string>
#include <utility>

#include "analysis/bound/sweep.h"
#include "tests/support/random_problem.h"

namespace adamsde::testing {

inline constexpr DecayTarget kDecayTargets[] = {DecayTarget::kErr, DecayTarget::kPhi,
                                                DecayTarget::kRiskPlusPhi};

struct DecayCase {
  QuadraticProblem problem;
  Hyperparameters hyper;
  Preconditioner preconditioner;
  SweepOptions options;
  std::string name;
};

/// All regimes: posterior far narrower to far wider than the prior, correlated or diagonal H, Q by
/// lemma5 or I, any convention, x* small or large; every fourth with noise that is not H/b.
inline DecayCase RandomDecayCase(int seed) {
  RandomProblems random(static_cast<unsigned>(7000 + seed));
  const bool dense_noise = seed % 4 == 3;
  const auto d = static_cast<Eigen::Index>(random.Uniform(1, dense_noise ? 8 : 50.99));
  Hyperparameters hyper;
  hyper.learning_rate = random.LogUniform(1e-3, 1);
  hyper.batch_size = 1;
  const double condition = random.LogUniform(1, 1e6);
  QuadraticProblem problem =
      dense_noise ? random.AnyNoise(d, condition) : random.PaperNoise(d, condition, hyper);
  problem.minimizer *= random.LogUniform(1e-2, 1e2);
  const auto kind = seed % 3 == 0 ? PreconditionerKind::kIdentity : PreconditionerKind::kLemma5;
  SweepOptions options;
  options.settings.prior_variance = hyper.learning_rate * random.LogUniform(1e-2, 10);
  options.settings.num_samples = random.LogUniform(1e2, 1e6);
  options.convention = static_cast<BoundConvention>(seed % 5 % 3);
  options.lambda_max = random.LogUniform(1e-2, 1e3);
  Preconditioner q = MakePreconditioner(kind, problem, hyper);
  return {std::move(problem), hyper, std::move(q), options, "seed " + std::to_string(seed)};
}

}  // namespace adamsde::testing
