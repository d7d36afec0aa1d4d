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

double CoreSeconds(const RungPlan& plan, double step_cost) {
  const double steps = static_cast<double>(plan.burn_in) +
                       static_cast<double>(plan.records) * static_cast<double>(plan.record_every);
  return 1e-9 * step_cost * static_cast<double>(plan.chains) * steps;
}

}  // namespace

double SampleStepCost(Eigen::Index dimension, std::int64_t samples_per_step) {
  const auto d = static_cast<double>(dimension);
  return 20 + 6 * d + static_cast<double>(samples_per_step) * (20 + 1.0 * d);
}

RungPlan PlanRung(const ModalSystem& nearby, double memory, double step_cost,
                  const LadderOptions& options) {
  const Hyperparameters& hyper = nearby.hyper;
  const double slowest = std::max(SlowestMemory(nearby), 1.0);
  RungPlan plan;
  plan.record_every = std::max<std::int64_t>(1, Ceil(slowest / 4));
  plan.burn_in = Ceil(std::log(10 / options.target_error) * std::max(slowest / 2, memory) +
                      std::log(10 / options.target_error) * std::min(slowest / 2, memory));
  plan.chains = std::max<std::int64_t>(options.chains, kRungReplicates);
  while (plan.chains >= 128 && CoreSeconds(plan, step_cost) > 0.3 * options.budget) {
    plan.chains = (plan.chains / 2 + kBlockChains - 1) / kBlockChains * kBlockChains;
  }
  if (CoreSeconds(plan, step_cost) > 0.8 * options.budget) {
    throw std::domain_error(fmt::format(
        "not run: the burn-in of {} steps on {} chains alone takes about {:.3g} core-seconds (more "
        "than --ladder-budget {:g}) raise it, or --learning-rate or --weight-decay",
        plan.burn_in, plan.chains, CoreSeconds(plan, step_cost), options.budget));
  }
  // The SDE with the same modes tells how records correlate; its exact transition has no unstable
  // steps, which momentum may allow. Only lag sums are asked for: N may be singular.
  const double interval = hyper.learning_rate * static_cast<double>(plan.record_every);
  const ModalRecordLaw law(nearby, ModalCovariance(nearby, 0), ContinuousDecay(nearby, interval));
  const auto error = [&](std::int64_t records) {
    return law.ExpectedRelativeError({.chains = plan.chains, .records = records});
  };
  // Records of a mode are worth tanh(1/8) each where four of them span its memory.
  const double least = kLeastEffective / (static_cast<double>(plan.chains) * std::tanh(0.125));
  plan.records = std::max<std::int64_t>(4, Ceil(least));
  while (error(plan.records) > options.target_error) plan.records += plan.records / 8 + 1;
  const double wanted = CoreSeconds(plan, step_cost);
  std::string note;
  if (wanted > options.budget) {
    const double burn_in = 1e-9 * step_cost * static_cast<double>(plan.chains * plan.burn_in);
    const double per_record =
        1e-9 * step_cost * static_cast<double>(plan.chains * plan.record_every);
    plan.records = std::max<std::int64_t>(4, Ceil((options.budget - burn_in) / per_record));
    note = fmt::format("; --target-error {:g} would take {:.3g} core-seconds", options.target_error,
                       wanted);
  }
  plan.planned_error = error(plan.records);
  plan.core_seconds = CoreSeconds(plan, step_cost);
  plan.text = fmt::format(
      "{} chains, burn-in {}, {} records each every {} steps, expected relative error {:.2g}, "
      "about "
      "{:.2g} core-seconds{}",
      plan.chains, plan.burn_in, plan.records, plan.record_every, plan.planned_error,
      plan.core_seconds, note);
  return plan;
}

}  // namespace adamsde
