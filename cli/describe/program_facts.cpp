#include "cli/describe/program_facts.h"

#include "cli/command_line.h"

namespace adamsde {
namespace {

OptionFacts Describe(const CLI::Option& option) {
  OptionFacts facts{.name = option.get_lnames().front(),
                    .short_name = option.get_snames().empty() ? "" : option.get_snames().front(),
                    .group = option.get_group(),
                    .value = {},
                    .text = option.get_description(),
                    .default_text = {},
                    .choices = {}};
  if (option.get_items_expected_max() == 0) return facts;  // a flag
  facts.value = option.get_type_name();
  facts.default_text = option.get_default_str();
  const auto choices = OptionChoices().find(facts.name);
  if (choices != OptionChoices().end()) facts.choices = choices->second;
  facts.takes_file = facts.value.find("FILE") != std::string::npos;
  facts.takes_folder = facts.value == "FOLDER";
  return facts;
}

std::vector<CommandFacts> Commands(const CLI::App& app) {
  std::vector<CommandFacts> commands;
  for (const CLI::App* const command : app.get_subcommands({})) {
    commands.push_back({.name = command->get_name(),
                        .text = command->get_description(),
                        .commands = Commands(*command)});
  }
  return commands;
}

}  // namespace

ProgramFacts DescribeProgram() {
  Options options;
  const CommandLine line(options);
  ProgramFacts facts{.text = line.app.get_description(),
                     .version = ADAMSDE_VERSION,
                     .commands = Commands(line.app),
                     .options = {}};
  for (const CLI::Option* const option : line.app.get_options()) {
    if (!option->get_lnames().empty()) facts.options.push_back(Describe(*option));
  }
  return facts;
}

}  // namespace adamsde
