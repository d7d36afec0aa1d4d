#pragma once

#include <vector>

#include "analysis/ladder/ladder.h"
#include "analysis/ladder/sampled_rung.h"

namespace adamsde {

/// Trace, risk on the quadratic, log det and err of two samples that share seed, chains and steps,
/// with the standard error of their difference, paired group by group, and what it would be
/// without.
[[nodiscard]] std::vector<PairedQuantity> ComparePaired(const LadderProblem& problem,
                                                        const LadderOptions& options,
                                                        const SampledRung& first,
                                                        const SampledRung& second);

/// Runs rung 6 for two sets of hyperparameters (another optimizer, another λ) on the same random
/// numbers: noise is a function of (seed, chain, step), and both run the longer of the two plans.
[[nodiscard]] OptimizerPair RunPair(const LadderProblem& problem, const Hyperparameters& first,
                                    const Hyperparameters& second, const LadderOptions& options);

}  // namespace adamsde
