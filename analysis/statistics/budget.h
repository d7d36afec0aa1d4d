#pragma once

#include "analysis/statistics/plan.h"

namespace adamsde {

/// What one chain of a linear ensemble costs per transition, in core-nanoseconds: two products and
/// its normals (half of that where the noise is white). A fixed model, measured on one machine, so that plans are the same everywhere.
[[nodiscard]] double LinearStepCost(Eigen::Index dimension);

/// Core-seconds of a plan by that model.
[[nodiscard]] double CoreSeconds(const SamplingPlan& plan, Eigen::Index dimension);

/// Plans a run that takes at most `core_seconds`. Where the request would take longer, its target
/// error is raised; where even an error of ½ does not fit, `euler-maruyama` and `modal` become
/// `leap`, whose cost does not depend on the number of steps. The notes say what was changed; the
/// plan's expected_relative_error is what was bought.
/// @throws as PlanSampling.
[[nodiscard]] SamplingPlan PlanSamplingWithin(const SampledSystem& system, SamplingRequest request,
                                              double core_seconds);

}  // namespace adamsde
