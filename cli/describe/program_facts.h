#pragma once

#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

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

/// A command line in words, for the manual page and the completions.
struct ProgramFacts {
  std::string name;  ///< "adamsde"
  std::string text;
  std::string version;
  std::string description;            ///< of the manual page, as the `man` macros have it
  std::vector<std::string> examples;  ///< command lines
  std::vector<CommandFacts> commands;
  std::vector<OptionFacts> options;  ///< in the order of --help
};
[[nodiscard]] ProgramFacts DescribeProgram();

/// An option as declared.
/// @param choices  of options that take words out of a list, by name
[[nodiscard]] OptionFacts Describe(const CLI::Option& option,
                                   const std::map<std::string, std::vector<std::string>>& choices);
[[nodiscard]] std::vector<CommandFacts> DescribeCommands(const CLI::App& app);

}  // namespace adamsde
