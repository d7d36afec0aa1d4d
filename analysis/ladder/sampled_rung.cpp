#include "analysis/ladder/sampled_rung.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "analysis/ladder/rung_metrics.h"
#include "analysis/statistics/jackknife.h"
#include "analysis/statistics/whitening.h"
#include "sde/ensemble/paired_chains.h"

namespace adamsde {
namespace {

constexpr double kMixedRHat = 1.01;
constexpr double kMixedDriftZ = 4;

Eigen::MatrixXd OwnCovariance(const MomentSums& sums) { return sums.CovarianceAround(sums.Mean()); }

/// What a run leaves behind: one vector of groups for the rung, one for its control.
struct Run {
  EnsembleResult rung;
  std::optional<EnsembleResult> control;
};

/// Takes the second half of every group vector out of a paired run.
EnsembleResult SplitOffControl(EnsembleResult& both) {
  const auto half = [](std::vector<MomentSums>& groups) {
    const auto middle = groups.begin() + static_cast<std::ptrdiff_t>(groups.size() / 2);
    std::vector<MomentSums> second(std::make_move_iterator(middle),
                                   std::make_move_iterator(groups.end()));
    groups.erase(middle, groups.end());
    return second;
  };
  EnsembleResult control;
  control.groups = half(both.groups);
  for (std::vector<MomentSums>& window : both.windows) control.windows.push_back(half(window));
  both.observables = both.observables.leftCols(both.observables.cols() / 2).eval();
  return control;
}

void RequireFinite(const EnsembleResult& ensemble, std::int64_t chains) {
  if (ensemble.divergences.empty()) return;
  const Divergence& first = ensemble.divergences.front();
  throw std::domain_error(fmt::format(
      "diverged: {} of {} chains left the finite numbers, the first is {}chain {}, seen at step {}",
      ensemble.divergences.size(), chains, first.chain < chains ? "" : "the control's ",
      first.chain % chains, first.transition));
}

Run RunPlan(const ChainSource& chains, const RungControl* control, const RungPlan& plan,
            const LadderOptions& options) {
  const std::int64_t copies = control != nullptr ? 2 : 1;
  const EnsembleOptions ensemble{.chains = copies * plan.chains,
                                 .replicates = copies * kRungReplicates,
                                 .burn_in = plan.burn_in,
                                 .record_every = plan.record_every,
                                 .records = plan.records,
                                 .windows = 2,
                                 .seed = options.seed,
                                 .threads = options.threads,
                                 .ranks = options.ranks,
                                 .initial = {},
                                 .progress = options.progress,
                                 .sink = {},
                                 .pause = {}};
  Run run;
  if (control == nullptr) {
    run.rung = RunChains(chains, ensemble);
  } else {
    run.rung = RunChains(PairedChains(chains, control->chains, plan.chains), ensemble);
  }
  RequireFinite(run.rung, plan.chains);
  if (control != nullptr) run.control = SplitOffControl(run.rung);
  return run;
}

/// Trace by group, each around one point.
Eigen::VectorXd Traces(const std::vector<MomentSums>& groups, const Eigen::VectorXd& around) {
  Eigen::VectorXd traces(static_cast<Eigen::Index>(groups.size()));
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const MomentSums& sums = groups[g];
    const auto count = static_cast<double>(sums.count);
    // Σ|y − m|² = Σ|y|² − 2 m·Σy + count |m|².
    traces(static_cast<Eigen::Index>(g)) =
        (sums.lower.trace() - 2 * around.dot(sums.sum)) / count + around.squaredNorm();
  }
  return traces;
}

double StandardError(const Eigen::VectorXd& values) {
  const auto n = static_cast<double>(values.size());
  return std::sqrt((values.array() - values.mean()).square().sum() / (n * (n - 1)));
}

/// Trace of the second window minus the first, by group.
Eigen::VectorXd TraceDrift(const EnsembleResult& ensemble) {
  const Eigen::VectorXd mean = Pool(ensemble.groups).Mean();
  return Traces(ensemble.windows.back(), mean) - Traces(ensemble.windows.front(), mean);
}

/// The modes that have noise: the others stand still, and have no R-hat.
Eigen::MatrixXd ToLiveModes(const ModalSystem& nearby) {
  const Eigen::VectorXd noise = nearby.noise.diagonal();
  std::vector<Eigen::Index> live;
  for (Eigen::Index i = 0; i < noise.size(); ++i) {
    if (noise(i) > 1e-12 * noise.maxCoeff()) live.push_back(i);
  }
  return nearby.to_modal(live, Eigen::all);
}

double LogDetIn(const Eigen::MatrixXd& t, const MomentSums& sums) {
  const Eigen::LLT<Eigen::MatrixXd> llt(t * OwnCovariance(sums) * t.transpose());
  if (llt.info() != Eigen::Success) return -std::numeric_limits<double>::infinity();
  return 2 * llt.matrixLLT().diagonal().array().log().sum();
}

Jackknife LogDets(const std::vector<MomentSums>& groups, const Eigen::MatrixXd* t) {
  return LeaveOneOut(groups, [t](const MomentSums& sums) -> Eigen::VectorXd {
    return Eigen::VectorXd::Constant(
        1, t != nullptr ? LogDetIn(*t, sums) : LogDeterminant(OwnCovariance(sums)));
  });
}

/// log det M̂: the control's known one plus the difference between the samples, so that what a small
/// sample does to both cancels.
void EstimateLogDet(SampledRung& rung) {
  if (!rung.control) {
    const Jackknife log_det = LogDets(rung.groups, nullptr);
    rung.law.log_det = log_det.Estimate()(0);
    rung.sample.log_det_stderr = log_det.StandardError()(0);
    // An infinite log det makes its pseudo-values indeterminate.
    if (!std::isfinite(rung.law.log_det)) rung.law.log_det = LogDeterminant(rung.law.covariance);
    return;
  }
  const Eigen::MatrixXd t = LogDetCoordinates(rung.control->law);
  const Jackknife difference =
      PairedDifference(LogDets(rung.groups, &t), LogDets(rung.control->groups, &t));
  const double change = difference.Estimate()(0);
  const RangeSummary range = SummarizeRange(rung.control->law.covariance);
  rung.sample.range = {.rank = range.rank, .log_det = range.log_det + change};
  rung.law.log_det = rung.control->law.log_det + change;
  rung.sample.log_det_stderr = difference.StandardError()(0);
}

/// Standard error of the length of the mean's shift: its spread along the shift.
double ShiftError(const Eigen::MatrixXd& group_means, const Eigen::VectorXd& shift) {
  return StandardError(group_means.transpose() * shift.normalized());
}

void SummarizeSecondMoment(const EnsembleResult& ensemble, RungSample& sample) {
  const Eigen::MatrixXd& n = ensemble.observables;
  const auto g = static_cast<double>(n.cols());
  sample.second_moment = n.rowwise().mean();
  sample.second_moment_stderr =
      ((n.colwise() - sample.second_moment).rowwise().squaredNorm() / (g * (g - 1))).cwiseSqrt();
}

/// The estimate without a control in the form of one with.
ControlledEstimate EstimateAlone(const std::vector<MomentSums>& groups,
                                 const Eigen::VectorXd& origin) {
  ControlledEstimate result;
  result.estimate = EstimateSample(groups, origin);
  result.group_means = GroupMeans(groups);
  result.error = result.estimate.covariance_stderr.norm() / result.estimate.covariance.norm();
  result.raw_error = result.error;
  return result;
}

SampledRung Summarize(Run&& run, const RungControl* control, const ModalSystem& nearby,
                      const RungPlan& plan) {
  SampledRung rung;
  rung.plan = plan;
  rung.origin = nearby.center;
  const Eigen::MatrixXd to_live = ToLiveModes(nearby);
  Eigen::VectorXd traces = Traces(run.rung.groups, Pool(run.rung.groups).Mean());
  Eigen::VectorXd drift = TraceDrift(run.rung);
  const MixingDiagnostics raw = DiagnoseMixing(run.rung.groups, to_live);
  rung.groups = std::move(run.rung.groups);
  ControlledEstimate controlled;
  if (control != nullptr) {
    const Eigen::VectorXd control_drift = TraceDrift(*run.control);
    rung.control = ControlSample{.groups = std::move(run.control->groups), .law = control->law};
    const std::vector<MomentSums>& groups = rung.control->groups;
    controlled = EstimateControlled(rung.groups, *rung.control, rung.origin, to_live);
    traces -= controlled.coefficient * Traces(groups, Pool(groups).Mean());
    drift -= controlled.coefficient * control_drift;
  } else {
    controlled = EstimateAlone(rung.groups, rung.origin);
  }
  const MixingDiagnostics mixing = DiagnoseMixing(rung.groups, controlled.group_means, to_live);
  rung.law = {.mean = controlled.estimate.mean,
              .covariance = controlled.estimate.covariance,
              .log_det = 0,
              .digits = 0};
  rung.standard_error = controlled.error;
  RungSample& sample = rung.sample;
  sample.chains = plan.chains;
  sample.burn_in = plan.burn_in;
  sample.record_every = plan.record_every;
  sample.records = plan.records;
  sample.planned_error = plan.planned_error;
  sample.transient = plan.transient;
  sample.controlled = control != nullptr;
  sample.raw_error = controlled.raw_error;
  sample.control_coefficient = controlled.coefficient;
  sample.trace_stderr = StandardError(traces);
  sample.r_hat = mixing.r_hat;
  sample.raw_r_hat = raw.r_hat;
  sample.ess = mixing.ess;
  const double spread = StandardError(drift);
  sample.drift_z = spread > 0 ? drift.mean() / spread : 0;
  sample.mixed = sample.r_hat <= kMixedRHat && std::abs(sample.drift_z) <= kMixedDriftZ;
  sample.plan = plan.Text();
  sample.mean_shift_stderr = ShiftError(controlled.group_means, rung.law.mean - rung.origin);
  if (run.rung.observables.rows() > 0) SummarizeSecondMoment(run.rung, sample);
  return rung;
}

}  // namespace

Eigen::MatrixXd LogDetCoordinates(const GaussianLaw& control) {
  return Whiten(control.covariance).to_working;
}

UpdateRule StationaryRule(const Hyperparameters& hyper) {
  UpdateRule rule = MakeUpdateRule(hyper);
  rule.start = MomentStart::kZero;
  return rule;
}

UpdateRule EulerMaruyamaRule(const Hyperparameters& hyper, double time_step) {
  UpdateRule rule = MakeUpdateRule(hyper);
  rule.start = MomentStart::kZero;
  rule.second_moment = SecondMoment::kFrozen;
  rule.learning_rate = time_step;
  rule.beta1 = 1.0;
  return rule;
}

SampledRung SampleRung(const ChainSource& chains, const RungControl* control,
                       const ModalSystem& nearby, const RungPlan& plan,
                       const LadderOptions& options) {
  SampledRung rung = Summarize(RunPlan(chains, control, plan, options), control, nearby, plan);
  if (control != nullptr && !plan.fixed) {
    const RungPlan longer = LengthenPlan(plan, rung.standard_error, rung.sample.r_hat, options);
    if (4 * longer.records > 5 * plan.records) {
      rung = Summarize(RunPlan(chains, control, longer, options), control, nearby, longer);
    }
  }
  EstimateLogDet(rung);
  return rung;
}

}  // namespace adamsde
