#include "analysis/ladder/sampled_rung.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <utility>

#include "analysis/ladder/rung_metrics.h"
#include "analysis/statistics/comparison.h"
#include "analysis/statistics/jackknife.h"

namespace adamsde {
namespace {

/// Far enough that (1−β)^k vanishes for every β that matters, and 2⁶² is not reached.
constexpr std::int64_t kStationaryStep = std::int64_t{1} << 52;
constexpr double kMixedRHat = 1.01;
constexpr double kMixedDriftZ = 4;

/// Trace and log det around the sample's own mean, in the order of the enumerators.
enum Functional : Eigen::Index { kTrace, kLogDet, kFunctionals };

Eigen::VectorXd Functionals(const MomentSums& sums) {
  const Eigen::MatrixXd covariance = sums.CovarianceAround(sums.Mean());
  Eigen::VectorXd values(kFunctionals);
  values << covariance.trace(), LogDeterminant(covariance);
  return values;
}

/// Trace of the second window against the first, in standard errors by group.
double DriftZ(const EnsembleResult& ensemble, const Eigen::VectorXd& mean) {
  const std::vector<MomentSums>& early = ensemble.windows.front();
  const std::vector<MomentSums>& late = ensemble.windows.back();
  Eigen::VectorXd change(static_cast<Eigen::Index>(early.size()));
  for (std::size_t g = 0; g < early.size(); ++g) {
    change(static_cast<Eigen::Index>(g)) =
        late[g].CovarianceAround(mean).trace() - early[g].CovarianceAround(mean).trace();
  }
  const auto n = static_cast<double>(change.size());
  const double spread = (change.array() - change.mean()).square().sum() / (n * (n - 1));
  return spread > 0 ? change.mean() / std::sqrt(spread) : 0;
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

void RequireFinite(const EnsembleResult& ensemble, std::int64_t chains) {
  if (ensemble.divergences.empty()) return;
  const Divergence& first = ensemble.divergences.front();
  throw std::domain_error(
      fmt::format("diverged: {} of {} chains left the finite numbers, the first is chain {}, seen "
                  "at step {}",
                  ensemble.divergences.size(), chains, first.chain, first.transition));
}

/// Standard error of the length of the mean's shift: its spread along the shift.
double ShiftError(const std::vector<MomentSums>& groups, const Eigen::VectorXd& mean,
                  const Eigen::VectorXd& direction) {
  double square = 0;
  for (const MomentSums& group : groups) {
    const double along = direction.dot(group.Mean() - mean);
    square += along * along;
  }
  const auto g = static_cast<double>(groups.size());
  return std::sqrt(square / (g * (g - 1)));
}

void SummarizeSecondMoment(const EnsembleResult& ensemble, RungSample& sample) {
  const Eigen::MatrixXd& n = ensemble.observables;
  const auto g = static_cast<double>(n.cols());
  sample.second_moment = n.rowwise().mean();
  sample.second_moment_stderr =
      ((n.colwise() - sample.second_moment).rowwise().squaredNorm() / (g * (g - 1))).cwiseSqrt();
}

}  // namespace

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

SampledRung SampleRung(const GradientSource& gradients, const UpdateRule& rule,
                       const OptimizerStart& start, const ModalSystem& nearby, const RungPlan& plan,
                       const LadderOptions& options) {
  SampledRung rung;
  rung.origin = nearby.center;
  const OptimizerChains chains(gradients, rule, start, rung.origin, options.seed, kStationaryStep);
  const EnsembleResult ensemble = RunChains(chains, {.chains = plan.chains,
                                                     .replicates = kRungReplicates,
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
                                                     .pause = {}});
  RequireFinite(ensemble, plan.chains);
  const SampleEstimate estimate = EstimateSample(ensemble.groups, rung.origin);
  const Jackknife jackknife = LeaveOneOut(ensemble.groups, &Functionals);
  const MixingDiagnostics mixing = DiagnoseMixing(ensemble.groups, ToLiveModes(nearby));
  const Eigen::VectorXd mean = estimate.mean - rung.origin;
  rung.law = {.mean = estimate.mean,
              .covariance = estimate.covariance,
              .log_det = jackknife.Estimate()(kLogDet),
              .digits = 0};
  // An infinite log det makes its pseudo-values indeterminate.
  if (!std::isfinite(rung.law.log_det)) rung.law.log_det = LogDeterminant(estimate.covariance);
  rung.standard_error = estimate.covariance_stderr.norm() / estimate.covariance.norm();
  rung.sample = {.chains = plan.chains,
                 .burn_in = plan.burn_in,
                 .record_every = plan.record_every,
                 .records = plan.records,
                 .planned_error = plan.planned_error,
                 .core_seconds = plan.core_seconds,
                 .trace_stderr = jackknife.StandardError()(kTrace),
                 .log_det_stderr = jackknife.StandardError()(kLogDet),
                 .mean_shift_stderr = 0,
                 .r_hat = mixing.r_hat,
                 .ess = mixing.ess,
                 .drift_z = DriftZ(ensemble, mean),
                 .mixed = false,
                 .second_moment = {},
                 .second_moment_stderr = {},
                 .plan = plan.text};
  rung.sample.mixed =
      rung.sample.r_hat <= kMixedRHat && std::abs(rung.sample.drift_z) <= kMixedDriftZ;
  rung.sample.mean_shift_stderr = ShiftError(ensemble.groups, mean, mean.normalized());
  if (rule.second_moment == SecondMoment::kEvolving) {
    SummarizeSecondMoment(ensemble, rung.sample);
  }
  rung.groups = ensemble.groups;
  return rung;
}

}  // namespace adamsde
