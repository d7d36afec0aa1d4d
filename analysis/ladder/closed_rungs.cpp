#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "analysis/ladder/ladder_state.h"
#include "analysis/ladder/rung_metrics.h"
#include "analysis/ladder/sampled_rung.h"
#include "analysis/stationary/laws.h"
#include "analysis/stationary/paper.h"
#include "analysis/statistics/budget.h"
#include "analysis/statistics/comparison.h"

namespace adamsde {
namespace {

/// Adds a rung whose law make_law returns or says why there is none.
template <typename MakeLaw>
void Add(LadderState& state, const std::string& id, const std::string& name,
         const std::string& before, const MakeLaw& make_law) {
  Rung rung = MissingRung(id, name, "");
  try {
    rung.law = make_law();
    MeasureRung(state.problem, state.options, FindRung(state.ladder, before),
                FindRung(state.ladder, "0"), rung.law.covariance, rung);
  } catch (const std::domain_error& error) {
    rung = MissingRung(id, name, error.what());
    rung.compared_with = before;
  }
  state.ladder.rungs.push_back(std::move(rung));
}

/// What the paper prints, about x*.
GaussianLaw PrintedLaw(const LadderState& state) {
  const Eigen::MatrixXd m =
      PaperCovariance(state.paper_noise, state.problem.hyper, state.problem.preconditioner);
  return {.mean = state.problem.quadratic.minimizer,
          .covariance = m,
          .log_det = CompareWithPaper(m, m).log_det,
          .digits = 0};
}

/// Largest share of E[g_i²] that comes from the gradient's mean H(c − x*): AdamW's decay holds c
/// away from x*.
double ShiftedMeanShare(const LadderState& state) {
  const Hyperparameters& hyper = state.problem.hyper;
  if (!state.ladder.preconditioner || hyper.optimizer != OptimizerKind::kAdamW) return 0;
  const SelfConsistentPreconditioner& own = *state.ladder.preconditioner;
  const QuadraticProblem& quadratic = state.problem.quadratic;
  const Eigen::VectorXd gradient = quadratic.hessian * (own.law.mean - quadratic.minimizer);
  return (gradient.array().square() / (own.second_moment.array() + hyper.delta)).maxCoeff();
}

}  // namespace

void ExplainShiftedMean(LadderState& state, const std::string& id, const std::string& why) {
  const double share = ShiftedMeanShare(state);
  Rung& rung = *FindRung(state.ladder, id);
  if (share < 0.01 || !rung.Exists()) return;
  rung.statement +=
      fmt::format("; E[g^2] includes the shifted mean, up to {:.2g} of it{}", share, why);
}

void AddClosedRungs(LadderState& state) {
  const LadderProblem& problem = state.problem;
  const double h = state.time_step;
  const auto paper = [&] { return state.Modal(state.paper_noise, problem.preconditioner); };
  const bool adamw = problem.hyper.optimizer == OptimizerKind::kAdamW;
  Add(state, "0", adamw ? "Lemma 5 as printed, about x*" : "H.3 as printed, about x*", "",
      [&] { return PrintedLaw(state); });
  Add(state, "1", "the SDE's own law, about c", "0", [&] { return StationaryLaw(paper()); });
  Add(state, "2", fmt::format("Euler-Maruyama, step {:g}", h), "1",
      [&] { return EulerMaruyamaLaw(paper(), h); });
  Add(state, "3", "true gradient noise C for H/b", "2",
      [&] { return EulerMaruyamaLaw(state.Modal(problem.quadratic, problem.preconditioner), h); });
  Add(state, "4", "the optimizer's own preconditioner", "3", [&] {
    state.ladder.preconditioner =
        FindSelfConsistentPreconditioner(problem.quadratic, problem.hyper);
    return EulerMaruyamaLaw(state.OwnModal(), h);
  });
  ExplainShiftedMean(state, "4", "");
  Add(state, "5", fmt::format("momentum, beta1 = {:g}", problem.hyper.beta1), "4", [&] {
    state.RequireFixedPoint();
    return state.ladder.preconditioner->law;
  });
}

void SampleEulerMaruyama(LadderState& state) {
  Rung& rung = *FindRung(state.ladder, "2");
  if (!rung.Exists()) return;
  const LadderOptions& options = state.options;
  const LadderProblem& problem = state.problem;
  try {
    const SampledSystem system =
        MakeSampledSystem(state.paper_noise, problem.hyper, problem.preconditioner);
    const SamplingPlan plan =
        PlanSamplingWithin(system,
                           {.time_step = state.time_step,
                            .chains = std::max(options.chains, kRungReplicates),
                            .replicates = kRungReplicates,
                            .target_error = options.target_error},
                           options.budget);
    EnsembleOptions run = MakeEnsembleOptions(plan);
    run.seed = options.seed;
    run.threads = options.threads;
    run.ranks = options.ranks;
    const auto stepper = MakeStepper(system, plan.scheme, plan.time_step, plan.record_every);
    const EnsembleResult ensemble = RunEnsemble(*stepper, run);
    const auto law = MakeRecordLaw(system, plan.scheme, plan.time_step, plan.record_every);
    const Comparison comparison =
        CompareWithLaw(Transform(Pool(ensemble.groups), stepper->StateCoordinates().from),
                       system.sde.center, *law, {.chains = plan.chains, .records = plan.records});
    rung.statement +=
        fmt::format("; sampled{}: relative error {:.3g}, expected {:.3g}, p = {:.3g}",
                    LeapsOverRecords(plan.scheme) ? " by leap" : "", comparison.relative_error,
                    comparison.expected_relative_error, comparison.p_value);
  } catch (const std::domain_error& error) {
    rung.statement += fmt::format("; not sampled ({})", error.what());
  }
}

}  // namespace adamsde
