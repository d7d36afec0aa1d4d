#include "cli/describe/program_facts.h"

#include "cli/command_line.h"

namespace adamsde {

OptionFacts Describe(const CLI::Option& option,
                     const std::map<std::string, std::vector<std::string>>& choices) {
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
  const auto known = choices.find(facts.name);
  if (known != choices.end()) facts.choices = known->second;
  facts.takes_file = facts.value.find("FILE") != std::string::npos;
  facts.takes_folder = facts.value == "FOLDER";
  return facts;
}

std::vector<CommandFacts> DescribeCommands(const CLI::App& app) {
  std::vector<CommandFacts> commands;
  for (const CLI::App* const command : app.get_subcommands({})) {
    commands.push_back({.name = command->get_name(),
                        .text = command->get_description(),
                        .commands = DescribeCommands(*command)});
  }
  return commands;
}

ProgramFacts DescribeProgram() {
  Options options;
  const CommandLine line(options);
  ProgramFacts facts{
      .name = "adamsde",
      .text = line.app.get_description(),
      .version = ADAMSDE_VERSION,
      .description =
          "Each command takes every option and uses those that concern it. A report is printed;\n"
          "with \\fB\\-\\-json\\fR it is result.json instead, and \\fB\\-\\-out\\fR writes a "
          "folder.\n"
          "An option given as a flag wins over \\fB\\-\\-config\\fR, that over the problem\\(aqs\n"
          "TOML file, that over the default, which stands in brackets.\n",
      .examples =
          {"adamsde check",
           "adamsde posterior --hessian H.npy --learning-rate 1e-3 --weight-decay 1e-2",
           "adamsde simulate --dataset table.csv --model logistic --ridge 1e-3 --out results"},
      .commands = DescribeCommands(line.app),
      .options = {}};
  for (const CLI::Option* const option : line.app.get_options()) {
    if (!option->get_lnames().empty()) facts.options.push_back(Describe(*option, OptionChoices()));
  }
  return facts;
}

}  // namespace adamsde
