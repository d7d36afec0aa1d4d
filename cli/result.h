#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/io/json.h"
#include "cli/problem_source.h"
#include "cli/report/files.h"

namespace adamsde {

/// What the process says and returns.
enum class ExitCode {
  kDone = 0,
  kBadInput = 2,
  kNoAnswer = 3,
  kDiverged = 4,
  kIo = 5,
  kInterrupted = 130,
};

/// A command's result.json, its files and its page: collects, then writes or prints.
class Result {
 public:
  explicit Result(const Arguments& arguments);

  [[nodiscard]] Json& Root() { return json_; }
  /// Records an option's value in force where it was left to a default that depends on the problem.
  void Resolve(const std::string& option, const Json& value) { json_["options"][option] = value; }
  void SetDimension(Eigen::Index dimension) { json_["dimension"] = dimension; }

  /// Whether any file or page is wanted, so that arrays are worth making.
  [[nodiscard]] bool WantsFiles() const;

  /// Files for --out and what the page shows of them; nothing without either.
  void AddArray(const std::string& name, const Eigen::MatrixXd& matrix);
  void AddArray(const std::string& name, const Eigen::VectorXd& vector);
  void AddText(const std::string& name, const std::string& text);
  /// Where a file of --out goes, to be written piece by piece; nothing without --out.
  [[nodiscard]] std::optional<std::filesystem::path> PathOf(const std::string& name) const;
  /// Before such a file takes its name: result.json of a run before, to which it would not belong,
  /// goes first.
  void DropOldResult();
  /// Something to know before the figures are used: in result.json's `warnings`, and below the
  /// report. Once each.
  void Warn(const std::string& warning);
  /// Text for the page only, of a file that is written piece by piece.
  void KeepForPage(const std::string& name, const std::string& text);
  /// Whether a page or a figure is to be made.
  [[nodiscard]] bool WantsPage() const {
    return !arguments_.options.report.empty() || !arguments_.options.plot.empty();
  }
  /// Names a file written elsewhere.
  void MentionFile(const std::string& name);

  /// Writes the page, result.json and the plot, and prints it (--json) or the report. Last of all,
  /// so that an error before leaves no result.json.
  void Finish(const std::string& report);

 private:
  const Arguments& arguments_;
  bool old_is_dropped_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Json json_;
  std::vector<std::string> files_;
  std::vector<std::string> warnings_;
  ReportFiles kept_;  ///< for the page
};

/// The options whose defaults depend on the problem or the machine: time-step, num-samples,
/// threads. Returns them completed and notes them in the result.
[[nodiscard]] Options CompleteOptions(const Arguments& arguments, const Problem& problem,
                                      Result& result);

}  // namespace adamsde
