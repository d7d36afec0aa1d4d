#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "networks/arguments.h"
#include "networks/training/checkpoint.h"

namespace adamsde::networks {

/// A command's result.json and its files in --out.
class NetResult {
 public:
  /// Creates the folder.
  NetResult(const NetArguments& arguments, const Config& config);

  [[nodiscard]] Json& Root() { return json_; }
  [[nodiscard]] std::filesystem::path PathOf(const std::string& name) const;
  void MentionFile(const std::string& name) { files_.push_back(name); }
  void AddText(const std::string& name, const std::string& text);
  /// Writes result.json, last of all, and prints it (--json) or the report.
  void Finish(const std::string& report);

 private:
  const NetArguments& arguments_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Json json_;
  std::vector<std::string> files_;
};

/// CSV of the curves, one line per epoch.
[[nodiscard]] std::string CurvesCsv(const std::vector<EpochRecord>& curves);

}  // namespace adamsde::networks
