#include "analysis/statistics/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace adamsde {
namespace {

constexpr double kLargestError = 0.5;

/// Raises the target error until the plan fits, in a few plans: a plan costs O(d³), and its length
/// goes with the error's square.
SamplingPlan RaiseError(const SampledSystem& system, SamplingRequest request, double core_seconds) {
  constexpr int kMostPlans = 8;
  SamplingPlan plan = PlanSampling(system, request);
  for (int i = 0; i < kMostPlans && request.target_error < kLargestError; ++i) {
    const double excess = CoreSeconds(plan, system.Dimension()) / core_seconds;
    if (excess <= 1) break;
    request.target_error =
        std::min(kLargestError, request.target_error * std::max(1.1, std::sqrt(excess)));
    plan = PlanSampling(system, request);
  }
  return plan;
}

}  // namespace

double LinearStepCost(Eigen::Index dimension) {
  const auto d = static_cast<double>(dimension);
  return 20 + 4 * d + 0.075 * d * d;
}

double CoreSeconds(const SamplingPlan& plan, Eigen::Index dimension) {
  const EnsembleOptions run = MakeEnsembleOptions(plan);
  const double transitions =
      static_cast<double>(run.burn_in) +
      static_cast<double>(run.record_every) * static_cast<double>(run.records);
  return 1e-9 * LinearStepCost(dimension) * transitions * static_cast<double>(plan.chains);
}

SamplingPlan PlanSamplingWithin(const SampledSystem& system, SamplingRequest request,
                                double core_seconds) {
  SamplingPlan plan = RaiseError(system, request, core_seconds);
  if (CoreSeconds(plan, system.Dimension()) > core_seconds && !LeapsOverRecords(plan.scheme)) {
    request.scheme = Scheme::kLeap;
    plan = RaiseError(system, request, core_seconds);
    plan.notes.push_back(fmt::format("leap: steps would exceed {:g} core-seconds", core_seconds));
  }
  if (plan.expected_relative_error > request.target_error) {
    plan.notes.push_back(fmt::format("relative error {:.2g} for {:g} buys {:g} core-seconds",
                                     plan.expected_relative_error, request.target_error,
                                     core_seconds));
  }
  return plan;
}

}  // namespace adamsde
