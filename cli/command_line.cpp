#include "cli/command_line.h"

#include <algorithm>
#include <memory>

#include "cli/config_file.h"
#include "cli/option_groups.h"

namespace adamsde {
namespace {

std::vector<std::string> ConfigurableNames(const CLI::App& app) {
  std::vector<std::string> names = OptionNames(app);
  std::erase_if(names, [&app](const std::string& name) {
    return !app.get_option("--" + name)->get_configurable();
  });
  return names;
}

}  // namespace

CommandLine::CommandLine(Options& options)
    : app("SDEs of AdamW and l2-Adam: exact laws, samples, PAC-Bayes bounds, verdicts", "adamsde") {
  app.fallthrough();
  app.allow_extras();
  app.option_defaults()->always_capture_default();
  app.allow_config_extras(CLI::config_extras_mode::error);
  AddOptions(app, options, dump_config);
  app.config_formatter(std::make_shared<FlatConfig>(ConfigurableNames(app)));
  AddCommands(options);
  app.require_subcommand(0, 1);  // a second one is an unknown argument
}

void CommandLine::AddCommands(Options& options) {
  const auto add = [](CLI::App& parent, const char* name, const char* what) {
    CLI::App* const command = parent.add_subcommand(name, what);
    command->set_help_flag();  // --help falls through to the top, which knows the options
    return command;
  };
  add(app, "posterior", "closed-form laws and bound of one problem");
  add(app, "simulate", "sample an ensemble and compare it with the laws");
  add(app, "check", "judge the paper's claims");
  add(app, "bound", "PAC-Bayes bounds, from a problem or a spectrum");
  add(app, "sweep", "the bound over weight decay, and its minima");
  add(app, "converge", "theorems 1 to 4 measured");
  add(app, "spectrum", "a Hessian's spectrum by Lanczos quadrature");
  report = add(app, "report", "a page from the folder of an earlier --out");
  report->add_option("folder", options.folder, "what --out named");
  CLI::App* const problem = add(app, "problem", "built-in problems: list, show, export");
  problem->require_subcommand(1);
  problem_list = add(*problem, "list", "names of the built-in problems");
  problem_show = add(*problem, "show", "one problem as complete TOML");
  problem_export = add(*problem, "export", "a copy in --out, to start from");
  for (CLI::App* const command : {problem_show, problem_export}) {
    command->add_option("name", options.problem, "built-in name, or a .toml file");
  }
}

std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : app.get_options()) {
    if (!option->get_lnames().empty()) names.push_back(option->get_lnames().front());
  }
  return names;
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands({})) {
    names.push_back(command->get_name());
  }
  return names;
}

}  // namespace adamsde
