#include "cli/posterior_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "analysis/stationary/errors.h"
#include "analysis/stationary/paper.h"
#include "cli/bound_report.h"
#include "cli/dataset_layout.h"

namespace adamsde {
namespace {

/// What a report says of one covariance.
struct LawFigures {
  double trace = 0;
  double log_det = 0;
  double digits = 0;          ///< of the covariance and its trace
  double log_det_digits = 0;  ///< decimals where |log det| < 1
};

LawFigures FiguresOf(const GaussianLaw& law) {
  return {.trace = law.covariance.trace(),
          .log_det = law.log_det,
          .digits = law.digits,
          .log_det_digits = LogDetDigits(law.log_det, law.log_det_error)};
}

/// Adds trace, log det and their digits to an object of result.json.
void AddFigures(Result& result, const std::string& name, const LawFigures& figures) {
  Json& json = result.Root()[name];
  json["trace"] = figures.trace;
  SetNumber(json, "log_det", figures.log_det, kSingular);
  json["digits"] = figures.digits;
  WarnOfDigits(result, name + ".trace", figures.digits);
  if (std::isfinite(figures.log_det)) {
    json["log_det_digits"] = figures.log_det_digits;
    WarnOfDigits(result, name + ".log_det", figures.log_det_digits);
  } else {
    SetNull(json, "log_det_digits", kSingular);
  }
}

std::string FiguresLine(const char* title, const LawFigures& figures) {
  return fmt::format(
      "{:24} {:>14.6g} {:>14.6g} {:>7.0f} {:>7}", title, figures.trace, figures.log_det,
      figures.digits,
      std::isfinite(figures.log_det) ? fmt::format("{:.0f}", figures.log_det_digits) : "-");
}

/// Adds an object for a law that may not exist.
template <typename MakeLaw>
std::string AddLaw(Result& result, const char* name, const char* title, const std::string& file,
                   const MakeLaw& make_law) {
  try {
    const GaussianLaw law = make_law();
    AddFigures(result, name, FiguresOf(law));
    result.AddArray(file, law.covariance);
    return FiguresLine(title, FiguresOf(law)) + "\n";
  } catch (const std::domain_error& error) {
    SetNull(result.Root(), name, error.what());
    return fmt::format("{:24} none: {}\n", title, error.what());
  }
}

std::string AddPaper(const OptimizerProblem& problem, const GaussianLaw& law, Result& result) {
  const Eigen::MatrixXd printed =
      PaperCovariance(problem.quadratic, problem.hyper, problem.preconditioner);
  const double error = EstimatePaperError(problem.quadratic, problem.hyper, problem.preconditioner);
  const PaperDefects defects = CompareWithPaper(printed, law.covariance, error);
  const LawFigures figures{.trace = defects.trace,
                           .log_det = defects.log_det,
                           .digits = DigitsOf(error),
                           .log_det_digits = LogDetDigits(defects.log_det, defects.log_det_error)};
  AddFigures(result, "paper", figures);
  Json& json = result.Root()["paper"];
  json["asymmetry"] = defects.asymmetry;
  json["relative_error"] = defects.relative_error;
  result.AddArray("covariance_paper.npy", printed);
  return FiguresLine("as the paper prints it", figures) +
         fmt::format("   error {:.3g}, asymmetry {:.3g}\n", defects.relative_error,
                     defects.asymmetry);
}

void AddStationary(Result& result, double slowest, double fastest, const GaussianLaw& law) {
  Json& json = result.Root()["stationary"];
  json["slowest_rate"] = slowest;
  json["fastest_rate"] = fastest;
  AddFigures(result, "stationary", FiguresOf(law));
  result.Root()["stationary"]["mean_norm"] = law.mean.norm();
  result.AddArray("mean.npy", law.mean);
  result.AddArray("covariance.npy", law.covariance);
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
    for (const char* const name :
         {"trace", "log_det", "digits", "log_det_digits", "relative_bias"}) {
      SetNull(json, name, why);
    }
    return fmt::format("{:24} unstable: {}\n", "Euler-Maruyama", why);
  }
  const GaussianLaw law = make_law();
  const double bias = (law.covariance - exact).norm() / exact.norm();
  AddFigures(result, "euler_maruyama", FiguresOf(law));
  result.Root()["euler_maruyama"]["relative_bias"] = bias;
  result.AddArray("covariance_euler_maruyama.npy", law.covariance);
  return FiguresLine("Euler-Maruyama", FiguresOf(law)) +
         fmt::format("   bias {:.3g} at h = {:g}\n", bias, h);
}

std::string Heading(Eigen::Index dimension, double slowest, double fastest,
                    const GaussianLaw& law) {
  return fmt::format(
      "d = {}, rates {:.4g} to {:.4g}, |mean| = {:.6g}\n\n"
      "{:24} {:>14} {:>14}  right digits\n{}\n",
      dimension, slowest, fastest, law.mean.norm(), "covariance", "trace", "log det",
      FiguresLine("SDE, stationary", FiguresOf(law)));
}

std::string AddOptimizerPosterior(const OptimizerProblem& problem, const ModalSystem& system,
                                  const Options& options, Result& result) {
  const GaussianLaw law = StationaryLaw(system);
  const double slowest = system.rates(0);
  const double fastest = system.rates(system.Dimension() - 1);
  AddStationary(result, slowest, fastest, law);
  std::string report = Heading(system.Dimension(), slowest, fastest, law);
  const double h = options.TimeStep();
  report += AddEulerMaruyama(result, h, MaxStableStep(system), law.covariance,
                             [&] { return EulerMaruyamaLaw(system, h); });
  report += AddLaw(result, "momentum", "optimizer with momentum", "covariance_momentum.npy",
                   [&] { return MomentumLaw(system); });
  report += AddPaper(problem, law, result) + "\n";
  report += AddFixedPoint(problem.fixed_point, result);
  const PosteriorSummary summary = SummarizePosterior(problem, system, law, options);
  result.Root()["bound"] = BoundJson(summary, options.bound);
  WarnOfBound(result);
  report += BoundReport(result.Root()["bound"]);
  const double risk = QuadraticRisk(problem.quadratic.hessian, problem.quadratic.minimizer,
                                    law.mean, law.covariance);
  const double digits = DigitsOf(
      EstimateRiskError(system, problem.quadratic, law.covariance, std::pow(10.0, -law.digits)) /
      risk);
  result.Root()["risk"] = risk;
  result.Root()["risk_digits"] = digits;
  WarnOfDigits(result, "risk", digits);
  return report + fmt::format("risk E[F - F*] = {:.6g}, about {:.0f} digits\n", risk, digits);
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
    const Json score = ScoreJson(*loss, minimizer);
    json[name] = score;
    report += fmt::format("{} rows {}: loss at x* {:.6g}", name, loss->NumSamples(),
                          score["loss"].get<double>());
    if (score.contains("accuracy")) {
      report += fmt::format(", accuracy {:.4f}", score["accuracy"].get<double>());
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
  const GaussianLaw law = GeneralLaw(sde, 0);
  AddStationary(result, slowest, fastest, law);
  std::string report = Heading(sde.Dimension(), slowest, fastest, law);
  const double h = options.TimeStep();
  report += AddEulerMaruyama(result, h, MaxStableStep(spectrum), law.covariance,
                             [&] { return GeneralLaw(sde, h); });
  for (const char* const name : {"momentum", "paper", "bound", "risk"}) {
    SetNull(result.Root(), name, "a general linear SDE has no optimizer and no loss");
  }
  return report;
}

}  // namespace

std::string AddFixedPoint(const std::optional<SelfConsistentPreconditioner>& fixed_point,
                          Result& result) {
  if (!fixed_point) return "";
  result.Root()["preconditioner"] = {{"iterations", fixed_point->iterations},
                                     {"residual", fixed_point->residual}};
  return fmt::format("self-consistent preconditioner: {} iterations, residual {:.2g} in log q\n",
                     fixed_point->iterations, fixed_point->residual);
}

std::string AddPosterior(const Problem& problem, const Options& options, Result& result,
                         const std::optional<ModalSystem>& modal) {
  if (problem.optimizer) {
    const OptimizerProblem& p = *problem.optimizer;
    std::string report = AddOptimizerPosterior(
        p, modal ? *modal : MakeModalSystem(p.quadratic, p.hyper, p.preconditioner), options,
        result);
    if (problem.data) {
      report += AddData(*problem.data, p.quadratic.minimizer, result);
    }
    return report;
  }
  if (problem.general) return AddGeneralPosterior(*problem.general, options, result);
  throw std::invalid_argument(
      "a spectrum alone has no posterior covariance (it has no eigenvectors) use bound, or "
      "--hessian");
}

}  // namespace adamsde
