#pragma once

#include "sde/problem/preconditioner.h"
#include "tests/support/random_problem.h"

namespace adamsde::testing {

/// A small problem whose slowest mode is fast, so that samples are cheap: d = 4, correlated.
struct FastProblem {
  Hyperparameters hyper;
  QuadraticProblem quadratic;
  Preconditioner preconditioner;
};

inline FastProblem MakeFastProblem(OptimizerKind optimizer, bool paper_noise) {
  Hyperparameters hyper{.optimizer = optimizer,
                        .learning_rate = 0.1,
                        .weight_decay = 0.5,
                        .batch_size = 4,
                        .beta1 = 0.1,
                        .beta2 = 1e-3,
                        .delta = 1e-8};
  RandomProblems random(7);
  QuadraticProblem quadratic =
      paper_noise ? random.PaperNoise(4, 30, hyper) : random.AnyNoise(4, 30);
  Preconditioner preconditioner = MakePreconditioner(PreconditionerKind::kLemma5, quadratic, hyper);
  return {hyper, std::move(quadratic), std::move(preconditioner)};
}

}  // namespace adamsde::testing
