#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "cli/io/json.h"
#include "cli/options.h"

namespace adamsde {

/// A command line, parsed and completed from --config and the problem's TOML file (precedence:
/// flag, --config, the problem's TOML, default).
struct Arguments {
  std::string command;         ///< "posterior", …; empty when `message` is all there is to do
  std::string problem_action;  ///< of `problem`: "list", "show" or "export"
  Options options;
  /// "adamsde", the command and the options that flags and --config set, each quoted for a shell;
  /// without those that say where output goes.
  std::vector<std::string> command_line;
  std::set<std::string> given;     ///< names of the options that any source but a default set
  Json resolved;                   ///< every option with its value in force, by name
  bool num_samples_given = false;  ///< else a dataset's own row count
  std::vector<std::string> words;  ///< as given
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::string message;  ///< --help, --version, --dump-config: print and exit 0
};

/// @throws std::invalid_argument  unknown command or option (names the nearest), a value that does
///                                not parse, an unreadable or unknown problem or configuration
///                                file.
[[nodiscard]] Arguments ParseArguments(const std::vector<std::string>& arguments);

}  // namespace adamsde
