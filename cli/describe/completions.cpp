#include "cli/describe/completions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace adamsde {
namespace {

std::vector<std::string> Names(const std::vector<CommandFacts>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CommandFacts& command : commands) names.push_back(command.name);
  return names;
}

/// In single quotes, for any shell; fish alone reads a backslash there.
std::string Quote(std::string_view text, bool fish = false) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += fish ? "\\'" : "'\\''";
    } else if (c == '\\' && fish) {
      quoted += "\\\\";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

/// What bash offers after an option.
std::string BashValues(const OptionFacts& option) {
  if (option.takes_folder) return "compgen -d -- \"$word\"";
  std::string commands;
  if (!option.choices.empty()) {
    commands = fmt::format("compgen -W '{}' -- \"$word\"", fmt::join(option.choices, " "));
  }
  if (option.takes_file)
    commands += (commands.empty() ? "" : "; ") + std::string("compgen -f -- \"$word\"");
  return commands.empty() ? ":" : commands;
}

/// ":message:action" of _arguments.
std::string ZshValues(const OptionFacts& option) {
  if (option.value.empty()) return "";
  std::string action = " ";
  const std::string choices = fmt::format("{}", fmt::join(option.choices, " "));
  if (option.takes_folder) {
    action = "_files -/";
  } else if (option.takes_file && !choices.empty()) {
    action = fmt::format("{{_alternative \"names:name:({})\" \"files:file:_files\"}}", choices);
  } else if (option.takes_file) {
    action = "_files";
  } else if (!choices.empty()) {
    action = "(" + choices + ")";
  }
  return ":" + option.value + ":" + action;
}

/// Brackets and colons end a description of _arguments.
std::string ZshText(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

/// "_adamsde": what completes the program.
std::string Function(const ProgramFacts& program) {
  std::string name = "_" + program.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string ZshCommandList(const std::vector<CommandFacts>& commands) {
  std::string list;
  for (const CommandFacts& command : commands) {
    list += "    " + Quote(command.name + ":" + ZshText(command.text)) + "\n";
  }
  return list;
}

}  // namespace

std::string BashCompletion(const ProgramFacts& program) {
  std::vector<std::string> options;
  std::string values;
  for (const OptionFacts& option : program.options) {
    options.push_back("--" + option.name);
    if (option.value.empty()) continue;
    values += fmt::format("    --{})\n      mapfile -t COMPREPLY < <({})\n      return ;;\n",
                          option.name, BashValues(option));
  }
  std::string nested;
  for (const CommandFacts& command : program.commands) {
    if (command.commands.empty()) continue;
    nested += fmt::format("      {}) choices='{}' ;;\n", command.name,
                          fmt::join(Names(command.commands), " "));
  }
  return fmt::format(R"(# bash completion for {name}
{function}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} choices
  COMPREPLY=()
  case $before in
{values}  esac
  if [[ $word == -* ]]; then
    choices='{options}'
  else
    case $before in
{nested}      *) choices='{commands}' ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}}
complete -o filenames -F {function} {name}
)",
                     fmt::arg("name", program.name), fmt::arg("function", Function(program)),
                     fmt::arg("values", values), fmt::arg("nested", nested),
                     fmt::arg("options", fmt::join(options, " ")),
                     fmt::arg("commands", fmt::join(Names(program.commands), " ")));
}

std::string ZshCompletion(const ProgramFacts& program) {
  std::string nested;
  for (const CommandFacts& command : program.commands) {
    if (command.commands.empty()) continue;
    nested += fmt::format("  if [[ $words[CURRENT-1] == {0} ]]; then\n  commands=(\n{1}  )\n  fi\n",
                          command.name, ZshCommandList(command.commands));
  }
  std::string options;
  for (const OptionFacts& option : program.options) {
    options += " \\\n    " +
               Quote("--" + option.name + "[" + ZshText(option.text) + "]" + ZshValues(option));
  }
  return fmt::format(
      "#compdef {0}\n{1}_commands() {{\n  local -a commands\n  commands=(\n{2}  )\n{3}"
      "  _describe command commands\n}}\n{1}() {{\n  _arguments{4} \\\n"
      "    '*: :{1}_commands'\n}}\n{1} \"$@\"\n",
      program.name, Function(program), ZshCommandList(program.commands), nested, options);
}

std::string FishCompletion(const ProgramFacts& program) {
  const std::string complete = "complete -c " + program.name;
  std::string script = "# fish completion for " + program.name + "\n" + complete + " -f\n";
  for (const CommandFacts& command : program.commands) {
    script += fmt::format("{} -n __fish_use_subcommand -a {} -d {}\n", complete, command.name,
                          Quote(command.text, true));
    for (const CommandFacts& inner : command.commands) {
      script += fmt::format("{} -n '__fish_seen_subcommand_from {}' -a {} -d {}\n", complete,
                            command.name, inner.name, Quote(inner.text, true));
    }
  }
  for (const OptionFacts& option : program.options) {
    script += complete + " -l " + option.name;
    if (!option.value.empty()) script += option.takes_file || option.takes_folder ? " -r" : " -x";
    if (option.takes_file) script += " -F";
    std::string values = fmt::format("{}", fmt::join(option.choices, " "));
    if (option.takes_folder) values = "(__fish_complete_directories)";
    if (!values.empty()) script += " -a " + Quote(values, true);
    script += " -d " + Quote(option.text, true) + "\n";
  }
  return script;
}

}  // namespace adamsde
