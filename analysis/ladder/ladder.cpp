#include "analysis/ladder/ladder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "analysis/ladder/paired.h"
#include "analysis/ladder/rung_metrics.h"
#include "analysis/ladder/sampled_rung.h"
#include "analysis/stationary/laws.h"
#include "analysis/stationary/paper.h"
#include "analysis/statistics/comparison.h"
#include "analysis/statistics/plan.h"
#include "sde/process/psd_factor.h"

namespace adamsde {
namespace {

/// Builds the ladder rung by rung; each knows the ones above it.
class Descent {
 public:
  Descent(const LadderProblem& problem, const LadderOptions& options)
      : problem_(problem),
        options_(options),
        h_(options.time_step > 0 ? options.time_step : problem.hyper.learning_rate),
        paper_noise_(problem.quadratic) {
    paper_noise_.gradient_noise =
        paper_noise_.hessian / static_cast<double>(problem.hyper.batch_size);
    ladder_.rungs.reserve(9);  // rungs are referred to by address
  }

  Ladder Run() {
    AddClosedForms();
    if (options_.sampled) {
      SampleEulerMaruyama();
      AddSampled();
    }
    Conclude();
    return std::move(ladder_);
  }

 private:
  [[nodiscard]] const Rung* Find(const std::string& id) const {
    for (const Rung& rung : ladder_.rungs) {
      if (rung.id == id) return &rung;
    }
    return nullptr;
  }
  [[nodiscard]] Rung* Find(const std::string& id) {
    return const_cast<Rung*>(std::as_const(*this).Find(id));
  }

  [[nodiscard]] ModalSystem Modal(const QuadraticProblem& quadratic,
                                  const Preconditioner& q) const {
    return MakeModalSystem(quadratic, problem_.hyper, q);
  }

  /// Adds a rung whose law make_law returns or says why there is none.
  template <typename MakeLaw>
  void Add(const std::string& id, const std::string& name, const std::string& before,
           const MakeLaw& make_law) {
    Rung rung = MissingRung(id, name, "");
    try {
      rung.law = make_law();
      MeasureRung(problem_, options_, Find(before), Find("0"), rung);
    } catch (const std::domain_error& error) {
      rung = MissingRung(id, name, error.what());
      rung.compared_with = before;
    }
    ladder_.rungs.push_back(std::move(rung));
  }

  /// What the paper prints, about x*.
  [[nodiscard]] GaussianLaw PrintedLaw() const {
    const Eigen::MatrixXd m =
        PaperCovariance(paper_noise_, problem_.hyper, problem_.preconditioner);
    return {.mean = problem_.quadratic.minimizer,
            .covariance = m,
            .log_det = CompareWithPaper(m, m).log_det,
            .digits = 0};
  }

  void AddClosedForms() {
    const bool adamw = problem_.hyper.optimizer == OptimizerKind::kAdamW;
    Add("0", adamw ? "Lemma 5 as printed, about x*" : "H.3 as printed, about x*", "",
        [&] { return PrintedLaw(); });
    Add("1", "the SDE's own law, about c", "0",
        [&] { return StationaryLaw(Modal(paper_noise_, problem_.preconditioner)); });
    Add("2", fmt::format("Euler-Maruyama, step {:g}", h_), "1",
        [&] { return EulerMaruyamaLaw(Modal(paper_noise_, problem_.preconditioner), h_); });
    Add("3", "true gradient noise C for H/b", "2",
        [&] { return EulerMaruyamaLaw(Modal(problem_.quadratic, problem_.preconditioner), h_); });
    Add("4", "the optimizer's own preconditioner", "3", [&] {
      ladder_.preconditioner = FindSelfConsistentPreconditioner(problem_.quadratic, problem_.hyper);
      return EulerMaruyamaLaw(OwnModal(), h_);
    });
    ExplainShiftedMean("4", "");
    Add("5", fmt::format("momentum, beta1 = {:g}", problem_.hyper.beta1), "4", [&] {
      RequireFixedPoint();
      return ladder_.preconditioner->law;
    });
  }

  /// Largest share of E[g_i²] that comes from the gradient's mean H(c − x*): AdamW's decay holds c
  /// away from x*.
  [[nodiscard]] double ShiftedMeanShare() const {
    if (!ladder_.preconditioner || problem_.hyper.optimizer != OptimizerKind::kAdamW) return 0;
    const SelfConsistentPreconditioner& own = *ladder_.preconditioner;
    const Eigen::VectorXd gradient =
        problem_.quadratic.hessian * (own.law.mean - problem_.quadratic.minimizer);
    return (gradient.array().square() / (own.second_moment.array() + problem_.hyper.delta))
        .maxCoeff();
  }

  void ExplainShiftedMean(const std::string& id, const std::string& why) {
    const double share = ShiftedMeanShare();
    if (share < 0.01 || !Find(id)->Exists()) return;
    Find(id)->statement +=
        fmt::format("; E[g^2] includes the shifted mean, up to {:.2g} of it{}", share, why);
  }

  void RequireFixedPoint() const {
    if (!ladder_.preconditioner) throw std::domain_error("no self-consistent preconditioner");
  }

  [[nodiscard]] ModalSystem OwnModal() const {
    return Modal(problem_.quadratic, Preconditioner::Diagonal(ladder_.preconditioner->q));
  }

  /// Rung 2 also by its steps, against its own law.
  void SampleEulerMaruyama() {
    Rung* const rung = Find("2");
    if (!rung->Exists()) return;
    const SampledSystem system =
        MakeSampledSystem(paper_noise_, problem_.hyper, problem_.preconditioner);
    SamplingRequest request{.time_step = h_,
                            .chains = std::max(options_.chains, kRungReplicates),
                            .replicates = kRungReplicates,
                            .target_error = options_.target_error};
    try {
      SamplingPlan plan = PlanSampling(system, request);
      while (Seconds(plan) > options_.budget && request.target_error < 0.5) {
        request.target_error *= 1.5;
        plan = PlanSampling(system, request);
      }
      EnsembleOptions run = MakeEnsembleOptions(plan);
      run.seed = options_.seed;
      run.threads = options_.threads;
      const auto stepper = MakeStepper(system, plan.scheme, plan.time_step, plan.record_every);
      const EnsembleResult ensemble = RunEnsemble(*stepper, run);
      const auto law = MakeRecordLaw(system, plan.scheme, plan.time_step, plan.record_every);
      const Comparison comparison =
          CompareWithLaw(Transform(Pool(ensemble.groups), stepper->StateCoordinates().from),
                         system.sde.center, *law, {.chains = plan.chains, .records = plan.records});
      rung->statement += fmt::format(
          "; sampled: relative error {:.3g}, expected {:.3g}, p = {:.3g}",
          comparison.relative_error, comparison.expected_relative_error, comparison.p_value);
    } catch (const std::domain_error& error) {
      rung->statement += fmt::format("; not sampled ({})", error.what());
    }
  }

  /// Core-seconds of a linear ensemble: two products and its normals.
  [[nodiscard]] static double Seconds(const SamplingPlan& plan) {
    const EnsembleOptions run = MakeEnsembleOptions(plan);
    const double transitions =
        static_cast<double>(run.burn_in) +
        static_cast<double>(run.record_every) * static_cast<double>(run.records);
    const double dimension = plan.normals / (transitions * static_cast<double>(plan.chains));
    return 1e-9 * transitions * static_cast<double>(plan.chains) *
           QuadraticStepCost(static_cast<Eigen::Index>(dimension));
  }

  void AddSampled() {
    AddEvolving();
    AddMinibatches();
    AddGaussianSamples();
    AddPair();
  }

  /// Runs a sampled rung, unless one before it has not mixed.
  /// @param before  what it is compared with; may change while it runs
  template <typename RunRung>
  void AddSampledRung(const std::string& id, const std::string& name, const Rung& before,
                      const RunRung& run_rung) {
    Rung rung = MissingRung(id, name, "");
    try {
      RequireFixedPoint();
      RequireMixedSoFar();
      SampledRung sampled = run_rung();
      rung.law = sampled.law;
      rung.sample = sampled.sample;
      rung.standard_error = sampled.standard_error;
      MeasureRung(problem_, options_, &before, Find("0"), rung);
    } catch (const std::domain_error& error) {
      rung = MissingRung(id, name, error.what());
      rung.compared_with = before.id;
    }
    ladder_.rungs.push_back(std::move(rung));
  }

  void RequireMixedSoFar() const {
    for (const Rung& rung : ladder_.rungs) {
      if (rung.sample && !rung.sample->mixed) {
        throw std::domain_error(
            fmt::format("not run: the chains of rung {} have not mixed (nested R-hat {:.4f}, drift "
                        "{:.2g} standard errors) use a smaller --target-error or a larger "
                        "--ladder-budget",
                        rung.id, rung.sample->r_hat, rung.sample->drift_z));
      }
    }
  }

  [[nodiscard]] OptimizerStart StartFrom(const Rung& rung, const Eigen::VectorXd& n) const {
    return {.mean = rung.law.mean, .factor = FactorPsd(rung.law.covariance), .second_moment = n};
  }

  void AddEvolving() {
    const std::string name = fmt::format("n_t evolving, beta2 = {:g}", problem_.hyper.beta2);
    AddSampledRung("6", name, *Find("5"), [&] {
      const ModalSystem nearby = OwnModal();
      const RungPlan plan = PlanRung(nearby, 1 / problem_.hyper.beta2,
                                     QuadraticStepCost(nearby.Dimension()), options_);
      const auto gradients = MakeQuadraticGradients(problem_.quadratic, options_.seed);
      const OptimizerStart start = StartFrom(*Find("5"), ladder_.preconditioner->second_moment);
      return SampleRung(*gradients, StationaryRule(problem_.hyper), start, nearby, plan, options_);
    });
    ExplainShiftedMean("6", ", so n_t and m_t are correlated");
  }

  [[nodiscard]] MinibatchOptions Minibatches() const {
    return {.num_samples = problem_.loss->NumSamples(),
            .batch_size = problem_.hyper.batch_size,
            .sampling = problem_.sampling,
            .seed = options_.seed};
  }

  void AddMinibatches() {
    if (problem_.loss == nullptr) return;
    AddSampledRung("7", "minibatches of the real loss", *Find("6"), [&] {
      const ModalSystem nearby = OwnModal();
      const RungPlan plan =
          PlanRung(nearby, 1 / problem_.hyper.beta2,
                   SampleStepCost(nearby.Dimension(), problem_.hyper.batch_size), options_);
      const auto gradients = MakeMinibatchGradients(*problem_.loss, Minibatches());
      const Rung& before = *Find("6");
      if (!before.Exists()) throw std::domain_error("rung 6 gives no law to start from");
      const OptimizerStart start = StartFrom(before, before.sample->second_moment);
      return SampleRung(*gradients, StationaryRule(problem_.hyper), start, nearby, plan, options_);
    });
  }

  /// The frozen optimizer without momentum, in steps of h: what 7' runs near.
  [[nodiscard]] ModalSystem FrozenModal(double h) const {
    ModalSystem nearby = OwnModal();
    nearby.hyper.learning_rate = h;
    nearby.hyper.beta1 = 1;
    return nearby;
  }

  /// The step of 7': h, or as long as the budget makes it while h·max κ stays ≤ 0.1.
  [[nodiscard]] double GaussianSampleStep(double step_cost) const {
    LadderOptions unlimited = options_;
    unlimited.budget = std::numeric_limits<double>::max();
    const ModalSystem nearby = FrozenModal(h_);
    const double seconds = PlanRung(nearby, 0, step_cost, unlimited).core_seconds;
    const double longest = 0.1 / nearby.rates(nearby.Dimension() - 1);
    return std::max(h_, std::min(longest, h_ * seconds / options_.budget));
  }

  void AddGaussianSamples() {
    if (problem_.loss == nullptr) return;
    Rung compared = *Find("4");
    AddSampledRung("7'", "SDE of the real loss, noise of the current x", compared, [&] {
      if (!compared.Exists()) throw std::domain_error("rung 4 gives no law to start from");
      const double cost =
          SampleStepCost(problem_.quadratic.Dimension(), problem_.loss->NumSamples());
      const double h = GaussianSampleStep(cost);
      const ModalSystem nearby = FrozenModal(h);
      RungPlan plan = PlanRung(nearby, 0, cost, options_);
      if (h > h_) plan.text += fmt::format(", in steps of {:.3g} for {:g}", h, h_);
      compared.law = EulerMaruyamaLaw(OwnModal(), h);
      const auto gradients = MakeGaussianSampleGradients(*problem_.loss, Minibatches(),
                                                         problem_.hyper.learning_rate / h);
      const OptimizerStart start =
          StartFrom(compared, ladder_.preconditioner->q.cwiseAbs2().cwiseInverse());
      return SampleRung(*gradients, EulerMaruyamaRule(problem_.hyper, h), start, nearby, plan,
                        options_);
    });
  }

  void AddPair() {
    Hyperparameters first = problem_.hyper;
    Hyperparameters second = problem_.hyper;
    first.optimizer = OptimizerKind::kAdamW;
    second.optimizer = OptimizerKind::kL2Adam;
    ladder_.pair = RunPair(problem_, first, second, options_);
  }

  /// ‖ΔM‖ against the smaller of the two covariances: growth and shrinkage count alike.
  [[nodiscard]] double Harm(const Rung& rung) const {
    const Rung* const before = Find(rung.compared_with);
    if (!rung.Exists() || before == nullptr || !before->Exists()) return 0;
    if (rung.sample && !rung.sample->mixed) return 0;
    const double noise = rung.sample ? rung.standard_error : 0;
    const double change =
        std::sqrt(std::max(0.0, rung.relative_change * rung.relative_change - noise * noise));
    const double ratio = rung.law.covariance.norm() / before->law.covariance.norm();
    return change / std::min(1.0, ratio);
  }

  void Conclude() {
    double most = 0;
    double farthest = 0;
    const Rung* moved = nullptr;
    for (const Rung& rung : ladder_.rungs) {
      if (rung.id == "0") continue;
      if (const double harm = Harm(rung); harm > most && harm > 1e-12) {
        most = harm;
        ladder_.hurts_most = rung.id;
      }
      const bool trusted = !rung.sample || rung.sample->mixed;
      if (trusted && rung.mean_change_sigma > farthest) {
        farthest = rung.mean_change_sigma;
        moved = &rung;
      }
    }
    if (!ladder_.hurts_most.empty()) {
      const Rung& rung = *Find(ladder_.hurts_most);
      ladder_.conclusions.push_back(
          fmt::format("rung {} hurts most ({}): the covariance changes by {:.3g} times the smaller "
                      "of the two, trace {:.4g} to {:.4g}",
                      rung.id, rung.name, most, Find(rung.compared_with)->trace, rung.trace));
    }
    if (moved != nullptr) {
      ladder_.conclusions.push_back(
          fmt::format("the mean moves most on rung {} ({}): by {:.3g} sigma", moved->id,
                      moved->name, farthest));
    }
    for (const Rung& rung : ladder_.rungs) {
      if (rung.sample && !rung.sample->mixed) {
        ladder_.conclusions.push_back(
            fmt::format("rung {} has NOT MIXED (nested R-hat {:.4f}, allowed 1.01; drift {:.2g} "
                        "standard errors, allowed 4): its numbers are not a stationary law's",
                        rung.id, rung.sample->r_hat, rung.sample->drift_z));
      }
    }
  }

  const LadderProblem& problem_;
  const LadderOptions& options_;
  double h_;
  QuadraticProblem paper_noise_;  // C = H/b
  Ladder ladder_;
};

}  // namespace

Ladder DescendLadder(const LadderProblem& problem, const LadderOptions& options) {
  Validate(problem.quadratic);
  Validate(problem.hyper);
  Validate(options.bound);
  RequirePositive("target-error", options.target_error);
  RequirePositive("ladder-budget", options.budget);
  return Descent(problem, options).Run();
}

}  // namespace adamsde
