#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/spectrum/matrix_free_bound.h"
#include "cli/bound_report.h"
#include "cli/commands.h"
#include "cli/io/npz.h"
#include "cli/io/spectrum.h"
#include "cli/matrix_free.h"
#include "cli/progress.h"
#include "cli/report/log_density.h"
#include "cli/terminal_plot.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

/// Up to here the exact eigenvalues are put beside the estimates.
constexpr Eigen::Index kLargestExact = 1000;

std::string AddEstimates(const LanczosRuns& runs, Result& result) {
  const QuadratureLadder ladder(runs);
  const NodeTable& spectrum = ladder.Full().spectrum;
  Json& json = result.Root();
  const TruncatedEstimate trace = ladder([](const Quadrature& quadrature) {
    return TracePerRun(quadrature.spectrum, [](double x) { return x; });
  });
  json["trace"] = ToJson(trace);
  std::string report = fmt::format("trace    {}\n", ToReport(trace));
  if (spectrum.values.minCoeff() > 1e-13 * spectrum.values.maxCoeff()) {
    const TruncatedEstimate log_det = ladder([](const Quadrature& quadrature) {
      return TracePerRun(quadrature.spectrum, [](double x) { return std::log(x); });
    });
    json["log_det"] = ToJson(log_det);
    report += fmt::format("log det  {}\n", ToReport(log_det));
  } else {
    const std::string why = fmt::format("the hessian is singular: a Lanczos node is {:.3g}",
                                        spectrum.values.minCoeff());
    SetNull(json["log_det"], "value", why);
    SetNull(json["log_det"], "stderr", why);
    report += fmt::format("log det  none ({})\n", why);
  }
  return report;
}

std::string AddExact(const MatrixFreeProblem& problem, Result& result) {
  const Eigen::Index d = problem.minimizer.size();
  if (d > kLargestExact) {
    SetNull(result.Root(), "exact", fmt::format("more than {} parameters", kLargestExact));
    return "";
  }
  const Eigen::MatrixXd hessian =
      problem.dense ? *problem.dense : problem.data->loss->Hessian(problem.minimizer);
  const Eigen::VectorXd values = SymmetricEigenvalues(hessian);
  const double log_det = values.cwiseMax(0.0).array().log().sum();
  Json& json = result.Root()["exact"];
  json["trace"] = hessian.trace();
  SetNumber(json, "log_det", log_det, "the hessian is singular");
  if (std::isfinite(log_det)) WarnOfDigits(result, "exact.log_det", DigitsOfLogDet(values, log_det));
  result.AddArray("eigenvalues.npy", values);
  return fmt::format("exact: trace {:.8g}, log det {:.8g}\n", hessian.trace(), log_det);
}

std::string AddTop(const MatrixFreeProblem& problem, Result& result) {
  const Eigen::Index d = problem.minimizer.size();
  const Eigen::Index count = std::min<Eigen::Index>(5, d - 1);
  if (count < 1) {
    SetNull(result.Root(), "top_eigenvalues", "a single parameter");
    return "";
  }
  const Eigen::VectorXd top = TopEigenvalues(problem.hessian_times, d, count);
  std::string report = "largest eigenvalues:";
  for (const double value : top) {
    result.Root()["top_eigenvalues"].push_back(value);
    report += fmt::format(" {:.8g}", value);
  }
  return report + "\n";
}

/// The density of |σ| over a log axis; nothing where all nodes are zero.
std::string Plot(const NodeTable& spectrum) {
  const double largest = spectrum.values.cwiseAbs().maxCoeff();
  LogSpectrum nodes;
  for (Eigen::Index k = 0; k < spectrum.values.size(); ++k) {
    const double size = std::abs(spectrum.values.data()[k]);
    if (size <= 1e-14 * largest) continue;  // zero to rounding
    nodes.Add(size, spectrum.weights.data()[k] / static_cast<double>(spectrum.values.rows()));
  }
  if (nodes.Empty()) return "";
  const auto [least, most] = std::minmax_element(nodes.position.begin(), nodes.position.end());
  const double low = *least - 0.5;
  const double high = *most + 0.5;
  return TerminalCurve(
      DensityLayer(nodes, low, high, "").y, fmt::format("{:.2g}", std::pow(10.0, low)),
      fmt::format("share of directions per decade, |sigma| = {:.2g} (log)", std::pow(10.0, high)));
}

}  // namespace

ExitCode RunSpectrum(const Arguments& arguments) {
  Result result(arguments);
  const Problem problem = LoadMatrixFreeProblem(arguments.options, PreconditionerUse::kNone);
  const Options options = CompleteOptions(arguments, problem, result);
  const MatrixFreeProblem& p = *problem.matrix_free;
  const Eigen::Index d = p.minimizer.size();
  LanczosOptions lanczos = MakeLanczosOptions(options, d);
  LanczosRuns runs;
  {
    ProgressBar bar(options.progress, "Lanczos");
    lanczos.progress = bar.Callback();
    runs = RunLanczos(p.hessian_times, Probes(d, lanczos), Eigen::VectorXd::Ones(d), lanczos);
  }
  const NodeTable spectrum = MakeQuadrature(runs, runs.Steps()).spectrum;
  result.Root()["runs"] = spectrum.values.rows();
  result.Root()["nodes"] = spectrum.values.cols();
  std::string report = fmt::format("d = {}, {} runs of {} nodes\n", d, spectrum.values.rows(),
                                   spectrum.values.cols());
  report += AddEstimates(runs, result) + AddExact(p, result) + AddTop(p, result) + Plot(spectrum);
  if (const auto path = result.PathOf("spectrum.npz")) {
    result.DropOldResult();
    WriteNpz(*path, {{"eig", spectrum.values}, {"wt", spectrum.weights}});
    result.MentionFile("spectrum.npz");
  }
  result.AddText("spectrum.csv", SpectrumCsv(spectrum));
  result.Finish(report);
  return ExitCode::kDone;
}

}  // namespace adamsde
