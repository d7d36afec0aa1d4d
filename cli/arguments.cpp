#include "cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "cli/build_facts.h"
#include "cli/checkpoint_options.h"
#include "cli/command_line.h"
#include "cli/io/text.h"
#include "cli/shell_word.h"
#include "cli/toml_problem.h"

namespace adamsde {
namespace {

/// Names the first argument that nothing took, and what it may have meant.
[[noreturn]] void RefuseExtras(const CLI::App& app, const std::vector<std::string>& extras) {
  const auto dashed = std::find_if(extras.begin(), extras.end(),
                                   [](const std::string& s) { return s.starts_with('-'); });
  if (dashed != extras.end()) {
    const std::string name =
        dashed->substr(std::min(dashed->find_first_not_of('-'), dashed->size()));
    const std::string bare = name.substr(0, name.find('='));
    const std::string nearest = NearestName(bare, OptionNames(app));
    throw std::invalid_argument(fmt::format(
        "unknown option '{}'{}", *dashed,
        nearest.empty() ? " see adamsde --help" : fmt::format(" (did you mean '--{}'?)", nearest)));
  }
  const std::vector<std::string> commands = CommandNames(app);
  if (std::find(commands.begin(), commands.end(), extras.front()) != commands.end()) {
    throw std::invalid_argument(
        fmt::format("one command at a time ('{}' is a second one)", extras.front()));
  }
  throw std::invalid_argument(fmt::format("unknown command or argument '{}'{}", extras.front(),
                                          Suggest(extras.front(), commands)));
}

void ApplyTomlProblem(CLI::App& app, const TomlProblem& problem, Options& options) {
  for (const auto& [key, value] : problem.options) {
    CLI::Option* const option = app.get_option_no_throw("--" + key);
    if (option == nullptr || !option->get_configurable()) {
      throw std::invalid_argument(fmt::format("{}: unknown key '{}'{}", problem.source, key,
                                              Suggest(key, OptionNames(app))));
    }
    if (option->count() > 0) continue;  // a flag or --config wins
    option->add_result(value);
    option->run_callback();
    const auto matrix = problem.matrices.find(key);
    if (matrix != problem.matrices.end()) options.inline_matrices[key] = matrix->second;
  }
}

/// Every option as --config reads it back; not the arguments of commands. Matrices written out in
/// the problem's TOML stay there, where the key `problem` finds them.
std::string ConfigurationOf(const CLI::App& app) {
  std::istringstream lines(app.config_to_str(true, false));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const bool of_a_command = line.substr(0, line.find('=')).find('.') != std::string::npos;
    if (!of_a_command && !line.ends_with("=\"inline\"")) kept += line + "\n";
  }
  return kept;
}

Json ValueOf(const CLI::Option& option) {
  std::string text = option.get_default_str();
  if (option.count() > 0) text = option.results().back();
  if (option.get_items_expected_max() == 0) return text == "true";  // a flag
  if (text.empty()) return nullptr;
  if (const auto number = ParseNumber(text)) {
    if (text.find_first_not_of("0123456789") == std::string::npos && text.size() <= 20) {
      const std::size_t zeros = std::min(text.find_first_not_of('0'), text.size() - 1);
      return Json::parse(text.substr(zeros));
    }
    return *number;
  }
  return text;
}

Json Resolve(const CLI::App& app) {
  Json resolved = Json::object();
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_lnames().empty()) continue;
    const std::string& name = option->get_lnames().front();
    if (name == "help" || name == "version" || name == "config" || name == "dump-config") continue;
    if (IsAboutCheckpoints(name)) continue;
    resolved[name] = ValueOf(*option);
  }
  return resolved;
}

/// A dumped configuration names every option: one about checkpoints at its default asks for none.
bool AsksForNothing(const CLI::Option& option) {
  const std::string& value = option.results().front();
  return IsAboutCheckpoints(option.get_lnames().front()) &&
         (value.empty() || value == option.get_default_str());
}

std::set<std::string> GivenNames(const CLI::App& app) {
  std::set<std::string> given;
  for (const CLI::Option* const option : app.get_options()) {
    if (option->count() > 0 && !option->get_lnames().empty() && !AsksForNothing(*option)) {
      given.insert(option->get_lnames().front());
    }
  }
  return given;
}

/// Before the problem's TOML adds its own: `--problem` stands for those.
std::vector<std::string> WordsGiven(const CLI::App& app) {
  const std::set<std::string> elsewhere = {"checkpoint", "checkpoint-every",
                                           "config",     "dump-config",
                                           "figure",     "help",
                                           "json",       "out",
                                           "plot",       "progress",
                                           "report",     "resume",
                                           "threads",    "time-limit",
                                           "version"};
  std::vector<std::string> words = {"adamsde"};
  for (const CLI::App* const command : app.get_subcommands()) words.push_back(command->get_name());
  for (const CLI::Option* const option : app.get_options()) {
    if (option->count() == 0 || option->get_lnames().empty()) continue;
    const std::string& name = option->get_lnames().front();
    if (elsewhere.contains(name)) continue;
    const std::string value = option->results().back();
    if (option->get_items_expected_max() == 0) {
      if (value == "true") words.push_back("--" + name);
      continue;
    }
    // A value that looks like an option needs the equals sign.
    const bool dashed = value.starts_with('-');
    words.push_back(dashed ? "--" + name + "=" + ShellWord(value)
                           : "--" + name + " " + ShellWord(value));
  }
  return words;
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return std::string(Trim(text));
}

/// Names that a command does not use are checked too, or a slip in one would pass unseen.
void RequireKnownNames(const CLI::App& app) {
  for (const auto& [name, choices] : OptionChoices()) {
    const CLI::Option& option = *app.get_option("--" + name);
    const bool may_be_a_file = option.get_type_name().find("FILE") != std::string::npos;
    if (option.count() == 0 || may_be_a_file) continue;
    // A dumped configuration names options that were left open.
    const std::string& value = option.results().back();
    if (!value.empty() && value != option.get_default_str()) RequireChoice(name, value);
  }
}

/// Under PyTorch's convention β is the weight of the old, by default too.
void ApplyConventionDefaults(CLI::App& app, const Options& options) {
  if (ParseOptimizerConvention(options.convention_optimizer) != OptimizerConvention::kPytorch) {
    return;
  }
  for (const auto& [name, value] : {std::pair{"--beta1", "0.9"}, {"--beta2", "0.999"}}) {
    CLI::Option* const option = app.get_option(name);
    if (option->count() > 0) continue;
    option->add_result(value);
    option->run_callback();
  }
}

}  // namespace

Arguments ParseArguments(const std::vector<std::string>& arguments) {
  Arguments result;
  result.words = arguments;
  Options& options = result.options;
  CommandLine line(options);
  CLI::App& app = line.app;
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
    if (const auto extras = app.remaining(true); !extras.empty()) RefuseExtras(app, extras);
    result.command_line = WordsGiven(app);
    const bool explicit_source = !options.hessian.empty() || !options.drift.empty() ||
                                 !options.dataset.empty() || !options.spectrum.empty();
    // converge has losses of its own and takes a problem only if one is named.
    const bool built_in_loss = app.got_subcommand("converge");
    const bool needs_problem =
        !*line.problem_list && !*line.report && !explicit_source && !built_in_loss;
    if (needs_problem || (!*line.problem_list && app.get_option("--problem")->count() > 0)) {
      ApplyTomlProblem(app, LoadTomlProblem(options.problem), options);
    }
  } catch (const CLI::CallForHelp&) {
    // App::help would delegate to the command, which has no options of its own.
    result.message = app.get_formatter()->make_help(&app, "adamsde", CLI::AppFormatMode::Normal);
    return result;
  } catch (const CLI::CallForVersion&) {
    result.message = BuildFacts() + "\n";
    return result;
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(OneLine(error.what()));
  }
  RequireKnownNames(app);
  ApplyConventionDefaults(app, options);
  if (line.dump_config) {
    result.message = ConfigurationOf(app);
    return result;
  }
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    throw std::invalid_argument(
        fmt::format("no command ({}) see adamsde --help", fmt::join(CommandNames(app), ", ")));
  }
  result.command = chosen.front()->get_name();
  if (*line.problem_list) result.problem_action = "list";
  if (*line.problem_show) result.problem_action = "show";
  if (*line.problem_export) result.problem_action = "export";
  result.resolved = Resolve(app);
  result.given = GivenNames(app);
  RequireCheckpoints(result.command, result.given);
  result.num_samples_given = app.get_option("--num-samples")->count() > 0;
  return result;
}

}  // namespace adamsde
