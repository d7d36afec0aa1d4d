#include "cli/posterior_report.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "analysis/stationary/lyapunov.h"
#include "analysis/stationary/paper.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

constexpr const char* kSingular = "the covariance is singular";

double LogDetOf(const Eigen::MatrixXd& covariance) {
  return SymmetricEigenvalues(covariance).cwiseMax(0.0).array().log().sum();
}

Json LawJson(double trace, double log_det) {
  Json json;
  json["trace"] = trace;
  SetNumber(json, "log_det", log_det, kSingular);
  return json;
}

/// Adds an object for a law that may not exist.
template <typename MakeLaw>
std::string AddLaw(Result& result, const char* name, const char* title, const std::string& file,
                   const MakeLaw& make_law) {
  try {
    const GaussianLaw law = make_law();
    result.Root()[name] = LawJson(law.covariance.trace(), law.log_det);
    result.AddArray(file, law.covariance);
    return fmt::format("{:24} {:>14.6g} {:>14.6g}\n", title, law.covariance.trace(), law.log_det);
  } catch (const std::domain_error& error) {
    SetNull(result.Root(), name, error.what());
    return fmt::format("{:24} none: {}\n", title, error.what());
  }
}

std::string AddPaper(const OptimizerProblem& problem, const GaussianLaw& law, Result& result) {
  const Eigen::MatrixXd printed =
      PaperCovariance(problem.quadratic, problem.hyper, problem.preconditioner);
  const PaperDefects defects = CompareWithPaper(printed, law.covariance);
  Json& json = result.Root()["paper"];
  json = LawJson(defects.trace, defects.log_det);
  json["asymmetry"] = defects.asymmetry;
  json["relative_error"] = defects.relative_error;
  result.AddArray("covariance_paper.npy", printed);
  return fmt::format("{:24} {:>14.6g} {:>14.6g}   error {:.3g}, asymmetry {:.3g}\n",
                     "as the paper prints it", defects.trace, defects.log_det,
                     defects.relative_error, defects.asymmetry);
}

std::string BoundReport(const Json& bound) {
  if (bound["kl"].is_null()) {
    return fmt::format("KL is infinite ({}); --range-only restricts the bound to the range\n",
                       bound["kl_reason"].get<std::string>());
  }
  std::string text = fmt::format("KL = {:.6g}\n", bound["kl"].get<double>());
  for (const char* const convention : {"derived", "printed", "literal"}) {
    const Json& value = bound[convention];
    text += fmt::format(
        "Phi {:20} {}   (err {:.6g}, c0 {:.6g})\n", convention,
        value["phi"].is_null() ? "none" : fmt::format("{:.6g}", value["phi"].get<double>()),
        value["err"].get<double>(), value["c0"].get<double>());
  }
  return text;
}

Json StationaryJson(double slowest, double fastest, const GaussianLaw& law) {
  Json json;
  json["slowest_rate"] = slowest;
  json["fastest_rate"] = fastest;
  json["trace"] = law.covariance.trace();
  SetNumber(json, "log_det", law.log_det, kSingular);
  json["mean_norm"] = law.mean.norm();
  json["digits"] = law.digits;
  return json;
}

Json StepJson(double h, double limit) {
  Json json;
  json["time_step"] = h;
  json["stable"] = h < limit;
  json["max_time_step"] = limit;
  return json;
}

/// The part about Euler–Maruyama's own law, given how to get it.
template <typename MakeLaw>
std::string AddEulerMaruyama(Result& result, double h, double limit, const Eigen::MatrixXd& exact,
                             const MakeLaw& make_law) {
  Json& json = result.Root()["euler_maruyama"];
  json = StepJson(h, limit);
  if (!(h < limit)) {
    const std::string why = fmt::format("time-step {:.6g} is not below {:.6g}", h, limit);
    for (const char* const name : {"trace", "log_det", "relative_bias"}) SetNull(json, name, why);
    return fmt::format("{:24} unstable: {}\n", "Euler-Maruyama", why);
  }
  const GaussianLaw law = make_law();
  const double bias = (law.covariance - exact).norm() / exact.norm();
  json["trace"] = law.covariance.trace();
  SetNumber(json, "log_det", law.log_det, kSingular);
  json["relative_bias"] = bias;
  result.AddArray("covariance_euler_maruyama.npy", law.covariance);
  return fmt::format("{:24} {:>14.6g} {:>14.6g}   bias {:.3g} at h = {:g}\n", "Euler-Maruyama",
                     law.covariance.trace(), law.log_det, bias, h);
}

std::string Heading(Eigen::Index dimension, double slowest, double fastest,
                    const GaussianLaw& law) {
  return fmt::format(
      "d = {}, rates {:.4g} to {:.4g}, |mean| = {:.6g}, about {:.0f} digits\n\n"
      "{:24} {:>14} {:>14}\n{:24} {:>14.6g} {:>14.6g}\n",
      dimension, slowest, fastest, law.mean.norm(), law.digits, "covariance", "trace", "log det",
      "SDE, stationary", law.covariance.trace(), law.log_det);
}

std::string AddOptimizerPosterior(const OptimizerProblem& problem, const Options& options,
                                  Result& result) {
  const ModalSystem system =
      MakeModalSystem(problem.quadratic, problem.hyper, problem.preconditioner);
  const GaussianLaw law = StationaryLaw(system);
  const double slowest = system.rates(0);
  const double fastest = system.rates(system.Dimension() - 1);
  result.Root()["stationary"] = StationaryJson(slowest, fastest, law);
  result.AddArray("mean.npy", law.mean);
  result.AddArray("covariance.npy", law.covariance);
  std::string report = Heading(system.Dimension(), slowest, fastest, law);
  const double h = options.TimeStep();
  report += AddEulerMaruyama(result, h, MaxStableStep(system), law.covariance,
                             [&] { return EulerMaruyamaLaw(system, h); });
  report += AddLaw(result, "momentum", "optimizer with momentum", "covariance_momentum.npy",
                   [&] { return MomentumLaw(system); });
  report += AddPaper(problem, law, result) + "\n";
  report += AddFixedPoint(problem.fixed_point, result);
  const PosteriorSummary summary = SummarizePosterior(problem, law, options);
  result.Root()["bound"] = BoundJson(summary, options.bound);
  report += BoundReport(result.Root()["bound"]);
  const double risk = QuadraticRisk(problem.quadratic.hessian, problem.quadratic.minimizer,
                                    law.mean, law.covariance);
  result.Root()["risk"] = risk;
  return report + fmt::format("risk E[F - F*] = {:.6g}\n", risk);
}

/// Loss and accuracy at x*, on training and test rows.
std::string AddData(const DatasetProblem& data, const Eigen::VectorXd& minimizer, Result& result) {
  Json& json = result.Root()["data"];
  json["features"] = data.features.size();
  json["classes"] = data.classes;
  std::string report;
  const std::pair<const char*, const SampledLoss*> parts[] = {{"train", data.loss.get()},
                                                              {"test", data.test.get()}};
  for (const auto& [name, loss] : parts) {
    if (loss == nullptr) continue;
    json[name]["rows"] = loss->NumSamples();
    json[name]["loss"] = loss->Value(minimizer);
    report += fmt::format("{} rows {}: loss at x* {:.6g}", name, loss->NumSamples(),
                          loss->Value(minimizer));
    if (const auto accuracy = loss->Accuracy(minimizer)) {
      json[name]["accuracy"] = *accuracy;
      report += fmt::format(", accuracy {:.4f}", *accuracy);
    }
    report += "\n";
  }
  return report;
}

std::string AddGeneralPosterior(const LinearSde& sde, const Options& options, Result& result) {
  const Eigen::VectorXcd spectrum = DriftSpectrum(sde);
  RequireStationary(spectrum);
  const double slowest = spectrum.real().minCoeff();
  const double fastest = spectrum.real().maxCoeff();
  GaussianLaw law{.mean = sde.center,
                  .covariance = StationaryCovariance(sde),
                  .log_det = 0,
                  .digits = ExpectedDigits(slowest, spectrum.cwiseAbs().maxCoeff())};
  law.log_det = LogDetOf(law.covariance);
  result.Root()["stationary"] = StationaryJson(slowest, fastest, law);
  result.AddArray("mean.npy", law.mean);
  result.AddArray("covariance.npy", law.covariance);
  std::string report = Heading(sde.Dimension(), slowest, fastest, law);
  const double h = options.TimeStep();
  report += AddEulerMaruyama(result, h, MaxStableStep(spectrum), law.covariance, [&] {
    GaussianLaw discrete = law;
    discrete.covariance = EulerMaruyamaCovariance(sde, h);
    discrete.log_det = LogDetOf(discrete.covariance);
    return discrete;
  });
  for (const char* const name : {"momentum", "paper", "bound", "risk"}) {
    SetNull(result.Root(), name, "a general linear SDE has no optimizer and no loss");
  }
  return report;
}

}  // namespace

PosteriorSummary SummarizePosterior(const OptimizerProblem& problem, const GaussianLaw& law,
                                    const Options& options) {
  const Eigen::VectorXd& mean =
      ParsePosteriorMean(options.posterior_mean) == PosteriorMean::kMinimizer
          ? problem.quadratic.minimizer
          : law.mean;
  PosteriorSummary summary{
      .dimension = law.mean.size(),
      .log_det = law.log_det,
      .trace = law.covariance.trace(),
      .mean_square = mean.squaredNorm(),
      .minimizer_square = problem.quadratic.minimizer.squaredNorm(),
      .scale = problem.hyper.learning_rate / (2.0 * static_cast<double>(problem.hyper.batch_size))};
  if (options.range_only && !std::isfinite(law.log_det)) {
    const RangeSummary range = SummarizeRange(law.covariance);
    summary.dimension = range.rank;
    summary.log_det = range.log_det;
  }
  return summary;
}

Json BoundJson(const PosteriorSummary& summary, const BoundSettings& settings) {
  Json bound;
  SetNumber(bound, "kl", KlDivergence(summary, settings), kSingular);
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
  }
  return bound;
}

std::string AddFixedPoint(const std::optional<SelfConsistentPreconditioner>& fixed_point,
                          Result& result) {
  if (!fixed_point) return "";
  result.Root()["preconditioner"] = {{"iterations", fixed_point->iterations},
                                     {"residual", fixed_point->residual}};
  return fmt::format("self-consistent preconditioner: {} iterations, residual {:.2g} in log q\n",
                     fixed_point->iterations, fixed_point->residual);
}

std::string AddPosterior(const Problem& problem, const Options& options, Result& result) {
  if (problem.optimizer) {
    std::string report = AddOptimizerPosterior(*problem.optimizer, options, result);
    if (problem.data) {
      report += AddData(*problem.data, problem.optimizer->quadratic.minimizer, result);
    }
    return report;
  }
  if (problem.general) return AddGeneralPosterior(*problem.general, options, result);
  throw std::invalid_argument(
      "a spectrum alone has no posterior covariance use bound, or --hessian");
}

}  // namespace adamsde
