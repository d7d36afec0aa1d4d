#include "cli/bound_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/stationary/errors.h"

namespace adamsde {

void WarnOfDigits(Result& result, const std::string& what, double digits) {
  if (digits >= 1.5) return;
  result.Warn(
      fmt::format("{} has about {:.0f} right digits (its matrices are too near singular for "
                  "double precision)",
                  what, digits));
}

double LogDetDigits(double log_det, double error) {
  return DigitsOf(error / std::max(1.0, std::abs(log_det)));
}

double DigitsOfLogDet(const Eigen::VectorXd& eigenvalues, double value) {
  const Eigen::ArrayXd sizes = eigenvalues.array().abs();
  return LogDetDigits(value, kRounding * sizes.maxCoeff() * sizes.inverse().sum());
}

PosteriorSummary SummarizePosterior(const OptimizerProblem& problem, const ModalSystem& system,
                                    const GaussianLaw& law, const Options& options) {
  const bool at_minimizer = ParsePosteriorMean(options.posterior_mean) == PosteriorMean::kMinimizer;
  const Eigen::VectorXd& mean = at_minimizer ? problem.quadratic.minimizer : law.mean;
  const double relative_error = std::pow(10.0, -law.digits);
  PosteriorSummary summary{
      .dimension = law.mean.size(),
      .log_det = law.log_det,
      .trace = law.covariance.trace(),
      .mean_square = mean.squaredNorm(),
      .minimizer_square = problem.quadratic.minimizer.squaredNorm(),
      .scale = problem.hyper.learning_rate / (2.0 * static_cast<double>(problem.hyper.batch_size)),
      .log_det_error = law.log_det_error,
      .trace_error =
          std::sqrt(static_cast<double>(law.mean.size())) * relative_error * law.covariance.norm(),
      .mean_square_error =
          at_minimizer
              ? 0
              : 2 * law.mean.norm() * EstimateMeanError(system, problem.quadratic.minimizer)};
  if (options.range_only && !std::isfinite(law.log_det)) {
    const RangeSummary range = SummarizeRange(law.covariance);
    summary.dimension = range.rank;
    summary.log_det = range.log_det;
    summary.log_det_error = range.condition * relative_error;
  }
  return summary;
}

Json BoundJson(const PosteriorSummary& summary, const BoundSettings& settings) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const double kl = KlDivergence(summary, settings);
  Json bound;
  SetNumber(bound, "kl", kl, kSingular);
  SetNumber(bound, "digits", std::isfinite(kl) ? KlDigits(summary, settings) : kNone, kSingular);
  bound["rank"] = summary.dimension;
  const std::pair<const char*, BoundConvention> conventions[] = {
      {"derived", BoundConvention::kDerived},
      {"printed", BoundConvention::kPrinted},
      {"literal", BoundConvention::kLiteral}};
  for (const auto& [name, convention] : conventions) {
    const BoundValue value = PacBayesBound(summary, settings, convention);
    SetNumber(bound[name], "err", value.err, kSingular);
    bound[name]["c0"] = value.c0;
    SetNumber(bound[name], "phi", value.phi, kSingular);
    SetNumber(bound[name], "digits", std::isfinite(value.phi) ? value.digits : kNone, kSingular);
  }
  return bound;
}

void WarnOfBound(Result& result) {
  const Json& bound = result.Root()["bound"];
  if (!bound["kl"].is_null()) WarnOfDigits(result, "bound.kl", bound["digits"].get<double>());
}

std::string BoundReport(const Json& bound) {
  if (bound["kl"].is_null()) {
    return fmt::format("KL is infinite ({}); --range-only restricts the bound to the range\n",
                       bound["kl_reason"].get<std::string>());
  }
  std::string text = fmt::format("KL = {:.6g}, about {:.0f} digits\n", bound["kl"].get<double>(),
                                 bound["digits"].get<double>());
  for (const char* const convention : {"derived", "printed", "literal"}) {
    const Json& value = bound[convention];
    text += fmt::format(
        "Phi {:20} {}   (err {:.6g}, c0 {:.6g})\n", convention,
        value["phi"].is_null() ? "none" : fmt::format("{:.6g}", value["phi"].get<double>()),
        value["err"].get<double>(), value["c0"].get<double>());
  }
  return text;
}

}  // namespace adamsde
