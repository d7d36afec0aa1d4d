#include <fmt/format.h>

#include "cli/checkpoints.h"
#include "cli/commands.h"
#include "cli/converge_report.h"
#include "cli/converge_setup.h"
#include "cli/problem_hash.h"
#include "cli/progress.h"

namespace adamsde {
namespace {

std::string Notes(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) text += "note: " + note + "\n";
  return text;
}

std::string Add(const ConvergenceReport& report, Result& result) {
  Json& json = result.Root();
  json["parameters"] = ToJson(report.parameters);
  json["inequalities"] = ToJson(report.inequalities);
  json["averages"] = ToJson(report.measured);
  json["notes"] = report.notes;
  result.AddText("trajectory.csv", TrajectoryCsv(report.trajectories));
  return (report.parameters.empty() ? "" : ParameterTable(report.parameters)) +
         InequalityTable(report.inequalities) + Notes(report.notes);
}

std::string RunTheorem1(const ConvergeExperiment& e, Result& result) {
  const Theorem1Report theorem = MeasureTheorem1(e.setup, e.theorem1);
  std::string text = Add(theorem.report, result);
  result.Root()["slopes"] = ToJson(theorem.slopes);
  for (const NamedSlope& s : theorem.slopes) {
    text += fmt::format("slope of log E|x_k - x*| over log k, {}: {:.3f} +- {:.3f}\n", s.name,
                        s.slope.value, s.slope.standard_error);
  }
  return text;
}

std::string RunTheorem4(const ConvergeExperiment& e, Result& result) {
  const ConvergenceReport report = MeasureTheorem4(e.setup, e.decaying_rate);
  std::string text = Add(report, result);
  int stages = 0;
  for (const ParameterRow& row : report.parameters) stages = std::max(stages, row.stage);
  const StageSums sums = SumStages(stages);
  result.Root()["stage_sums"] = {{"stages", stages},
                                 {"plain", sums.plain},
                                 {"with_log", sums.with_log},
                                 {"with_log_squared", sums.with_log_squared}};
  text += fmt::format(
      "logarithms of (2.2): over {} stages sum 2^k = {:g}, sum k 2^k = {:g}, sum k^2 2^k = {:g}\n",
      stages, sums.plain, sums.with_log, sums.with_log_squared);
  return text;
}

std::string RunSurrogate(const ConvergeExperiment& e, Result& result) {
  const SurrogateReport surrogate = MeasureSurrogate(e.setup, e.surrogate);
  std::string text = Add(surrogate.report, result);
  result.AddArray("limit.npy", surrogate.limit);
  result.AddArray("minimizer.npy", surrogate.minimizer_f);
  result.AddArray("minimizer_surrogate.npy", surrogate.minimizer_k);
  const double to_f = (surrogate.limit - surrogate.minimizer_f).norm();
  const double to_k = (surrogate.limit - surrogate.minimizer_k).norm();
  result.Root()["limit"] = {{"to_minimizer", to_f}, {"to_surrogate_minimizer", to_k}};
  return text + fmt::format(
                    "the limit point is {:.4g} from the minimizer of F, {:.4g} from that of "
                    "F_k\n",
                    to_f, to_k);
}

std::string RunComplexity(const ConvergeExperiment& e, Result& result) {
  ComplexityReport report;
  if (e.constants_overridden) {
    report.rows = PredictComplexity(e.setup.constants, e.setup.epsilon);
    report.notes.emplace_back("constants were given: nothing is measured");
  } else {
    report = MeasureComplexity(e.setup);
  }
  Json& json = result.Root();
  json["complexity"] = ToJson(report.rows);
  json["points"] = ToJson(report.points);
  json["notes"] = report.notes;
  return ComplexityTable(report.rows) + Notes(report.notes);
}

std::string Run(const ConvergeExperiment& e, Result& result) {
  switch (e.mode) {
    case ConvergeMode::kTheorem1:
      return RunTheorem1(e, result);
    case ConvergeMode::kTheorem2:
      return Add(MeasureTheorem2(e.setup), result);
    case ConvergeMode::kTheorem3:
      return Add(MeasureTheorem3(e.setup), result);
    case ConvergeMode::kTheorem4:
      return RunTheorem4(e, result);
    case ConvergeMode::kSurrogate:
      return RunSurrogate(e, result);
    case ConvergeMode::kComplexity:
      break;
  }
  return RunComplexity(e, result);
}

}  // namespace

ExitCode RunConverge(const Arguments& arguments) {
  Result result(arguments);
  ConvergeExperiment experiment = MakeConvergeExperiment(arguments, result);
  Checkpoints checkpoints(arguments, ProblemHash(experiment.setup));
  const auto interrupts = checkpoints.CatchInterrupts();
  WorkUnits units = checkpoints.MakeUnits();
  experiment.setup.units = &units;
  ProgressBar bar(arguments.options.progress, "descending");
  experiment.setup.progress = bar.Callback();
  result.Root()["constants"] = ToJson(experiment.setup.constants);
  const std::string text = Run(experiment, result);
  Json& json = result.Root();
  if (!json.contains("complexity")) {
    json["complexity"] =
        ToJson(PredictComplexity(experiment.setup.constants, experiment.setup.epsilon));
  }
  result.Finish(text);
  return ExitCode::kDone;
}

}  // namespace adamsde
