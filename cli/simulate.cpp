#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <stdexcept>

#include "analysis/statistics/comparison.h"
#include "analysis/statistics/plan.h"
#include "cli/checkpoints.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/io/matrix.h"
#include "cli/io/npy.h"
#include "cli/machine.h"
#include "cli/posterior_report.h"
#include "cli/problem_hash.h"
#include "cli/progress.h"
#include "cli/sample_diagnostics.h"
#include "cli/standard_streams.h"
#include "sde/ensemble/progress_arrays.h"
#include "sde/ensemble/share.h"

namespace adamsde {
namespace {

SampledSystem MakeSystem(const Problem& problem) {
  if (problem.general) return {.sde = *problem.general, .modal = std::nullopt};
  const OptimizerProblem& p = *problem.optimizer;
  return MakeSampledSystem(p.quadratic, p.hyper, p.preconditioner);
}

/// --initial as deviations from the mean, n×d; empty without it.
Eigen::MatrixXd InitialDeviations(const Options& options, const SampledSystem& system) {
  if (options.initial.empty()) return {};
  Eigen::MatrixXd initial = ReadMatrix(options.initial).values;
  // A 1-D array of length d is one state.
  if (initial.cols() == 1 && initial.rows() == system.Dimension() && initial.rows() > 1) {
    initial.transposeInPlace();
  }
  if (initial.cols() != system.Dimension() ||
      (initial.rows() != 1 && initial.rows() != options.chains)) {
    throw std::invalid_argument(fmt::format("initial is {}x{} (must be 1x{} or {}x{})",
                                            initial.rows(), initial.cols(), system.Dimension(),
                                            options.chains, system.Dimension()));
  }
  initial.rowwise() -= system.sde.center.transpose();
  return initial;
}

/// Largest initial deviation in standard deviations of the law, over directions and chains.
double InitialDistance(const Eigen::MatrixXd& deviations, const SampledSystem& system,
                       std::optional<Scheme> scheme, double time_step) {
  if (deviations.size() == 0) return 0;
  // Only the law's spread matters here: records far apart cost least.
  constexpr std::int64_t kFarApart = std::int64_t{1} << 40;
  const auto law =
      MakeRecordLaw(system, scheme.value_or(Scheme::kEulerMaruyama), time_step, kFarApart);
  const Eigen::MatrixXd working = law->ToWorking() * deviations.transpose();
  const Eigen::VectorXd scale = law->WorkingCovariance().diagonal().cwiseSqrt();
  return (scale.cwiseInverse().asDiagonal() * working).cwiseAbs().maxCoeff();
}

SamplingPlan Plan(const Options& options, const SampledSystem& system,
                  const Eigen::MatrixXd& initial) {
  const std::optional<Scheme> scheme = ParseScheme(options.scheme);
  return PlanSampling(
      system, {.scheme = scheme,
               .time_step = options.TimeStep(),
               .precision = ParsePrecision(options.precision),
               .chains = options.chains,
               .replicates = options.replicates,
               .target_error = options.target_error,
               .steps = options.steps,
               .burn_in = options.burn_in,
               .record_every = options.record_every,
               .initial_distance = InitialDistance(initial, system, scheme, options.TimeStep())});
}

std::string PlanReport(const SamplingPlan& plan) {
  std::string text = fmt::format(
      "plan: {} with h = {:g} (stable below {:.4g}), {} chains, burn-in {}, {} records each every "
      "{} steps, {:.3g} normals, expected relative error {:.3g}\n",
      ToString(plan.scheme), plan.time_step, plan.max_stable_step, plan.chains, plan.burn_in,
      plan.records, plan.record_every, plan.normals, plan.expected_relative_error);
  if (plan.precision == Precision::kFloat) {
    text += fmt::format("single precision: relative error of the covariance below {:.2g}\n",
                        plan.precision_error);
  }
  for (const std::string& note : plan.notes) text += fmt::format("note: {}\n", note);
  // Some 2e8 normals a second and core are sure even where matrix products dominate small problems.
  if (plan.normals > 60 * 2e8) {
    text +=
        "note: this may take minutes; --scheme leap or exact, a larger --time-step or "
        "--target-error would be faster\n";
  }
  return text;
}

Json PlanJson(const SamplingPlan& plan) {
  Json json;
  json["scheme"] = ToString(plan.scheme);
  json["chains"] = plan.chains;
  json["steps"] = plan.Steps();
  json["burn_in"] = plan.burn_in;
  json["record_every"] = plan.record_every;
  json["records"] = plan.records;
  json["normals"] = plan.normals;
  json["max_time_step"] = plan.max_stable_step;
  json["expected_relative_error"] = plan.expected_relative_error;
  json["precision_error"] = plan.precision_error;
  SetNumber(json, "transient", plan.transient, "the initial states are too far away to tell");
  return json;
}

void RequireMemoryForRun(const Options& options, const SamplingPlan& plan, Eigen::Index dimension) {
  const auto d = static_cast<double>(dimension);
  // A checkpoint is put together in memory: as arrays, as HDF5, as a file.
  const double copies = options.checkpoint.empty() && options.resume.empty() ? 1 : 2.5;
  // The groups' sums, and again in the result. Ranks unite before: what all have, as a message,
  // taken apart and put together.
  const int ranks = options.ranks->Size();
  const auto united = ranks == 1 ? static_cast<double>(plan.replicates)
                                 : 3.0 * static_cast<double>(NumSumsOfRanks(
                                             EnsembleLayout(plan.chains, plan.replicates), ranks));
  const double groups = united + static_cast<double>(plan.replicates);
  const double accumulators = copies * (groups + 4.0 * options.threads + 16) * d * d;
  const double records = options.samples.empty() ? 0
                                                 : static_cast<double>(plan.records) * d *
                                                       kBlockChains * 2 * (options.threads + 1);
  RequireMemory((accumulators + records) * sizeof(double), "this ensemble");
}

/// Rows of states in other coordinates, by an empty matrix in the same.
Eigen::MatrixXd Moved(const Eigen::MatrixXd& states, const Eigen::MatrixXd& matrix) {
  if (states.size() == 0 || matrix.size() == 0) return states;
  return states * matrix.transpose();
}

/// Runs the plan; the sample file, if asked for, appears only when all went well.
EnsembleResult Run(const Options& options, const SampledSystem& system, const SamplingPlan& plan,
                   const Stepper& stepper, const Eigen::MatrixXd& initial,
                   Checkpoints& checkpoints) {
  EnsembleOptions run = MakeEnsembleOptions(plan);
  run.seed = options.seed;
  run.threads = options.threads;
  run.ranks = options.ranks;
  run.pause = [&] { return checkpoints.PauseIsDue(); };
  const Coordinates& coordinates = stepper.StateCoordinates();
  run.initial = Moved(initial, coordinates.to);
  std::unique_ptr<NpySampleWriter> writer;
  const Eigen::Index d = system.Dimension();
  if (!options.samples.empty()) {
    writer = std::make_unique<NpySampleWriter>(options.samples, plan.chains, plan.records, d);
    run.sink = [&](std::int64_t /*first_chain*/, const Eigen::MatrixXd& records) {
      Eigen::MatrixXd states = records;
      for (Eigen::Index r = 0; r < plan.records; ++r) {
        auto state = states.middleCols(r * d, d);
        state = Moved(state, coordinates.from).rowwise() + system.sde.center.transpose();
      }
      writer->Append(states);
    };
  }
  ProgressBar bar(options.progress, "sampling");
  run.progress = bar.Callback();
  EnsembleProgress progress;
  if (checkpoints.Resumed()) progress = ReadProgress(*checkpoints.Resumed(), "");
  EnsembleResult result;
  const auto state = [&] {
    ArrayMap arrays;
    AddArrays(progress, "", arrays);
    return arrays;
  };
  const InterruptScope interrupts;
  do {
    result = RunEnsemble(stepper, run, progress);
  } while (result.paused && checkpoints.GoOn(state));
  if (writer && !result.paused && result.divergences.empty()) writer->Commit();
  return result;
}

/// sample_*.npy and *.csv, for which every group is brought to the original coordinates.
void AddSampleFiles(const SampledSystem& system, const SamplingPlan& plan, const RecordLaw& law,
                    const Coordinates& coordinates, const Options& options,
                    std::vector<MomentSums> groups, Result& result) {
  if (!result.WantsFiles()) return;
  for (MomentSums& group : groups) group = Transform(group, coordinates.from);
  const SampleEstimate estimate = EstimateSample(groups, system.sde.center);
  result.AddArray("sample_mean.npy", estimate.mean);
  result.AddArray("sample_covariance.npy", estimate.covariance);
  result.AddArray("sample_covariance_stderr.npy", estimate.covariance_stderr);
  AddSampleDiagnostics(system, plan, law, groups, options, result);
}

/// The sample's part of result.json and of the report.
std::string AddSample(const SampledSystem& system, const SamplingPlan& plan,
                      const Coordinates& coordinates, const Options& options,
                      const EnsembleResult& ensemble, Result& result) {
  const auto law = MakeRecordLaw(system, plan.scheme, plan.time_step, plan.record_every);
  const Averaging counts{.chains = plan.chains, .records = plan.records};
  const MomentSums pooled = Transform(Pool(ensemble.groups), coordinates.from);
  const Comparison comparison = CompareWithLaw(pooled, system.sde.center, *law, counts);
  const bool moved = coordinates.from.size() > 0;
  const MixingDiagnostics mixing =
      DiagnoseMixing(ensemble.groups, moved ? Eigen::MatrixXd(law->ToWorking() * coordinates.from)
                                            : law->ToWorking());
  Json& json = result.Root()["sample"];
  json = PlanJson(plan);
  json["relative_error"] = comparison.relative_error;
  json["expected_relative_error"] = comparison.expected_relative_error;
  json["max_abs_z"] = comparison.max_abs_z;
  json["max_abs_z_p_value"] = comparison.max_abs_z_p_value;
  json["p_value"] = comparison.p_value;
  json["mean_p_value"] = comparison.mean_p_value;
  json["rank"] = comparison.rank;
  if (plan.records > 1) {
    SetNumber(json, "ess", mixing.ess, "the sample is not finite");
    SetNumber(json, "r_hat", mixing.r_hat, "the sample is constant or not finite");
  } else {
    SetNull(json, "ess", "one record per chain");
    SetNull(json, "r_hat", "one record per chain");
  }
  json["diverged"] = 0;
  AddSampleFiles(system, plan, *law, coordinates, options, ensemble.groups, result);
  return fmt::format(
      "\nsample against the law of {}:\n"
      "relative error {:.4g} (expected {:.4g}), largest |z| {:.3g} (p = {:.3g})\n"
      "covariance p = {:.4g}, mean p = {:.4g}, {}\n",
      ToString(plan.scheme), comparison.relative_error, comparison.expected_relative_error,
      comparison.max_abs_z, comparison.max_abs_z_p_value, comparison.p_value,
      comparison.mean_p_value,
      plan.records > 1 ? fmt::format("ess {:.4g}, r_hat {:.6f}", mixing.ess, mixing.r_hat)
                       : "one record per chain: no ess, no r_hat");
}

/// Chains that left the finite numbers: how many, the first, and how to see it again.
std::string AddDivergence(const Options& options, const SamplingPlan& plan,
                          const EnsembleResult& ensemble, Result& result) {
  const std::int64_t interval = LeapsOverRecords(plan.scheme) ? plan.record_every : 1;
  Json& json = result.Root()["sample"];
  json = PlanJson(plan);
  json["diverged"] = ensemble.divergences.size();
  json["divergences"] = Json::array();
  for (const Divergence& divergence : ensemble.divergences) {
    json["divergences"].push_back({{"chain", divergence.chain},
                                   {"step", divergence.transition * interval},
                                   {"seed", options.seed}});
  }
  const Divergence& first = ensemble.divergences.front();
  const std::string replay =
      fmt::format("the same command with --seed {} --chains {} --replicates 2", options.seed,
                  std::max<std::int64_t>(2, first.chain + 1));
  json["replay"] = replay;
  return fmt::format(
      "diverged: {} of {} chains left the finite numbers, the first is chain {}, seen "
      "at step {} (replay: {})",
      ensemble.divergences.size(), plan.chains, first.chain, first.transition * interval, replay);
}

}  // namespace

ExitCode RunSimulate(const Arguments& arguments) {
  Result result(arguments);
  const Problem problem = LoadProblem(arguments.options);
  if (problem.spectrum) {
    throw std::invalid_argument(
        "simulate does not take a spectrum (it has no matrices) use --problem, --hessian, "
        "--dataset or --drift");
  }
  const Options options = CompleteOptions(arguments, problem, result);
  if (!options.samples.empty() && !options.samples.ends_with(".npy")) {
    throw std::invalid_argument(
        fmt::format("samples = '{}' is not allowed (the file must end in .npy)", options.samples));
  }
  if (!options.samples.empty() && options.ranks->Size() > 1) {
    throw std::invalid_argument(
        "--samples needs a single process (records are written in the order of chains) start it "
        "without mpirun");
  }
  if (!options.samples.empty() && !(options.checkpoint + options.resume).empty()) {
    throw std::invalid_argument("--samples cannot be kept across checkpoints use one of the two");
  }
  const SampledSystem system = MakeSystem(problem);
  const Eigen::MatrixXd initial = InitialDeviations(options, system);
  const SamplingPlan plan = Plan(options, system, initial);
  RequireMemoryForRun(options, plan, system.Dimension());
  std::string report = PlanReport(plan);
  if (options.plan_only) {
    result.Root()["plan"] = PlanJson(plan);
    result.Finish(report);
    return ExitCode::kDone;
  }
  Checkpoints checkpoints(arguments, ProblemHash(problem, initial));
  report = AddPosterior(problem, options, result, system.modal) + "\n" + report;
  const auto stepper =
      MakeStepper(system, plan.scheme, plan.time_step, plan.record_every, plan.precision);
  const EnsembleResult ensemble = Run(options, system, plan, *stepper, initial, checkpoints);
  if (ensemble.paused) return ExitCode::kInterrupted;
  if (!ensemble.divergences.empty()) {
    const std::string ledger = AddDivergence(options, plan, ensemble, result);
    result.Finish(report + ledger + "\n");
    if (options.ranks->IsRoot()) Say(ledger);
    return ExitCode::kDiverged;
  }
  report += AddSample(system, plan, stepper->StateCoordinates(), options, ensemble, result);
  if (!options.samples.empty()) result.MentionFile(options.samples);
  result.Finish(report);
  return ExitCode::kDone;
}

}  // namespace adamsde
