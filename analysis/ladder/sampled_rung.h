#pragma once

#include <vector>

#include "analysis/ladder/ladder.h"
#include "sde/ensemble/ensemble.h"
#include "sde/optimizer/gradient_source.h"
#include "sde/optimizer/optimizer_chains.h"
#include "sde/optimizer/update.h"
#include "sde/process/modal_system.h"

namespace adamsde {

/// What one chain costs per step, in core-nanoseconds: a fixed model, measured on one machine, so
/// that plans are the same everywhere.
[[nodiscard]] double SampleStepCost(Eigen::Index dimension, std::int64_t samples_per_step);

/// Groups of chains for standard errors.
inline constexpr std::int64_t kRungReplicates = 32;

/// How long a sampled rung runs. Decided before it starts, from the law of the rung before.
struct RungPlan {
  std::int64_t chains = 0;
  std::int64_t burn_in = 0;
  std::int64_t record_every = 1;
  std::int64_t records = 0;
  double planned_error = 0;
  double core_seconds = 0;
  std::string text;  ///< one line
};

/// Plans from the modes of the frozen-Q process nearby: thinning by its slowest mode (momentum
/// included), discarding the transient of that mode and, where n evolves, of n_t.
/// @param memory     further steps to forget: 1/β₂, or 0 where n is frozen
/// @param step_cost  core-nanoseconds per chain and step
/// @throws std::domain_error  the burn-in alone exceeds the budget; says what it would take.
[[nodiscard]] RungPlan PlanRung(const ModalSystem& nearby, double memory, double step_cost,
                                const LadderOptions& options);

/// A sampled rung before it is measured against its neighbours.
struct SampledRung {
  GaussianLaw law;  ///< estimates; log det without its bias of order 1/count
  RungSample sample;
  double standard_error = 0;
  std::vector<MomentSums> groups;
  Eigen::VectorXd origin;
};

/// Runs the chains and summarizes them.
/// @throws std::domain_error  chains diverged: names the first, and how many.
[[nodiscard]] SampledRung SampleRung(const GradientSource& gradients, const UpdateRule& rule,
                                     const OptimizerStart& start, const ModalSystem& nearby,
                                     const RungPlan& plan, const LadderOptions& options);

/// The optimizer's rule for chains that start in a stationary law: past bias corrections, n as
/// given.
[[nodiscard]] UpdateRule StationaryRule(const Hyperparameters& hyper);
/// The rule that makes Euler–Maruyama with step h out of a gradient: x ← x − h(q g) − hλx, n frozen
/// at 1/q². Its noise must be scaled by η/h.
[[nodiscard]] UpdateRule EulerMaruyamaRule(const Hyperparameters& hyper, double time_step);

}  // namespace adamsde
