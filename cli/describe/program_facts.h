#pragma once

#include <string>
#include <vector>

namespace adamsde {

struct OptionFacts {
  std::string name;          ///< without dashes
  std::string short_name;    ///< "h" of "-h", or empty
  std::string group;         ///< heading of --help
  std::string value;         ///< "FILE", "NAME", …; empty for a flag
  std::string text;          ///< one line
  std::string default_text;  ///< empty where there is none
  std::vector<std::string> choices;
  bool takes_file = false;
  bool takes_folder = false;
};

struct CommandFacts {
  std::string name;
  std::string text;
  std::vector<CommandFacts> commands;  ///< of `problem`
};

/// The command line in words, for the manual page and the completions. Every command takes every
/// option.
struct ProgramFacts {
  std::string text;
  std::string version;
  std::vector<CommandFacts> commands;
  std::vector<OptionFacts> options;  ///< in the order of --help
};
[[nodiscard]] ProgramFacts DescribeProgram();

}  // namespace adamsde
