#pragma once

#include <Eigen/Core>
#include <string>

#include "analysis/bound/pac_bayes.h"
#include "analysis/stationary/laws.h"
#include "cli/options.h"
#include "cli/problem_source.h"
#include "cli/result.h"

namespace adamsde {

/// Why a figure is null where M has no inverse.
inline constexpr const char* kSingular = "the covariance is singular to working precision";

/// Warns where a figure has hardly a digit.
void WarnOfDigits(Result& result, const std::string& what, double digits);

/// Digits of a log det with an error.
[[nodiscard]] double LogDetDigits(double log_det, double error);

/// Digits of a number of size `value` that holds log det of a matrix with these eigenvalues, or of
/// its square root, from an eigendecomposition.
[[nodiscard]] double DigitsOfLogDet(const Eigen::VectorXd& eigenvalues, double value);

/// What a bound needs of the SDE's law on this problem, centred and restricted as the options say.
/// @throws std::invalid_argument  unknown --posterior-mean.
[[nodiscard]] PosteriorSummary SummarizePosterior(const OptimizerProblem& problem,
                                                  const ModalSystem& system, const GaussianLaw& law,
                                                  const Options& options);

/// The "bound" object of result.json: kl and err, c0, phi in the three conventions, with digits.
[[nodiscard]] Json BoundJson(const PosteriorSummary& summary, const BoundSettings& settings);
/// Warns where the KL divergence in that object has hardly a digit.
void WarnOfBound(Result& result);

/// That object as lines to read.
[[nodiscard]] std::string BoundReport(const Json& bound);

}  // namespace adamsde
