#pragma once

#include <vector>

#include "analysis/ladder/ladder.h"
#include "analysis/ladder/sampled_rung.h"

namespace adamsde {

/// Trace, risk on the quadratic, log det and err of two samples that share seed, chains and steps,
/// with the standard error of their difference, paired group by group and each freed of its
/// control's part, and what it would be without either. With range_only log dets are those on the
/// controls' ranges.
[[nodiscard]] std::vector<PairedQuantity> ComparePaired(const LadderProblem& problem,
                                                        const LadderOptions& options,
                                                        const SampledRung& first,
                                                        const SampledRung& second);

/// Rung 6 for other hyperparameters, on the random numbers, chains and steps of a rung 6 that ran.
/// @throws std::domain_error  no fixed point, or chains diverged.
[[nodiscard]] SampledRung SampleRival(const LadderProblem& problem, const Hyperparameters& hyper,
                                      const RungPlan& plan, const LadderOptions& options);

/// Runs rung 6 for two sets of hyperparameters (another optimizer, another λ) on the same random
/// numbers: noise is a function of (seed, chain, step), and both run the longer of the two plans.
[[nodiscard]] OptimizerPair RunPair(const LadderProblem& problem, const Hyperparameters& first,
                                    const Hyperparameters& second, const LadderOptions& options);

}  // namespace adamsde
