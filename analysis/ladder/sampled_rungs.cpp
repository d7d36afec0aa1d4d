#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include "analysis/ladder/frozen_optimizer.h"
#include "analysis/ladder/ladder_state.h"
#include "analysis/ladder/paired.h"
#include "analysis/ladder/rung_metrics.h"
#include "analysis/ladder/sampled_rung.h"
#include "analysis/stationary/laws.h"
#include "analysis/statistics/budget.h"
#include "sde/optimizer/implicit_chains.h"

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
    const Rung& closed = before.sample ? *FindRung(state.ladder, "5") : before;
    MeasureRung(state.problem, state.options, &before, FindRung(state.ladder, "0"),
                closed.law.covariance, rung);
    if (id == "6") state.evolving = std::move(sampled);
  } catch (const std::domain_error& error) {
    rung = MissingRung(id, name, error.what());
    rung.compared_with = before.id;
  }
  state.ladder.rungs.push_back(std::move(rung));
}

void AddEvolving(LadderState& state) {
  const Hyperparameters& hyper = state.problem.hyper;
  const QuadraticProblem& quadratic = state.problem.quadratic;
  const std::string name = fmt::format("n_t evolving, beta2 = {:g}", hyper.beta2);
  AddSampledRung(state, "6", name, *FindRung(state.ladder, "5"), [&] {
    const SelfConsistentPreconditioner& own = *state.ladder.preconditioner;
    const FrozenOptimizer frozen = MakeFrozenOptimizer(quadratic, hyper, own.q);
    const RungPlan plan = PlanRung(frozen.modal, 1 / hyper.beta2,
                                   LinearStepCost(quadratic.Dimension()), state.options, true);
    const auto gradients = MakeQuadraticGradients(quadratic, state.options.seed);
    return SampleOptimizer(*gradients, gradients.get(), frozen,
                           StartNear(frozen, own.law, own.second_moment), plan, state.options);
  });
  ExplainShiftedMean(state, "6", ", so n_t and m_t are correlated");
}

MinibatchOptions Minibatches(const LadderState& state) {
  return {.num_samples = state.problem.loss->NumSamples(),
          .batch_size = state.problem.hyper.batch_size,
          .sampling = state.problem.sampling,
          .seed = state.options.seed};
}

/// The quadratic with the noise that the data's own samples have at x*: what drives the controls.
QuadraticProblem WithDataNoise(const LadderState& state, MinibatchSampling sampling) {
  QuadraticProblem quadratic = state.problem.quadratic;
  quadratic.gradient_noise = EmpiricalGradientNoise(*state.problem.loss, quadratic.minimizer,
                                                    state.problem.hyper.batch_size, sampling);
  return quadratic;
}

void AddMinibatches(LadderState& state) {
  if (state.problem.loss == nullptr) return;
  const Hyperparameters& hyper = state.problem.hyper;
  AddSampledRung(state, "7", "minibatches of the real loss", *FindRung(state.ladder, "6"), [&] {
    const Rung& before = *FindRung(state.ladder, "6");
    if (!before.Exists()) throw std::domain_error("rung 6 gives no law to start from");
    // Reshuffled passes have no covariance, and the linear process no known law.
    const bool controlled = state.problem.sampling != MinibatchSampling::kEpoch;
    const QuadraticProblem quadratic =
        controlled ? WithDataNoise(state, state.problem.sampling) : state.problem.quadratic;
    const FrozenOptimizer frozen =
        MakeFrozenOptimizer(quadratic, hyper, state.ladder.preconditioner->q);
    const RungPlan plan =
        PlanRung(frozen.modal, 1 / hyper.beta2,
                 SampleStepCost(*state.problem.loss, hyper.batch_size), state.options, controlled);
    const auto gradients = MakeMinibatchGradients(*state.problem.loss, Minibatches(state));
    const auto linear = MakeLinearizedGradients(*gradients, quadratic.hessian, quadratic.minimizer);
    return SampleOptimizer(*gradients, controlled ? linear.get() : nullptr, frozen,
                           StartNear(frozen, before.law, before.sample->second_moment), plan,
                           state.options);
  });
}

/// How 7' moves.
struct SdeSteps {
  double step = 0;
  bool implicit = false;
  ModalSystem nearby;  ///< the linear process it runs near
};

SdeSteps MakeSdeSteps(const ModalSystem& own, double step, bool implicit) {
  SdeSteps steps{.step = step,
                 .implicit = implicit,
                 .nearby = implicit ? ImplicitModalSystem(own, step) : own};
  steps.nearby.hyper.learning_rate = step;
  steps.nearby.hyper.beta1 = 1;
  return steps;
}

/// Steps of h, or as long as the budget makes them: Euler–Maruyama's while h·max κ stays ≤ 0.1,
/// where stiff modes forbid that implicit ones while the law stays within a tenth of rung 4's.
SdeSteps PlanSdeSteps(const LadderState& state, const ModalSystem& own, double step_cost) {
  constexpr double kMostBias = 0.1;
  const double h = state.time_step;
  LadderOptions unlimited = state.options;
  unlimited.budget = std::numeric_limits<double>::max();
  SdeSteps steps = MakeSdeSteps(own, h, false);
  const double excess =
      PlanRung(steps.nearby, 0, step_cost, unlimited, true).CoreSeconds() / state.options.budget;
  if (excess <= 1) return steps;
  const double longest = std::max(h, 0.1 / own.rates(own.Dimension() - 1));
  if (h * excess <= longest) return MakeSdeSteps(own, h * excess, false);
  const Eigen::MatrixXd law = EulerMaruyamaLaw(own, h).covariance;
  for (double step = h * excess; step > longest; step /= 1.5) {
    steps = MakeSdeSteps(own, step, true);
    const Eigen::MatrixXd moved = EulerMaruyamaLaw(steps.nearby, step).covariance;
    if ((moved - law).norm() <= kMostBias * law.norm()) return steps;
  }
  return MakeSdeSteps(own, longest, false);
}

/// The SDE on some gradients, started in `law`.
struct SdeChains {
  OptimizerStart start;
  UpdateRule rule;
  ImplicitSde implicit;
  std::unique_ptr<ChainSource> chains;

  SdeChains(const GradientSource& gradients, const Hyperparameters& hyper, const SdeSteps& steps,
            const Eigen::VectorXd& q, const GaussianLaw& law, std::uint64_t seed)
      : start{.mean = law.mean,
              .factor = FactorNearlyPsd(law.covariance),
              .first_moment = {},
              .first_moment_factor = {},
              .second_moment = q.cwiseAbs2().cwiseInverse()},
        rule(EulerMaruyamaRule(hyper, steps.step)) {
    if (!steps.implicit) {
      chains = std::make_unique<OptimizerChains>(gradients, rule, start, law.mean, seed,
                                                 kStationaryStep);
      return;
    }
    implicit = {
        .optimizer = hyper.optimizer,
        .weight_decay = hyper.weight_decay,
        .q = q,
        .step = steps.nearby.from_modal *
                (steps.step * (1 - steps.step * steps.nearby.rates.array())).matrix().asDiagonal() *
                steps.nearby.to_modal,
        .mean = law.mean,
        .factor = start.factor,
        .seed = seed};
    chains = std::make_unique<ImplicitChains>(gradients, implicit);
  }
};

void AddGaussianSamples(LadderState& state) {
  if (state.problem.loss == nullptr) return;
  const Hyperparameters& hyper = state.problem.hyper;
  Rung compared = *FindRung(state.ladder, "4");
  AddSampledRung(state, "7'", "SDE of the real loss, noise of the current x", compared, [&] {
    if (!compared.Exists()) throw std::domain_error("rung 4 gives no law to start from");
    const QuadraticProblem& quadratic = state.problem.quadratic;
    const Eigen::VectorXd& q = state.ladder.preconditioner->q;
    const double cost = SampleStepCost(*state.problem.loss, state.problem.loss->NumSamples());
    const SdeSteps steps = PlanSdeSteps(state, state.OwnModal(), cost);
    compared.law = EulerMaruyamaLaw(steps.nearby, steps.step);
    compared.trace = compared.law.covariance.trace();
    RungPlan plan = PlanRung(steps.nearby, 0, cost, state.options, true);
    if (steps.step > state.time_step) {
      plan.note +=
          fmt::format(", in {} steps of {:.3g} for {:g}",
                      steps.implicit ? "implicit" : "Euler-Maruyama", steps.step, state.time_step);
    }
    // The Gaussian weights know nothing of reshuffling.
    MinibatchSampling sampling = state.problem.sampling;
    if (sampling == MinibatchSampling::kEpoch) sampling = MinibatchSampling::kBatch;
    const ModalSystem driven =
        state.Modal(WithDataNoise(state, sampling), Preconditioner::Diagonal(q));
    const SdeSteps control_steps = MakeSdeSteps(driven, steps.step, steps.implicit);
    const auto gradients = MakeGaussianSampleGradients(*state.problem.loss, Minibatches(state),
                                                       hyper.learning_rate / steps.step);
    const auto linear = MakeLinearizedGradients(*gradients, quadratic.hessian, quadratic.minimizer);
    const GaussianLaw law = EulerMaruyamaLaw(control_steps.nearby, steps.step);
    const SdeChains chains(*gradients, hyper, steps, q, law, state.options.seed);
    const SdeChains controls(*linear, hyper, steps, q, law, state.options.seed);
    const RungControl control{.chains = *controls.chains, .law = law};
    return SampleRung(*chains.chains, &control, steps.nearby, plan, state.options);
  });
}

/// AdamW minus ℓ2-Adam on rung 6, whichever of them has been sampled there.
void AddPair(LadderState& state) {
  OptimizerPair& pair = state.ladder.pair;
  try {
    if (!state.evolving) throw std::domain_error("rung 6 gives no sample");
    const bool adamw = state.problem.hyper.optimizer == OptimizerKind::kAdamW;
    Hyperparameters other = state.problem.hyper;
    other.optimizer = adamw ? OptimizerKind::kL2Adam : OptimizerKind::kAdamW;
    const SampledRung& own = *state.evolving;
    const SampledRung rival = SampleRival(state.problem, other, own.plan, state.options);
    pair.quantities = adamw ? ComparePaired(state.problem, state.options, own, rival)
                            : ComparePaired(state.problem, state.options, rival, own);
    pair.mixed = own.sample.mixed && rival.sample.mixed;
  } catch (const std::domain_error& error) {
    pair.missing = error.what();
  }
}

}  // namespace

void AddSampledRungs(LadderState& state) {
  AddEvolving(state);
  AddMinibatches(state);
  AddGaussianSamples(state);
  AddPair(state);
}

}  // namespace adamsde
