#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/ladder/ladder.h"
#include "analysis/statistics/control_variate.h"
#include "sde/ensemble/ensemble.h"
#include "sde/optimizer/update.h"
#include "sde/process/modal_system.h"

namespace adamsde {

/// What one chain costs per step of so many samples' gradients, in core-nanoseconds: a fixed model,
/// measured on one machine, so that plans are the same everywhere (LinearStepCost for a quadratic).
[[nodiscard]] double SampleStepCost(const SampledLoss& loss, std::int64_t samples_per_step);

/// Groups of chains for standard errors.
inline constexpr std::int64_t kRungReplicates = 32;

/// How long a sampled rung runs. Decided before it starts, from the law of the rung before.
struct RungPlan {
  std::int64_t chains = 0;
  std::int64_t burn_in = 0;
  std::int64_t record_every = 1;
  std::int64_t records = 0;
  double transient = 0;  ///< e^(−burn-in/memory): the share of its change a rung may still lack
  double planned_error = 0;  ///< relative, of the covariance, before a control takes its part
  double step_cost = 0;      ///< core-nanoseconds per chain and step, the control's included
  bool controlled = false;
  bool fixed = false;  ///< not to be lengthened
  std::string note;    ///< what the budget forbade

  [[nodiscard]] double CoreSeconds() const;
  [[nodiscard]] std::string Text() const;  ///< one line
};

/// Plans from the modes of the frozen-Q process nearby: mixing first, error second. The burn-in is
/// ln(10/target-error) memories (of the slowest mode, momentum included, and of n where it
/// evolves), fewer chains where that would cost more than a third of the budget; and where even 64
/// chains cannot afford it, as many memories as half of the budget buys, at least two. What is left
/// goes into records, up to the target error; a controlled rung plans for four times the target.
/// @param memory      further steps to forget: 1/β₂, or 0 where n is frozen
/// @param step_cost   core-nanoseconds per chain and step
/// @param controlled  a control of the same cost runs beside every chain
/// @throws std::domain_error  two memories of burn-in exceed the budget; says what they would take.
[[nodiscard]] RungPlan PlanRung(const ModalSystem& nearby, double memory, double step_cost,
                                const LadderOptions& options, bool controlled = false);

/// The plan with as many records as a first run of it shows to be needed for the target error and
/// for R-hat, within the budget.
/// @param error  relative, of the first run
[[nodiscard]] RungPlan LengthenPlan(const RungPlan& plan, double error, double r_hat,
                                    const LadderOptions& options);

/// A process on a rung's own random numbers, stationary from the start, whose law is known: what
/// the rung shares with it is no error.
struct RungControl {
  const ChainSource& chains;
  GaussianLaw law;
};

/// A sampled rung before it is measured against its neighbours.
struct SampledRung {
  RungPlan plan;    ///< as it was run
  GaussianLaw law;  ///< estimates; log det without its bias of order 1/count
  RungSample sample;
  double standard_error = 0;
  std::vector<MomentSums> groups;
  std::optional<ControlSample> control;
  Eigen::VectorXd origin;
};

/// Runs the chains, beside their control if there is one, and summarizes them. A controlled run
/// that falls short of its target error or R-hat is repeated once, as much longer as it takes and
/// the budget allows.
/// @param chains  recording deviations from nearby.center
/// @throws std::domain_error  chains diverged: names the first, and how many.
[[nodiscard]] SampledRung SampleRung(const ChainSource& chains, const RungControl* control,
                                     const ModalSystem& nearby, const RungPlan& plan,
                                     const LadderOptions& options);

/// Coordinates T in which log dets of a sample and its control are compared: log det TM̂Tᵀ. The
/// control's own range, whitened; directions below 1e-12 count as unchanged.
[[nodiscard]] Eigen::MatrixXd LogDetCoordinates(const GaussianLaw& control);

/// The optimizer's rule for chains that start in a stationary law: past bias corrections, n as
/// given.
[[nodiscard]] UpdateRule StationaryRule(const Hyperparameters& hyper);
/// The rule that makes Euler–Maruyama with step h out of a gradient: x ← x − h(q g) − hλx, n frozen
/// at 1/q². Its noise must be scaled by η/h.
[[nodiscard]] UpdateRule EulerMaruyamaRule(const Hyperparameters& hyper, double time_step);
/// A step far enough for chains that start in a stationary law.
inline constexpr std::int64_t kStationaryStep = std::int64_t{1} << 52;

}  // namespace adamsde
