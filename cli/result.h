#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/io/json.h"
#include "cli/problem_source.h"

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

/// A command's result.json and its files: collects, then writes or prints.
class Result {
 public:
  explicit Result(const Arguments& arguments);

  [[nodiscard]] Json& Root() { return json_; }
  /// Records an option's value in force where it was left to a default that depends on the problem.
  void Resolve(const std::string& option, const Json& value) { json_["options"][option] = value; }
  void SetDimension(Eigen::Index dimension) { json_["dimension"] = dimension; }

  /// Files for --out; nothing without it.
  void AddArray(const std::string& name, const Eigen::MatrixXd& matrix);
  void AddArray(const std::string& name, const Eigen::VectorXd& vector);
  void AddText(const std::string& name, const std::string& text);
  /// Where a file of --out goes, to be written piece by piece; nothing without --out.
  [[nodiscard]] std::optional<std::filesystem::path> PathOf(const std::string& name) const;
  /// Something to know before the figures are used: in result.json's `warnings`, and below the
  /// report. Once each.
  void Warn(const std::string& warning);
  /// Names a file written elsewhere.
  void MentionFile(const std::string& name);

  /// Writes result.json and prints it (--json) or the report. Last of all, so that an error before
  /// leaves no result.json.
  void Finish(const std::string& report);

 private:
  const Arguments& arguments_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Json json_;
  std::vector<std::string> files_;
  std::vector<std::string> warnings_;
};

/// The options whose defaults depend on the problem or the machine: time-step, num-samples,
/// threads. Returns them completed and notes them in the result.
[[nodiscard]] Options CompleteOptions(const Arguments& arguments, const Problem& problem,
                                      Result& result);

}  // namespace adamsde
