#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "analysis/ladder/ladder_state.h"
#include "analysis/ladder/paired.h"
#include "analysis/ladder/rung_metrics.h"
#include "analysis/ladder/sampled_rung.h"
#include "analysis/stationary/laws.h"
#include "analysis/statistics/budget.h"
#include "sde/process/psd_factor.h"

namespace adamsde {
namespace {

void RequireMixedSoFar(const LadderState& state) {
  for (const Rung& rung : state.ladder.rungs) {
    if (rung.sample && !rung.sample->mixed) {
      throw std::domain_error(
          fmt::format("not run: the chains of rung {} have not mixed (nested R-hat {:.4f}, drift "
                      "{:.2g} standard errors) use a smaller --target-error or a larger "
                      "--ladder-budget",
                      rung.id, rung.sample->r_hat, rung.sample->drift_z));
    }
  }
}

/// Runs a sampled rung, unless one before it has not mixed.
/// @param before  what it is compared with; may change while it runs
template <typename RunRung>
void AddSampledRung(LadderState& state, const std::string& id, const std::string& name,
                    const Rung& before, const RunRung& run_rung) {
  Rung rung = MissingRung(id, name, "");
  try {
    state.RequireFixedPoint();
    RequireMixedSoFar(state);
    SampledRung sampled = run_rung();
    rung.law = sampled.law;
    rung.sample = sampled.sample;
    rung.standard_error = sampled.standard_error;
    MeasureRung(state.problem, state.options, &before, FindRung(state.ladder, "0"), rung);
  } catch (const std::domain_error& error) {
    rung = MissingRung(id, name, error.what());
    rung.compared_with = before.id;
  }
  state.ladder.rungs.push_back(std::move(rung));
}

OptimizerStart StartFrom(const Rung& rung, const Eigen::VectorXd& n) {
  return {.mean = rung.law.mean, .factor = FactorPsd(rung.law.covariance), .second_moment = n};
}

void AddEvolving(LadderState& state) {
  const std::string name = fmt::format("n_t evolving, beta2 = {:g}", state.problem.hyper.beta2);
  AddSampledRung(state, "6", name, *FindRung(state.ladder, "5"), [&] {
    const ModalSystem nearby = state.OwnModal();
    const RungPlan plan = PlanRung(nearby, 1 / state.problem.hyper.beta2,
                                   LinearStepCost(nearby.Dimension()), state.options);
    const auto gradients = MakeQuadraticGradients(state.problem.quadratic, state.options.seed);
    const OptimizerStart start =
        StartFrom(*FindRung(state.ladder, "5"), state.ladder.preconditioner->second_moment);
    return SampleRung(*gradients, StationaryRule(state.problem.hyper), start, nearby, plan,
                      state.options);
  });
  ExplainShiftedMean(state, "6", ", so n_t and m_t are correlated");
}

MinibatchOptions Minibatches(const LadderState& state) {
  return {.num_samples = state.problem.loss->NumSamples(),
          .batch_size = state.problem.hyper.batch_size,
          .sampling = state.problem.sampling,
          .seed = state.options.seed};
}

void AddMinibatches(LadderState& state) {
  if (state.problem.loss == nullptr) return;
  AddSampledRung(state, "7", "minibatches of the real loss", *FindRung(state.ladder, "6"), [&] {
    const ModalSystem nearby = state.OwnModal();
    const RungPlan plan =
        PlanRung(nearby, 1 / state.problem.hyper.beta2,
                 SampleStepCost(nearby.Dimension(), state.problem.hyper.batch_size), state.options);
    const auto gradients = MakeMinibatchGradients(*state.problem.loss, Minibatches(state));
    const Rung& before = *FindRung(state.ladder, "6");
    if (!before.Exists()) throw std::domain_error("rung 6 gives no law to start from");
    const OptimizerStart start = StartFrom(before, before.sample->second_moment);
    return SampleRung(*gradients, StationaryRule(state.problem.hyper), start, nearby, plan,
                      state.options);
  });
}

/// The frozen optimizer without momentum, in steps of h: what 7' runs near.
ModalSystem FrozenModal(LadderState& state, double h) {
  ModalSystem nearby = state.OwnModal();
  nearby.hyper.learning_rate = h;
  nearby.hyper.beta1 = 1;
  return nearby;
}

/// The step of 7': h, or as long as the budget makes it while h·max κ stays ≤ 0.1.
double GaussianSampleStep(LadderState& state, double step_cost) {
  LadderOptions unlimited = state.options;
  unlimited.budget = std::numeric_limits<double>::max();
  const ModalSystem nearby = FrozenModal(state, state.time_step);
  const double seconds = PlanRung(nearby, 0, step_cost, unlimited).core_seconds;
  const double longest = 0.1 / nearby.rates(nearby.Dimension() - 1);
  return std::max(state.time_step,
                  std::min(longest, state.time_step * seconds / state.options.budget));
}

void AddGaussianSamples(LadderState& state) {
  if (state.problem.loss == nullptr) return;
  Rung compared = *FindRung(state.ladder, "4");
  AddSampledRung(state, "7'", "SDE of the real loss, noise of the current x", compared, [&] {
    if (!compared.Exists()) throw std::domain_error("rung 4 gives no law to start from");
    const double cost =
        SampleStepCost(state.problem.quadratic.Dimension(), state.problem.loss->NumSamples());
    const double h = GaussianSampleStep(state, cost);
    const ModalSystem nearby = FrozenModal(state, h);
    RungPlan plan = PlanRung(nearby, 0, cost, state.options);
    if (h > state.time_step)
      plan.text += fmt::format(", in steps of {:.3g} for {:g}", h, state.time_step);
    compared.law = EulerMaruyamaLaw(state.OwnModal(), h);
    const auto gradients = MakeGaussianSampleGradients(*state.problem.loss, Minibatches(state),
                                                       state.problem.hyper.learning_rate / h);
    const OptimizerStart start =
        StartFrom(compared, state.ladder.preconditioner->q.cwiseAbs2().cwiseInverse());
    return SampleRung(*gradients, EulerMaruyamaRule(state.problem.hyper, h), start, nearby, plan,
                      state.options);
  });
}

void AddPair(LadderState& state) {
  Hyperparameters first = state.problem.hyper;
  Hyperparameters second = state.problem.hyper;
  first.optimizer = OptimizerKind::kAdamW;
  second.optimizer = OptimizerKind::kL2Adam;
  state.ladder.pair = RunPair(state.problem, first, second, state.options);
}

}  // namespace

void AddSampledRungs(LadderState& state) {
  AddEvolving(state);
  AddMinibatches(state);
  AddGaussianSamples(state);
  AddPair(state);
}

}  // namespace adamsde
