#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "analysis/ladder/sampled_rung.h"
#include "analysis/stationary/laws.h"
#include "analysis/stationary/momentum.h"
#include "analysis/statistics/modal_record_law.h"

namespace adamsde {
namespace {

/// Effective samples a nested R-hat needs to fall well below 1.01: 1/√(1 + 1/150) per group.
constexpr double kLeastEffective = 150.0 * kRungReplicates;
/// What a control is expected to take off the error. A first run shows what it really does.
constexpr double kControlGain = 4;
constexpr double kLeastMemories = 2;
/// Records in the memory of the slowest mode: the fast modes have more to say, and a record costs
/// less than a quarter of a step in many dimensions.
constexpr double kRecordsPerMemory = 4;
constexpr double kControlledRecordsPerMemory = 32;

/// Steps in which the slowest mode of the discrete optimizer falls by e, momentum included.
double SlowestMemory(const ModalSystem& system) {
  double log_radius = -std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 0; i < system.Dimension(); ++i) {
    const Eigen::Matrix2d f = Eigen::Matrix2d::Identity() + MakeMomentumBlock(system, i).increment;
    log_radius = std::max(log_radius, std::log(f.eigenvalues().cwiseAbs().maxCoeff()));
  }
  return -1 / log_radius;
}

std::int64_t Ceil(double x) { return static_cast<std::int64_t>(std::ceil(x)); }

/// Core-seconds of so many steps of all chains.
double Seconds(const RungPlan& plan, std::int64_t steps) {
  return 1e-9 * plan.step_cost * static_cast<double>(plan.chains) * static_cast<double>(steps);
}

/// Chains and burn-in: every memory forgotten is `unit` steps.
void PlanBurnIn(double unit, const LadderOptions& options, RungPlan& plan) {
  const double wanted = std::log(10 / options.target_error);
  plan.chains = (std::max<std::int64_t>(options.chains, kRungReplicates) + kBlockChains - 1) /
                kBlockChains * kBlockChains;
  plan.burn_in = Ceil(wanted * unit);
  while (plan.chains >= 2 * kBlockChains && Seconds(plan, plan.burn_in) > 0.3 * options.budget) {
    plan.chains = (plan.chains / 2 + kBlockChains - 1) / kBlockChains * kBlockChains;
  }
  const double affordable = 0.5 * options.budget / Seconds(plan, 1);
  const double memories = std::min(wanted, std::max(kLeastMemories, affordable / unit));
  plan.burn_in = Ceil(memories * unit);
  plan.transient = std::exp(-memories);
  if (Seconds(plan, plan.burn_in) > 0.8 * options.budget) {
    throw std::domain_error(fmt::format(
        "not run: a burn-in of {:g} memories, {} steps, on {} chains alone takes about {:.3g} "
        "core-seconds (more than --ladder-budget {:g}) raise it, or --learning-rate or "
        "--weight-decay",
        memories, plan.burn_in, plan.chains, Seconds(plan, plan.burn_in), options.budget));
  }
  if (memories < wanted) {
    plan.note = fmt::format("; the burn-in wanted is {} steps", Ceil(wanted * unit));
  }
}

std::int64_t AffordableRecords(const RungPlan& plan, double budget) {
  constexpr double kMost = 1e15;
  const double records = (budget - Seconds(plan, plan.burn_in)) / Seconds(plan, plan.record_every);
  return static_cast<std::int64_t>(std::clamp(records, 4.0, kMost));
}

}  // namespace

double SampleStepCost(const SampledLoss& loss, std::int64_t samples_per_step) {
  const auto d = static_cast<double>(loss.Dimension());
  const double of_sample = 20 + 11 * static_cast<double>(loss.NumOutputs()) + 0.2 * d;
  return 20 + 6 * d + static_cast<double>(samples_per_step) * of_sample;
}

double RungPlan::CoreSeconds() const { return Seconds(*this, burn_in + records * record_every); }

std::string RungPlan::Text() const {
  return fmt::format(
      "{} chains{}, burn-in {} (leaves at most {:.2g} of the change), {} records each every {} "
      "steps, expected relative error {:.2g}{}, about {:.2g} core-seconds{}",
      chains, controlled ? " and as many controls" : "", burn_in, transient, records, record_every,
      planned_error, controlled ? " before the control's part" : "", CoreSeconds(), note);
}

RungPlan PlanRung(const ModalSystem& nearby, double memory, double step_cost,
                  const LadderOptions& options, bool controlled) {
  const double slowest = std::max(SlowestMemory(nearby), 1.0);
  const double gain = controlled ? kControlGain : 1;
  RungPlan plan;
  plan.controlled = controlled;
  plan.step_cost = controlled ? 2 * step_cost : step_cost;
  const double per_memory = controlled ? kControlledRecordsPerMemory : kRecordsPerMemory;
  plan.record_every = std::max<std::int64_t>(1, Ceil(slowest / per_memory));
  // A covariance forgets twice as fast as a mean, and waits for n.
  PlanBurnIn(slowest / 2 + memory, options, plan);
  // A log det needs more records than parameters, however alike they are.
  const auto enough =
      static_cast<double>(4 * nearby.Dimension()) / static_cast<double>(plan.chains);
  const auto affordable = static_cast<double>(AffordableRecords(plan, options.budget));
  if (affordable < enough) {
    plan.record_every = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(static_cast<double>(plan.record_every) * affordable / enough));
  }
  // The SDE with the same modes tells how records correlate; its exact transition has no unstable
  // steps, which momentum may allow. Only lag sums are asked for: N may be singular.
  const double interval = nearby.hyper.learning_rate * static_cast<double>(plan.record_every);
  const ModalRecordLaw law(nearby, ModalCovariance(nearby, 0), ContinuousDecay(nearby, interval));
  const auto error = [&](std::int64_t records) {
    return law.ExpectedRelativeError({.chains = plan.chains, .records = records});
  };
  // Where m records span a mode's memory, each is worth tanh(1/2m).
  const double least = kLeastEffective / (gain * gain * static_cast<double>(plan.chains) *
                                          std::tanh(0.5 / per_memory));
  const std::int64_t most = AffordableRecords(plan, options.budget);
  plan.records = Ceil(std::max({4.0, least, enough}));
  while (plan.records < 64 * most && error(plan.records) > gain * options.target_error) {
    plan.records += plan.records / 8 + 1;
  }
  if (plan.records > most) {
    plan.note += fmt::format("; --target-error {:g} would take {:.3g} core-seconds or more",
                             options.target_error, plan.CoreSeconds());
    plan.records = most;
  }
  plan.planned_error = error(plan.records);
  return plan;
}

RungPlan LengthenPlan(const RungPlan& plan, double error, double r_hat,
                      const LadderOptions& options) {
  constexpr double kWantedRHat = 1.008;
  constexpr double kMargin = 1.2;
  const double by_error = std::pow(error / options.target_error, 2);
  const double by_r_hat = (r_hat * r_hat - 1) / (kWantedRHat * kWantedRHat - 1);
  const double wanted = kMargin * std::max(by_error, by_r_hat) * static_cast<double>(plan.records);
  RungPlan longer = plan;
  const std::int64_t most = AffordableRecords(plan, options.budget);
  longer.records = wanted < static_cast<double>(most) ? std::max(plan.records, Ceil(wanted)) : most;
  longer.planned_error *=
      std::sqrt(static_cast<double>(plan.records) / static_cast<double>(longer.records));
  return longer;
}

}  // namespace adamsde
