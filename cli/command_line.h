#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace adamsde {

/// The command line as declared: options on top, which every command takes, and the commands.
/// What parses it, and what describes it (the manual page, the shells' completions), start here.
struct CommandLine {
  /// @param options  receives what is parsed and outlives this
  explicit CommandLine(Options& options);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine() = default;

  CLI::App app;
  bool dump_config = false;
  CLI::App* problem_list = nullptr;
  CLI::App* problem_show = nullptr;
  CLI::App* problem_export = nullptr;
  CLI::App* report = nullptr;

 private:
  void AddCommands(Options& options);
};

/// The long names of the options, without dashes.
[[nodiscard]] std::vector<std::string> OptionNames(const CLI::App& app);

/// The names of the commands, in the order of `adamsde --help`.
[[nodiscard]] std::vector<std::string> CommandNames(const CLI::App& app);

}  // namespace adamsde
