#include "cli/checkpoint_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace adamsde {
namespace {

constexpr std::array kAboutCheckpoints = {"checkpoint", "checkpoint-every", "time-limit", "resume"};
constexpr std::array kWithCheckpoints = {"simulate", "sweep", "converge"};
/// Beside these: files whose content the problem's hash covers.
constexpr std::array kChangesNothing = {"threads",  "out",       "json",   "progress", "samples",
                                        "report",   "plot",      "figure", "problem",  "hessian",
                                        "drift",    "diffusion", "center", "dataset",  "labels",
                                        "spectrum", "minimizer", "initial"};

template <typename Names>
bool Contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool ChangesNoResult(const std::string& option) {
  return Contains(kChangesNothing, option) || IsAboutCheckpoints(option);
}

bool IsAboutCheckpoints(const std::string& option) { return Contains(kAboutCheckpoints, option); }

void RequireCheckpoints(const std::string& command, const std::set<std::string>& given) {
  if (Contains(kWithCheckpoints, command)) return;
  for (const char* const option : kAboutCheckpoints) {
    if (given.count(option) == 0) continue;
    throw std::invalid_argument(
        fmt::format("{} has no --{} (simulate, sweep and converge have)", command, option));
  }
}

}  // namespace adamsde
