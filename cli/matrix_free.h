#pragma once

#include <string>

#include "analysis/spectrum/lanczos.h"
#include "cli/result.h"

namespace adamsde {

/// The Lanczos options of the command line, for d parameters.
/// @throws std::invalid_argument  out of range, or more memory than there is.
[[nodiscard]] LanczosOptions MakeLanczosOptions(const Options& options, Eigen::Index dimension);

/// {value, stderr, truncation, converged}: where k steps leave a bias that the runs do not show,
/// stderr is null and its reason says so.
[[nodiscard]] Json ToJson(const TruncatedEstimate& estimate);

/// "123.4 +- 0.5", or "123.4 (biased: ...)".
[[nodiscard]] std::string ToReport(const TruncatedEstimate& estimate);

// `bound` and `sweep` with --matrix-free: Theorem 6 from Lanczos runs on Q^½HQ^½, ℓ2-Adam's H.3 and
// Corollary 3 from runs on H.
[[nodiscard]] std::string AddMatrixFreeBound(const MatrixFreeProblem& problem,
                                             const Options& options, Result& result);
[[nodiscard]] std::string AddMatrixFreeSweep(const MatrixFreeProblem& problem,
                                             const Options& options, Result& result);

}  // namespace adamsde
