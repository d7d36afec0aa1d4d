#include "cli/matrix_free.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "analysis/bound/sweep.h"
#include "analysis/spectrum/matrix_free_bound.h"
#include "cli/machine.h"
#include "cli/progress.h"

namespace adamsde {
namespace {

/// Lanczos on S for AdamW and on H for ℓ2-Adam and Corollary 3, with the same probes.
struct BothBounds {
  MatrixFreeBound adamw;
  MatrixFreeBound l2_adam;
};

BothBounds MakeBounds(const MatrixFreeProblem& problem, const Options& options) {
  LanczosOptions lanczos = MakeLanczosOptions(options, problem.minimizer.size());
  const Eigen::MatrixXd probes = Probes(problem.minimizer.size(), lanczos);
  const auto bound = [&](const char* label, const BlockOperator& a) {
    ProgressBar bar(options.progress, label);
    lanczos.progress = bar.Callback();
    return MatrixFreeBound(RunLanczos(a, probes, problem.q, lanczos), problem.q, problem.hyper,
                           options.bound.prior_variance);
  };
  return {.adamw = bound("Lanczos on QH", SandwichOperator(problem.hessian_times, problem.q)),
          .l2_adam = bound("Lanczos on H", problem.hessian_times)};
}

SpectrumPolicy PolicyOf(const Options& options) {
  return {.negative = ParseNegativePolicy(options.negative), .floor = options.floor};
}

/// err, log det, trace, and Φ in the conventions whose c₀ needs the centre only.
Json PosteriorJson(const MatrixFreeErr& err, const Eigen::VectorXd& mean,
                   const MatrixFreeProblem& problem, const BoundSettings& settings) {
  Json json;
  json["err"] = ToJson(err.err);
  json["log_det"] = ToJson(err.log_det);
  json["trace"] = ToJson(err.trace);
  json["mean_norm"] = mean.norm();
  const PosteriorSummary summary{.dimension = mean.size(),
                                 .log_det = err.log_det.estimate.value,
                                 .trace = err.trace.estimate.value,
                                 .mean_square = mean.squaredNorm(),
                                 .minimizer_square = problem.minimizer.squaredNorm()};
  const std::pair<const char*, BoundConvention> conventions[] = {
      {"derived", BoundConvention::kDerived}, {"printed", BoundConvention::kPrinted}};
  for (const auto& [name, convention] : conventions) {
    const BoundValue value = PacBayesBound(summary, settings, convention);
    // dΦ = 4/(nΦ) d err.
    TruncatedEstimate phi = err.err;
    const double slope = 4 / (settings.num_samples * value.phi);
    phi.estimate = {.value = value.phi, .standard_error = slope * phi.estimate.standard_error};
    phi.truncation *= slope;
    json[name]["c0"] = value.c0;
    json[name]["phi"] = ToJson(phi);
  }
  return json;
}

/// Corollary 3's err (not per parameter) with its standard error over runs.
struct Corollary3Estimate {
  RunEstimate adamw;
  RunEstimate l2_adam;
};

Corollary3Estimate EstimateCorollary3(const SpectrumRuns& spectrum, const Hyperparameters& hyper,
                                      const Options& options) {
  const SpectrumBound c =
      EvaluateRuns(spectrum, hyper, options.bound.prior_variance, PolicyOf(options));
  const double d = spectrum.Dimension();
  return {.adamw = {.value = c.mean.adamw.err, .standard_error = d * c.adamw_stderr},
          .l2_adam = {.value = c.mean.l2_adam.err, .standard_error = d * c.l2_adam_stderr}};
}

Json ToJson(const RunEstimate& estimate) {
  Json json;
  json["value"] = estimate.value;
  SetNumber(json, "stderr", estimate.standard_error, "a single run");
  return json;
}

/// λ = 0 first if asked for, the others evenly spaced in log λ over six decades, as in `sweep`.
std::vector<double> DecayGrid(const Options& options) {
  if (!(options.lambda_min >= 0 && options.lambda_max > options.lambda_min &&
        std::isfinite(options.lambda_max))) {
    throw std::invalid_argument(
        fmt::format("lambda range [{}, {}] is not allowed (0 <= lambda-min < lambda-max)",
                    options.lambda_min, options.lambda_max));
  }
  if (options.points < 3) {
    throw std::invalid_argument(
        fmt::format("points = {} is not allowed (must be >= 3)", options.points));
  }
  std::vector<double> grid;
  double low = options.lambda_min;
  if (low == 0) {
    grid.push_back(0);
    low = options.lambda_max * 1e-6;
  }
  const int rest = options.points - static_cast<int>(grid.size());
  for (int i = 0; i < rest; ++i) {
    grid.push_back(low * std::pow(options.lambda_max / low, i / static_cast<double>(rest - 1)));
  }
  grid.back() = options.lambda_max;
  return grid;
}

}  // namespace

LanczosOptions MakeLanczosOptions(const Options& options, Eigen::Index dimension) {
  LanczosOptions lanczos{.steps = options.lanczos_steps,
                         .runs = options.spectrum_runs,
                         .probe = ParseProbe(options.probe),
                         .seed = options.seed,
                         .threads = options.threads};
  Validate(lanczos);
  // The probes, and per thread the bases of one group.
  const auto d = static_cast<double>(dimension);
  const double steps = std::min<double>(lanczos.steps, d);
  RequireMemory(sizeof(double) * d * (lanczos.runs + kLanczosGroup * steps * lanczos.threads),
                fmt::format("Lanczos with {} runs of {} steps in dimension {}", lanczos.runs, steps,
                            dimension));
  return lanczos;
}

Json ToJson(const TruncatedEstimate& estimate) {
  Json json;
  json["value"] = estimate.estimate.value;
  if (estimate.converged) {
    SetNumber(json, "stderr", estimate.estimate.standard_error, "a single run");
  } else {
    SetNull(json, "stderr", "biased: the value still moves with --lanczos-steps, take more");
    SetNumber(json, "spread", estimate.estimate.standard_error, "a single run");
  }
  SetNumber(json, "truncation", estimate.truncation, "no decay with the number of steps yet");
  json["converged"] = estimate.converged;
  return json;
}

std::string ToReport(const TruncatedEstimate& estimate) {
  const std::string value = fmt::format("{:.8g}", estimate.estimate.value);
  if (estimate.converged) {
    return std::isfinite(estimate.estimate.standard_error)
               ? fmt::format("{} +- {:.2g}", value, estimate.estimate.standard_error)
               : value + " (one run, no error)";
  }
  return fmt::format("{} (biased by about {:.2g}: take more --lanczos-steps)", value,
                     estimate.truncation);
}

std::string AddMatrixFreeBound(const MatrixFreeProblem& problem, const Options& options,
                               Result& result) {
  const BothBounds bounds = MakeBounds(problem, options);
  const double lambda = problem.hyper.weight_decay;
  const MatrixFreeErr adamw = bounds.adamw(lambda);
  const MatrixFreeErr l2_adam = bounds.l2_adam(lambda);
  const Corollary3Estimate corollary = EstimateCorollary3(
      ToSpectrumRuns(bounds.l2_adam.Ladder().Full().spectrum), problem.hyper, options);
  const auto mean = [&](const Eigen::VectorXd& q) {
    return ParsePosteriorMean(options.posterior_mean) == PosteriorMean::kMinimizer
               ? problem.minimizer
               : StationaryMean(problem.hessian_times, q, lambda, problem.minimizer);
  };
  SetNull(result.Root(), "bound", "matrix-free: estimates with errors instead");
  Json& json = result.Root()["matrix_free"];
  json["runs"] = options.spectrum_runs;
  json["nodes"] = bounds.adamw.Ladder().Full().spectrum.values.cols();
  json["adamw"] = PosteriorJson(adamw, mean(problem.q), problem, options.bound);
  json["l2_adam_printed"] =
      PosteriorJson(l2_adam, mean(Eigen::VectorXd::Ones(problem.q.size())), problem, options.bound);
  json["corollary3"] = {{"adamw", ToJson(corollary.adamw)},
                        {"l2_adam", ToJson(corollary.l2_adam)},
                        {"adamw_minus_theorem6", corollary.adamw.value - adamw.err.estimate.value}};
  return fmt::format(
      "d = {}, {} Lanczos runs of {} steps, lambda = {:g}\n"
      "err AdamW (Theorem 6)           {}\n"
      "err l2-Adam (H.3 as printed)    {}\n"
      "err AdamW by Corollary 3        {:.8g} +- {:.2g}, off by {:.4g}\n"
      "err l2-Adam by Corollary 3      {:.8g} +- {:.2g}\n"
      "Phi AdamW derived {:.6g}, printed {:.6g}\n",
      problem.minimizer.size(), options.spectrum_runs,
      bounds.adamw.Ladder().Full().spectrum.values.cols(), lambda, ToReport(adamw.err),
      ToReport(l2_adam.err), corollary.adamw.value, corollary.adamw.standard_error,
      corollary.adamw.value - adamw.err.estimate.value, corollary.l2_adam.value,
      corollary.l2_adam.standard_error, json["adamw"]["derived"]["phi"]["value"].get<double>(),
      json["adamw"]["printed"]["phi"]["value"].get<double>());
}

std::string AddMatrixFreeSweep(const MatrixFreeProblem& problem, const Options& options,
                               Result& result) {
  const std::vector<double> grid = DecayGrid(options);
  const BothBounds bounds = MakeBounds(problem, options);
  std::string csv =
      "lambda,err,err_stderr,err_truncation,l2_adam_printed_err,l2_adam_printed_stderr,"
      "corollary3_adamw,corollary3_l2_adam\n";
  const SpectrumRuns spectrum = ToSpectrumRuns(bounds.l2_adam.Ladder().Full().spectrum);
  double best_lambda = 0;
  TruncatedEstimate best;
  bool converged = true;
  for (const double lambda : grid) {
    const TruncatedEstimate err = bounds.adamw(lambda).err;
    const TruncatedEstimate l2_adam = bounds.l2_adam(lambda).err;
    Hyperparameters hyper = problem.hyper;
    hyper.weight_decay = lambda;
    const Corollary3Estimate corollary = EstimateCorollary3(spectrum, hyper, options);
    csv += fmt::format("{},{},{},{},{},{},{},{}\n", lambda, err.estimate.value,
                       err.estimate.standard_error, err.truncation, l2_adam.estimate.value,
                       l2_adam.estimate.standard_error, corollary.adamw.value,
                       corollary.l2_adam.value);
    if (lambda == grid.front() || err.estimate.value < best.estimate.value) {
      best = err;
      best_lambda = lambda;
    }
    converged = converged && err.converged;
  }
  result.AddText("sweep_matrix_free.csv", csv);
  Json& json = result.Root()["matrix_free"];
  json["runs"] = options.spectrum_runs;
  json["nodes"] = bounds.adamw.Ladder().Full().spectrum.values.cols();
  json["converged"] = converged;
  json["minimum"] = {{"lambda", best_lambda}, {"err", ToJson(best)}, {"certified", false}};
  return fmt::format(
      "least err of {} values of lambda: {} at lambda = {:.6g} (estimated on a grid, not "
      "certified)\n{}",
      grid.size(), ToReport(best), best_lambda,
      converged ? "" : "some values are biased: take more --lanczos-steps\n");
}

}  // namespace adamsde
