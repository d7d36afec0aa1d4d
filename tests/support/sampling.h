#pragma once

#include <cstdint>
#include <vector>

#include "analysis/statistics/comparison.h"
#include "analysis/statistics/plan.h"
#include "sde/ensemble/ensemble.h"
#include "sde/ensemble/sampled_system.h"
#include "tests/support/fast_problem.h"

namespace adamsde::testing {

inline SampledSystem MakeSystem(const FastProblem& p) {
  return MakeSampledSystem(p.quadratic, p.hyper, p.preconditioner);
}

/// A sample in the original coordinates, as deviations from the mean.
struct Sample {
  SamplingPlan plan;
  std::vector<MomentSums> groups;

  [[nodiscard]] Averaging Counts() const {
    return {.chains = plan.chains, .records = plan.records};
  }
};

inline Sample Draw(const SampledSystem& system, const SamplingRequest& request, std::uint64_t seed,
                   int threads = 0) {
  Sample sample{.plan = PlanSampling(system, request), .groups = {}};
  EnsembleOptions run = MakeEnsembleOptions(sample.plan);
  run.seed = seed;
  run.threads = threads;
  const auto stepper = MakeStepper(system, sample.plan.scheme, sample.plan.time_step,
                                   sample.plan.record_every, sample.plan.precision);
  sample.groups = RunEnsemble(*stepper, run).groups;
  for (MomentSums& group : sample.groups) {
    group = Transform(group, stepper->StateCoordinates().from);
  }
  return sample;
}

/// Against the law of the scheme run.
inline Comparison CompareWithOwnLaw(const SampledSystem& system, const Sample& sample) {
  const auto law =
      MakeRecordLaw(system, sample.plan.scheme, sample.plan.time_step, sample.plan.record_every);
  return CompareWithLaw(sample.groups, system.sde.center, *law, sample.Counts());
}

}  // namespace adamsde::testing
