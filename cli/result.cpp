#include "cli/result.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/io/atomic_file.h"
#include "cli/io/npy.h"
#include "cli/problem_hash.h"
#include "cli/report/build_page.h"
#include "cli/report/html.h"
#include "cli/report/plot.h"

namespace adamsde {
namespace {

constexpr const char* kResultFile = "result.json";

std::filesystem::path PathIn(const std::string& folder, const std::string& name) {
  return std::filesystem::path(folder) / name;
}

}  // namespace

Result::Result(const Arguments& arguments) : arguments_(arguments) {
  json_["schema"] = fmt::format("adamsde.{}.v1", arguments.command);
  json_["version"] = ADAMSDE_VERSION;
  json_["command"] = fmt::format("{}", fmt::join(arguments.command_line, " "));
  json_["options"] = arguments.resolved;
  if (!arguments.options.plot.empty()) RequirePlotName(arguments.options.plot);
  // Before any work: an unusable --out or --report should not cost a long run.
  if (!arguments.options.out.empty()) {
    CreateOutputDirectory(arguments.options.out);
    const AtomicFile probe(PathIn(arguments.options.out, kResultFile));
  }
  for (const std::string& file : {arguments.options.report, arguments.options.plot}) {
    if (!file.empty()) const AtomicFile probe(file);
  }
}

std::optional<std::filesystem::path> Result::PathOf(const std::string& name) const {
  if (arguments_.options.out.empty()) return std::nullopt;
  return PathIn(arguments_.options.out, name);
}

void Result::DropOldResult() {
  if (std::exchange(old_is_dropped_, true)) return;
  std::error_code absent;
  std::filesystem::remove(PathIn(arguments_.options.out, kResultFile), absent);
}

void Result::MentionFile(const std::string& name) { files_.push_back(name); }

void Result::KeepForPage(const std::string& name, const std::string& text) {
  if (WantsPage()) kept_.Keep(name, text);
}

bool Result::WantsFiles() const { return !arguments_.options.out.empty() || WantsPage(); }

void Result::AddArray(const std::string& name, const Eigen::MatrixXd& matrix) {
  if (WantsPage()) kept_.Keep(name, matrix);
  if (arguments_.options.out.empty()) return;
  DropOldResult();
  WriteNpy(PathIn(arguments_.options.out, name), matrix);
  files_.push_back(name);
}

void Result::AddArray(const std::string& name, const Eigen::VectorXd& vector) {
  if (WantsPage()) kept_.Keep(name, Eigen::MatrixXd(vector));
  if (arguments_.options.out.empty()) return;
  DropOldResult();
  WriteNpy(PathIn(arguments_.options.out, name), vector);
  files_.push_back(name);
}

void Result::AddText(const std::string& name, const std::string& text) {
  if (WantsPage()) kept_.Keep(name, text);
  if (arguments_.options.out.empty()) return;
  DropOldResult();
  WriteFileAtomically(PathIn(arguments_.options.out, name), text);
  files_.push_back(name);
}

void Result::Warn(const std::string& warning) {
  if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end()) {
    warnings_.push_back(warning);
  }
}

void Result::Finish(const std::string& report) {
  if (!warnings_.empty()) json_["warnings"] = warnings_;
  json_["files"] = files_;
  json_["seconds"] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  if (!arguments_.options.report.empty()) {
    WriteFileAtomically(arguments_.options.report, ToHtml(MakePage(json_, kept_)));
  }
  if (!arguments_.options.out.empty()) {
    WriteJson(PathIn(arguments_.options.out, kResultFile), json_);
  }
  if (arguments_.options.json) {
    fmt::print("{}", ToText(json_));
  } else {
    fmt::print("{}", report);
    for (const std::string& warning : warnings_) fmt::print("warning: {}\n", warning);
  }
  // Last: a name that is no figure's should not cost the result.
  if (!arguments_.options.plot.empty()) {
    WritePlot(arguments_.options.plot, arguments_.options.figure, json_, kept_);
  }
}

Options CompleteOptions(const Arguments& arguments, const Problem& problem, Result& result) {
  Options options = arguments.options;
  result.SetDimension(problem.Dimension());
  result.Root()["problem_hash"] = ProblemHash(problem);
  options.time_step = options.TimeStep();
  result.Resolve("time-step", *options.time_step);
  if (problem.rows && !arguments.num_samples_given) {
    options.bound.num_samples = static_cast<double>(*problem.rows);
    result.Resolve("num-samples", *problem.rows);
  }
  Validate(options.bound);
  if (options.threads == 0) options.threads = omp_get_max_threads();
  result.Resolve("threads", options.threads);
  return options;
}

}  // namespace adamsde
