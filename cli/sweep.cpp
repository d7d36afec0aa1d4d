#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "analysis/bound/bound_of_weight_decay.h"
#include "analysis/bound/sweep.h"
#include "analysis/stationary/laws.h"
#include "cli/bound_report.h"
#include "cli/checkpoints.h"
#include "cli/commands.h"
#include "cli/io/atomic_file.h"
#include "cli/machine.h"
#include "cli/matrix_free.h"
#include "cli/problem_hash.h"
#include "cli/progress.h"
#include "cli/sweep_map.h"
#include "cli/sweep_modes.h"
#include "cli/terminal_plot.h"
#include "sde/ensemble/exception_carrier.h"

namespace adamsde {
namespace {

constexpr const char* kSweepColumns =
    "lambda,err,phi_derived,phi_printed,phi_literal,risk,risk_plus_phi,trace,log_det\n";

std::string Rows(std::span<const SweepPoint> points) {
  std::string text;
  for (const SweepPoint& p : points) {
    fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{},{},{},{}\n", p.lambda, p.err,
                   p.phi_derived, p.phi_printed, p.phi_literal, p.risk, p.risk_plus_phi, p.trace,
                   p.log_det);
  }
  return text;
}

/// sweep.csv, refused before any work where it cannot be written; nothing without --out. The page
/// keeps the rows too.
class SweepFile {
 public:
  explicit SweepFile(Result& result) : result_(result) {
    if (const auto path = result.PathOf(kName)) file_.emplace(*path);
    Write(kSweepColumns);
  }

  void Append(std::span<const SweepPoint> points) { Write(Rows(points)); }

  void Commit() {
    result_.KeepForPage(kName, kept_);
    if (!file_) return;
    result_.DropOldResult();
    file_->Commit();
    result_.MentionFile(kName);
  }

 private:
  void Write(const std::string& text) {
    if (file_) file_->Write(text);
    if (result_.WantsPage()) kept_ += text;
  }

  static constexpr const char* kName = "sweep.csv";
  Result& result_;
  std::optional<AtomicFile> file_;
  std::string kept_;
};

/// The other optimizer's curve on the same problem, for the page to put beside: without minima, and
/// with fewer λ where the law of each takes an eigendecomposition of a large matrix.
void AddOtherOptimizer(const OptimizerProblem& problem, const SweepOptions& options,
                       Result& result) {
  Hyperparameters hyper = problem.hyper;
  hyper.optimizer =
      hyper.optimizer == OptimizerKind::kAdamW ? OptimizerKind::kL2Adam : OptimizerKind::kAdamW;
  const BoundOfWeightDecay bound_at(problem.quadratic, hyper, problem.preconditioner, options);
  constexpr double kAffordable = 3e9;
  const auto d = static_cast<double>(problem.quadratic.Dimension());
  const auto points = static_cast<int>(
      std::clamp(kAffordable / (d * d * d), 9.0, std::max(9.0, options.points * 1.0)));
  const std::vector<double> grid = LambdaGrid(options.lambda_min, options.lambda_max, points);
  std::vector<SweepPoint> rows(grid.size());
  ExceptionCarrier carrier;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t k = 0; k < grid.size(); ++k) {
    carrier([&] { rows[k] = bound_at(grid[k]); });
  }
  try {
    carrier.Rethrow();
  } catch (const std::domain_error&) {
    return;  // no law of the other optimizer somewhere on the grid: nothing to compare with
  }
  result.AddText("sweep_other.csv", kSweepColumns + Rows(rows));
}

constexpr const char* kNoRisk = "a spectrum alone has no minimizer";

Json ToJson(const CertifiedMinimum& minimum) {
  Json json;
  if (!std::isfinite(minimum.value)) {
    for (const char* const name : {"lambda", "value", "lower_bound"}) SetNull(json, name, kNoRisk);
    json["certified"] = false;
    return json;
  }
  json["lambda"] = minimum.lambda;
  json["value"] = minimum.value;
  if (minimum.lower_bound) {
    json["lower_bound"] = *minimum.lower_bound;
    json["rounding"] = minimum.rounding;
  } else {
    SetNull(json, "lower_bound", minimum.reason);
  }
  json["certified"] = minimum.certified;
  if (minimum.global) {
    json["global"] = *minimum.global;
  } else {
    SetNull(json, "global", "not known beyond lambda-max");
  }
  if (minimum.better_beyond) json["better_beyond"] = *minimum.better_beyond;
  json["evaluations"] = minimum.evaluations;
  return json;
}

std::string ProofOf(const CertifiedMinimum& minimum) {
  if (!minimum.lower_bound) return "not certified: " + minimum.reason;
  std::string text = minimum.certified
                         ? fmt::format("certified: nothing below {:.12g}", *minimum.lower_bound)
                         : fmt::format("not certified ({}): lower bound {:.8g}", minimum.reason,
                                       *minimum.lower_bound);
  if (minimum.better_beyond) {
    text += fmt::format("; lower beyond lambda-max, at {:.6g}", *minimum.better_beyond);
  } else if (minimum.global.value_or(false)) {
    text += "; nor at any larger lambda";
  }
  return text;
}

std::string Report(const Sweep& sweep, const Options& options) {
  std::string report = fmt::format("minimum over lambda in [{:g}, {:g}], table of {} points\n",
                                   options.lambda_min, options.lambda_max, options.points);
  const std::pair<const char*, const CertifiedMinimum*> minima[] = {
      {"err", &sweep.err}, {"phi", &sweep.phi}, {"risk + phi", &sweep.risk_plus_phi}};
  for (const auto& [name, minimum] : minima) {
    if (!std::isfinite(minimum->value)) continue;
    report += fmt::format("{:12} {:>14.8g} at lambda = {:<12.6g} {}\n", name, minimum->value,
                          minimum->lambda, ProofOf(*minimum));
  }
  std::vector<double> err;
  double least = 0;
  for (const SweepPoint& point : sweep.points) {
    if (point.lambda <= 0) continue;
    if (err.empty()) least = point.lambda;
    err.push_back(point.err);
  }
  report += TerminalCurve(err, fmt::format("err, lambda = {:g}", least),
                          fmt::format("{:g} (log)", options.lambda_max));
  if (sweep.criterion) report += fmt::format("slope of err at 0 is {:.6g}\n", *sweep.criterion);
  return report;
}

SweepOptions MakeSweepOptions(const Options& options) {
  return {.settings = options.bound,
          .convention = ParseConvention(options.convention),
          .posterior_mean = ParsePosteriorMean(options.posterior_mean),
          .lambda_min = options.lambda_min,
          .lambda_max = options.lambda_max,
          .points = options.points,
          .gap = options.gap,
          .range_only = options.range_only};
}

/// All runs together, negative nodes as the policy says.
PolicyNodes NodesOf(const SpectrumRuns& spectrum, const Options& options) {
  return ApplyPolicy(Pool(spectrum),
                     {.negative = ParseNegativePolicy(options.negative), .floor = options.floor});
}

/// err over λ of a spectrum by Corollary 3.
Sweep SweepRuns(const SpectrumRuns& spectrum, const Options& options, const SweepOptions& sweep) {
  const Hyperparameters hyper = options.ParseHyperparameters();
  const PolicyNodes nodes = NodesOf(spectrum, options);
  return SweepSpectrum(nodes.values, nodes.weights, spectrum.Dimension(), hyper, sweep);
}

/// Laws are hardest where the weight decay is least.
void WarnOfDigitsAtLambdaMin(const OptimizerProblem& p, const Options& options, Result& result) {
  Hyperparameters hyper = p.hyper;
  hyper.weight_decay = options.lambda_min;
  const ModalSystem system = MakeModalSystem(p.quadratic, hyper, p.preconditioner);
  const PosteriorSummary summary = SummarizePosterior(p, system, StationaryLaw(system), options);
  if (!std::isfinite(summary.log_det)) return;
  WarnOfDigits(result, fmt::format("KL at lambda = {:g}", options.lambda_min),
               KlDigits(summary, options.bound));
}

/// What a page shows beyond the sweep itself, saved too: `report` makes the same page later.
void AddPageData(const Problem& problem, const Arguments& arguments, const SweepOptions& options,
                 Result& result) {
  if (problem.spectrum) {
    Options other = arguments.options;
    const bool adamw = ParseOptimizer(other.optimizer) == OptimizerKind::kAdamW;
    other.optimizer = adamw ? "l2-adam" : "adamw";
    const Sweep sweep = SweepRuns(*problem.spectrum, other, options);
    result.AddText("sweep_other.csv", kSweepColumns + Rows(sweep.points));
    AddNodes(NodesOf(*problem.spectrum, arguments.options), problem.spectrum->Dimension(),
             arguments, result);
    return;
  }
  const OptimizerProblem& p = RequireOptimizerProblem(problem, "sweep");
  AddOtherOptimizer(p, options, result);
  AddModes(p, arguments, result);
}

void AddToJson(const Sweep& sweep, Json& json) {
  json["minimum"] = {{"err", ToJson(sweep.err)},
                     {"phi", ToJson(sweep.phi)},
                     {"risk_plus_phi", ToJson(sweep.risk_plus_phi)}};
  json["interior"] = sweep.interior;
  json["rank"] = sweep.rank;
  if (sweep.criterion) {
    json["criterion"] = *sweep.criterion;
  } else {
    SetNull(json, "criterion", "defined for AdamW with C = H/b and a nonsingular hessian");
  }
}

}  // namespace

ExitCode RunSweep(const Arguments& arguments) {
  Result result(arguments);
  const Problem problem =
      arguments.options.matrix_free
          ? LoadMatrixFreeProblem(arguments.options, PreconditionerUse::kDiagonal)
          : LoadProblem(arguments.options);
  const Options options = CompleteOptions(arguments, problem, result);
  if (problem.matrix_free) {
    if (!options.checkpoint.empty() || !options.resume.empty()) {
      throw std::invalid_argument("--matrix-free has no checkpoints: it starts again");
    }
    result.Finish(AddMatrixFreeSweep(*problem.matrix_free, options, result));
    return ExitCode::kDone;
  }
  // Rows, their numbers as one matrix and as text, with room to grow.
  constexpr double kBytesPerPoint = 600;
  RequireMemory(kBytesPerPoint * options.points,
                fmt::format("a sweep of {} points", options.points));
  omp_set_num_threads(options.threads);
  const SweepOptions sweep_options = MakeSweepOptions(options);
  const OptimizerProblem* const p =
      problem.spectrum ? nullptr : &RequireOptimizerProblem(problem, "sweep");
  if (p == nullptr && !options.map.empty()) {
    throw std::invalid_argument(
        "--map does not take a spectrum (it has no matrices) use --problem, --hessian or "
        "--dataset");
  }
  SweepFile file(result);
  Sweep sweep;
  {
    Checkpoints checkpoints(arguments, ProblemHash(problem));
    const auto interrupts = checkpoints.CatchInterrupts();
    WorkUnits units = checkpoints.MakeUnits();
    ProgressBar bar(options.progress, "sweep");
    SweepOptions watched = sweep_options;
    watched.progress = bar.Callback();
    watched.units = &units;
    sweep = p == nullptr ? SweepRuns(*problem.spectrum, options, watched)
                         : SweepWeightDecay(p->quadratic, p->hyper, p->preconditioner, watched);
  }
  if (p != nullptr) WarnOfDigitsAtLambdaMin(*p, options, result);
  file.Append(sweep.points);
  AddToJson(sweep, result.Root());
  std::string report = Report(sweep, options);
  if (!options.map.empty()) report += AddSweepMap(*p, options, sweep_options, result);
  file.Commit();
  if (result.WantsFiles()) AddPageData(problem, arguments, sweep_options, result);
  result.Finish(report);
  return ExitCode::kDone;
}

}  // namespace adamsde
