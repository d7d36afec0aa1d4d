#pragma once

#include <vector>

#include "analysis/statistics/plan.h"
#include "analysis/statistics/record_law.h"
#include "cli/options.h"
#include "cli/result.h"
#include "sde/ensemble/moments.h"

namespace adamsde {

/// What a page shows of a sample beside its law, as files: sample_z.npy (r×r: the errors of the
/// covariance in working coordinates, each over its own known standard error; the largest is
/// max_abs_z), sample_axes.csv (variances along the principal axes of the law, with standard errors
/// over replicates), and from at most 256 further chains of the same scheme sample_quantiles.csv
/// (whitened states against the normal law) and sample_autocorrelation.csv. Nothing unless files or
/// a page are wanted.
/// @param groups  deviations from the mean in the original coordinates, one per replicate
void AddSampleDiagnostics(const SampledSystem& system, const SamplingPlan& plan,
                          const RecordLaw& law, const std::vector<MomentSums>& groups,
                          const Options& options, Result& result);

}  // namespace adamsde
