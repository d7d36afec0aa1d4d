#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/claims/claim_context.h"
#include "analysis/stationary/laws.h"
#include "analysis/stationary/paper.h"
#include "analysis/statistics/budget.h"
#include "analysis/statistics/comparison.h"
#include "sde/ensemble/ensemble.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

struct Sampled {
  SampledSystem system;
  SamplingPlan plan;
  MomentSums pooled{0};

  [[nodiscard]] Averaging Counts() const {
    return {.chains = plan.chains, .records = plan.records};
  }
  [[nodiscard]] Comparison Against(const RecordLaw& law) const {
    return CompareWithLaw(pooled, system.sde.center, law, Counts());
  }
  /// Against N(mean, covariance) with the same dynamics, the covariance known to a relative error.
  [[nodiscard]] Comparison Against(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance,
                                   double relative_error) const {
    return Against(*MakeClaimedRecordLaw(system, plan.scheme, plan.time_step, plan.record_every,
                                         mean, covariance, relative_error));
  }
};

/// One of the three ensembles; `part` is where its progress lies in the whole.
Sampled Sample(const ClaimContext& context, OptimizerKind optimizer, Scheme scheme, int part) {
  constexpr int kParts = 3;
  const ClaimOptions& options = context.options;
  const Hyperparameters hyper = context.With(optimizer);
  Sampled sampled;
  sampled.system = MakeSampledSystem(context.problem, hyper, context.preconditioner);
  sampled.plan = PlanSamplingWithin(
      sampled.system,
      {.scheme = scheme,
       .time_step = options.time_step > 0 ? options.time_step : hyper.learning_rate,
       .chains = options.chains,
       .replicates = std::min<std::int64_t>(32, options.chains),
       .target_error = options.target_error},
      options.budget);
  EnsembleOptions run = MakeEnsembleOptions(sampled.plan);
  run.seed = options.seed + static_cast<std::uint64_t>(part);
  run.threads = options.threads;
  run.ranks = options.ranks;
  if (options.progress) {
    run.progress = [&](double fraction) { options.progress((part + fraction) / kParts); };
  }
  const auto stepper = MakeStepper(sampled.system, sampled.plan.scheme, sampled.plan.time_step,
                                   sampled.plan.record_every);
  sampled.pooled =
      Transform(Pool(RunEnsemble(*stepper, run).groups), stepper->StateCoordinates().from);
  return sampled;
}

class Evidence {
 public:
  Evidence(const ClaimContext& context, std::vector<Claim>& claims)
      : level_(context.options.family_wise_error / kTests), claims_(claims) {}

  /// Adds a sampled p-value of the claim as stated; a sample that rejects it overrules a HOLDS.
  void Add(const std::string& id, double p_value, const std::string& detail) {
    for (Claim& claim : claims_) {
      if (claim.id != id || claim.verdict == Verdict::kNotApplicable) continue;
      claim.p_value = p_value;
      claim.detail += detail;
      if (p_value < level_) claim.verdict = Verdict::kFails;
    }
  }

 private:
  static constexpr int kTests = 4;
  double level_;
  std::vector<Claim>& claims_;
};

void SampleAdamW(const ClaimContext& context, Evidence& evidence) {
  const Sampled sampled = Sample(context, OptimizerKind::kAdamW, Scheme::kExact, 0);
  const Hyperparameters hyper = context.With(OptimizerKind::kAdamW);
  const Eigen::MatrixXd printed = Lemma5Covariance(context.problem, hyper, context.preconditioner);
  const double error = EstimatePaperError(context.problem, hyper, context.preconditioner);
  const Comparison lemma5 = sampled.Against(context.problem.minimizer, printed, error);
  evidence.Add("L5-cov", lemma5.p_value,
               fmt::format("; sampled error {:.4f}, expected {:.4f}", lemma5.relative_error,
                           lemma5.expected_relative_error));
  evidence.Add("L5-mean", lemma5.mean_p_value, "");
}

void SampleL2Adam(const ClaimContext& context, Evidence& evidence) {
  if (!(context.Modal(OptimizerKind::kL2Adam).rates(0) > 0)) return;
  const Sampled sampled = Sample(context, OptimizerKind::kL2Adam, Scheme::kExact, 1);
  const auto true_law = MakeRecordLaw(sampled.system, Scheme::kExact, sampled.plan.time_step,
                                      sampled.plan.record_every);
  const Hyperparameters hyper = context.With(OptimizerKind::kL2Adam);
  const Eigen::MatrixXd printed =
      SupplementH3Matrix(context.problem, hyper, context.preconditioner);
  const double error = EstimatePaperError(context.problem, hyper, context.preconditioner);
  const Eigen::MatrixXd symmetric = 0.5 * (printed + printed.transpose());
  const double lowest = SymmetricEigenvalues(symmetric)(0);
  const double true_p = sampled.Against(*true_law).p_value;
  if (lowest < -error * symmetric.norm()) {
    evidence.Add("L2-cov", 0.0,
                 fmt::format("; its symmetric part is indefinite (eigenvalue {:.3g}); the true "
                             "law: p = {:.3g}",
                             lowest, true_p));
    return;
  }
  evidence.Add("L2-cov", sampled.Against(sampled.system.sde.center, symmetric, error).p_value,
               fmt::format("; sampled to {:.4f}, the true law: p = {:.3g}",
                           sampled.plan.expected_relative_error, true_p));
}

void SampleSteps(const ClaimContext& context, Evidence& evidence) {
  const ModalSystem modal = context.Modal(OptimizerKind::kAdamW);
  const double h =
      context.options.time_step > 0 ? context.options.time_step : context.hyper.learning_rate;
  if (!(h < MaxStableStep(modal))) return;
  const Sampled sampled = Sample(context, OptimizerKind::kAdamW, Scheme::kEulerMaruyama, 2);
  const auto own = MakeRecordLaw(sampled.system, sampled.plan.scheme, h, sampled.plan.record_every);
  const GaussianLaw law = StationaryLaw(modal);
  const Comparison continuous =
      sampled.Against(sampled.system.sde.center, law.covariance, std::pow(10.0, -law.digits));
  // The claim is judged on M_h, which the sample must follow; that it is not M is the bias itself.
  evidence.Add("sde-step", sampled.Against(*own).p_value,
               fmt::format("; sampled{} to {:.4f}: p = {:.3g} against M",
                           LeapsOverRecords(sampled.plan.scheme) ? " by leap" : "",
                           sampled.plan.expected_relative_error, continuous.p_value));
}

}  // namespace

void AddSampledEvidence(const ClaimContext& context, std::vector<Claim>& claims) {
  Evidence evidence(context, claims);
  SampleAdamW(context, evidence);
  SampleL2Adam(context, evidence);
  SampleSteps(context, evidence);
}

}  // namespace adamsde
