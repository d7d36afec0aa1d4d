#include "analysis/statistics/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "analysis/stationary/transient.h"
#include "analysis/statistics/whitening.h"
#include "sde/problem/hyperparameters.h"
#include "sde/problem/symmetric_eigen.h"
#include "sde/process/gaussian_kernel.h"

namespace adamsde {
namespace {

constexpr std::int64_t kMostSteps = std::int64_t{1} << 62;
/// Above this many normals `auto` leaps.
constexpr double kManyNormals = 1e10;

void Validate(const SamplingRequest& request) {
  RequirePositive("time-step", request.time_step);
  RequirePositive("target-error", request.target_error);
  const auto require_at_least = [](const char* name, std::optional<std::int64_t> value,
                                   std::int64_t least) {
    if (value && *value < least) {
      throw std::invalid_argument(
          fmt::format("{} = {} is not allowed (must be >= {})", name, *value, least));
    }
  };
  require_at_least("replicates", request.replicates, 2);
  require_at_least("chains", request.chains, request.replicates);
  require_at_least("steps", request.steps, 1);
  require_at_least("burn-in", request.burn_in, 0);
  require_at_least("record-every", request.record_every, 1);
}

/// How fast the chain forgets.
struct Contraction {
  double log_per_step;     ///< log |f| of the slowest mode over one time step, < 0
  double max_stable_step;  ///< of Euler–Maruyama
};

Contraction FindContraction(const SampledSystem& system, bool exact, double h) {
  if (system.modal) {
    RequireStationary(*system.modal);
    const double limit = MaxStableStep(*system.modal);
    if (!exact) RequireStepBelow(h, limit);
    const double slow = h * system.modal->rates(0);
    const double fast = h * system.modal->rates(system.Dimension() - 1);
    // Beyond hκ = 1 the fastest mode alternates, and may be the slowest to forget.
    const double log_fast = fast > 1 ? std::log(fast - 1) : std::log1p(-fast);
    return {exact ? -slow : std::max(std::log1p(-slow), log_fast), limit};
  }
  const Eigen::VectorXcd spectrum = DriftSpectrum(system.sde);
  RequireStationary(spectrum);
  const double limit = MaxStableStep(spectrum);
  if (exact) return {-h * spectrum.real().minCoeff(), limit};
  RequireStepBelow(h, limit);
  // |1−hα|² = 1 − h(2 Re α − h|α|²).
  const Eigen::ArrayXd loss = h * (2 * spectrum.real().array() - h * spectrum.array().abs2());
  return {0.5 * std::log1p(-loss.minCoeff()), limit};
}

std::int64_t ToSteps(double steps) {
  if (!(steps < static_cast<double>(kMostSteps))) {
    throw std::domain_error(fmt::format(
        "the slowest mode needs {:.3g} time steps (more than can be counted) use a larger "
        "--time-step or --weight-decay",
        steps));
  }
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(steps)));
}

/// Smallest T with an expected error within the target, by doubling and bisection.
std::int64_t RecordsFor(const RecordLaw& law, std::int64_t chains, double target) {
  const auto error = [&](std::int64_t records) {
    return law.ExpectedRelativeError({.chains = chains, .records = records});
  };
  std::int64_t high = 2;  // one record per chain leaves no diagnostics
  while (error(high) > target && high < (std::int64_t{1} << 40)) high *= 2;
  std::int64_t low = high / 2;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (error(middle) > target ? low : high) = middle;
  }
  return high;
}

double CountNormals(const SamplingPlan& plan, const SampledSystem& system) {
  const EnsembleOptions run = MakeEnsembleOptions(plan);
  const double transitions =
      static_cast<double>(run.burn_in) +
      static_cast<double>(run.record_every) * static_cast<double>(run.records);
  return transitions * static_cast<double>(plan.chains) *
         static_cast<double>(system.sde.diffusion.cols());
}

/// What is left of a start without spread after a burn-in, in units of the law: the largest
/// eigenvalue of W⁺ F^k M (F^k)ᵀ W⁺ᵀ, M = W Wᵀ. Where the drift is not normal in these units the
/// slowest rate alone says too little; with diagonal noise in modal coordinates it says all.
class Transient {
 public:
  Transient(const SampledSystem& system, const RecordLaw& law, const Contraction& contraction)
      : system_(system), contraction_(contraction) {
    if (RateSaysAll()) return;
    whitening_ = Whiten(law.Covariance());
    if (!system.modal) return;
    left_ = whitening_.to_working * system.modal->from_modal;
    right_ = system.modal->to_modal * whitening_.from_working;
  }

  [[nodiscard]] double After(const SamplingPlan& plan) const {
    const auto steps = static_cast<double>(plan.burn_in);
    if (RateSaysAll() || plan.burn_in == 0) return std::exp(2 * contraction_.log_per_step * steps);
    const Eigen::MatrixXd moved = Moved(plan);
    return SymmetricEigenvalues(moved * moved.transpose()).maxCoeff();
  }

 private:
  [[nodiscard]] bool RateSaysAll() const {
    return system_.modal && system_.modal->noise_is_diagonal;
  }

  /// W⁺ F^k W.
  [[nodiscard]] Eigen::MatrixXd Moved(const SamplingPlan& plan) const {
    const bool exact = plan.scheme == Scheme::kExact;
    const double time = plan.time_step * static_cast<double>(plan.burn_in);
    if (system_.modal) {
      const ModalDecay decay =
          exact ? ContinuousDecay(*system_.modal, time)
                : EulerMaruyamaDecay(*system_.modal, plan.time_step, plan.burn_in);
      return left_ * decay.Factor().asDiagonal() * right_;
    }
    const GaussianKernel kernel = exact ? ExactKernel(system_.sde, time)
                                        : LeapKernel(system_.sde, plan.time_step, plan.burn_in);
    const Eigen::MatrixXd& w = whitening_.from_working;
    return whitening_.to_working * (w + kernel.increment * w);
  }

  const SampledSystem& system_;
  Contraction contraction_;
  Whitening whitening_;
  Eigen::MatrixXd left_;   // W⁺X
  Eigen::MatrixXd right_;  // X⁻¹W
};

/// Burn-in: relative transient of the covariance |f|^(2k)·(1 + distance²) ≤ tolerance.
void PlanBurnIn(const SampledSystem& system, const RecordLaw& law, const SamplingRequest& request,
                const Contraction& contraction, SamplingPlan& plan) {
  const double start = 1 + request.initial_distance * request.initial_distance;
  const double count = static_cast<double>(plan.chains) * static_cast<double>(plan.records);
  const double tolerance = std::min(request.target_error / 10, 0.1 * std::sqrt(2 / count));
  plan.burn_in = request.burn_in
                     ? *request.burn_in
                     : ToSteps(std::log(tolerance / start) / (2 * contraction.log_per_step));
  const Transient transient(system, law, contraction);
  plan.transient = start * transient.After(plan);
  while (!request.burn_in && plan.transient > tolerance && plan.burn_in < kMostSteps / 2) {
    plan.burn_in += plan.burn_in / 2 + 1;
    plan.transient = start * transient.After(plan);
  }
}

/// What a record costs in units of a time step, per chain. Rough: a normal takes as long as 70
/// multiplications with addition of a matrix product.
double CostOfRecording(const SampledSystem& system, Scheme scheme) {
  constexpr double kNormal = 70;
  if (LeapsOverRecords(scheme)) return std::numeric_limits<double>::infinity();
  const auto d = static_cast<double>(system.Dimension());
  const auto k = static_cast<double>(system.sde.diffusion.cols());
  const double record = d * d / 2;
  const bool diagonal = scheme == Scheme::kModal && system.modal->noise_is_diagonal;
  const double drift = scheme == Scheme::kModal ? 0 : d * d;
  return record / (kNormal * k + (diagonal ? 0 : drift + d * k / 2));
}

/// Time between records in units of the slowest mode's memory. Records r apart are worth 1/coth(r)
/// independent ones, so with a record as dear as q memories of steps (r + q) coth(r) is minimal
/// where sinh(2r)/2 − r = q; nearly flat below ¼, nearly exhausted at 2.
double BestSpacing(double q) {
  double r = 0.25;
  for (int i = 0; i < 20; ++i) r = std::clamp(std::asinh(2 * (q + r)) / 2, 0.25, 2.0);
  return r;
}

/// What single precision adds to the error of the covariance.
double PrecisionError(const SamplingPlan& plan, const Contraction& contraction, double target) {
  if (plan.precision == Precision::kDouble) return 0;
  const double steps = LeapsOverRecords(plan.scheme) ? static_cast<double>(plan.record_every) : 1;
  const double error = FloatError(-std::expm1(steps * contraction.log_per_step));
  if (error > target / 10) {
    throw std::invalid_argument(fmt::format(
        "precision = float may add a relative error of {:.2g} (more than a tenth of target-error = "
        "{:g}) use --precision double, a larger --time-step or --scheme leap",
        error, target));
  }
  return error;
}

SamplingPlan PlanScheme(const SampledSystem& system, const SamplingRequest& request,
                        Scheme scheme) {
  SamplingPlan plan;
  plan.scheme = scheme;
  plan.time_step = request.time_step;
  plan.precision = request.precision;
  plan.chains = request.chains;
  plan.replicates = request.replicates;
  const Contraction contraction =
      FindContraction(system, scheme == Scheme::kExact, request.time_step);
  plan.max_stable_step = contraction.max_stable_step;
  const double memory = -1 / contraction.log_per_step;
  plan.record_every = request.record_every
                          ? *request.record_every
                          : ToSteps(memory * BestSpacing(CostOfRecording(system, scheme) / memory));
  if (request.steps) plan.record_every = std::min(plan.record_every, *request.steps);
  plan.precision_error = PrecisionError(plan, contraction, request.target_error);
  const auto law = MakeRecordLaw(system, scheme, request.time_step, plan.record_every);
  plan.records = request.steps ? *request.steps / plan.record_every
                               : RecordsFor(*law, plan.chains, request.target_error);
  plan.expected_relative_error =
      law->ExpectedRelativeError({.chains = plan.chains, .records = plan.records});
  PlanBurnIn(system, *law, request, contraction, plan);
  plan.normals = CountNormals(plan, system);
  return plan;
}

}  // namespace

EnsembleOptions MakeEnsembleOptions(const SamplingPlan& plan) {
  EnsembleOptions run;
  run.chains = plan.chains;
  run.replicates = plan.replicates;
  run.records = plan.records;
  run.record_every = plan.record_every;
  run.burn_in = plan.burn_in;
  if (LeapsOverRecords(plan.scheme)) {
    run.burn_in = (plan.burn_in + plan.record_every - 1) / plan.record_every;
    run.record_every = 1;
  }
  return run;
}

SamplingPlan PlanSampling(const SampledSystem& system, const SamplingRequest& request) {
  Validate(request);
  if (request.scheme) return PlanScheme(system, request, *request.scheme);
  SamplingPlan plan = PlanScheme(system, request, Scheme::kEulerMaruyama);
  if (plan.normals <= kManyNormals) return plan;
  const double normals = plan.normals;
  plan = PlanScheme(system, request, Scheme::kLeap);
  plan.notes.push_back(
      fmt::format("euler-maruyama would need {:.2g} normals (more than {:.0e}): leap instead",
                  normals, kManyNormals));
  return plan;
}

}  // namespace adamsde
