#include "networks/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <stdexcept>
#include <thread>

#include "cli/io/text.h"

namespace adamsde::networks {
namespace {

constexpr const char* kAllCommands = "Options of every command";
constexpr const char* kOneNetwork = "Options of train and spectrum";

const std::map<std::string, std::vector<std::string>>& Choices() {
  static const std::map<std::string, std::vector<std::string>> choices = {
      {"device", {"cpu", "cuda"}},
      {"progress", {"auto", "always", "never"}},
      {"optimizer", OptimizerNames()}};
  return choices;
}

void AddCommonOptions(CLI::App& app, NetArguments& a) {
  app.add_option("--config", a.config, "TOML file of data, models and training")
      ->required()
      ->type_name("FILE")
      ->group(kAllCommands);
  app.add_option("--out", a.out, "folder for results and checkpoints")
      ->required()
      ->type_name("FOLDER")
      ->group(kAllCommands);
  app.add_option("--device", a.device, "cpu or cuda")
      ->check(CLI::IsMember(Choices().at("device")))
      ->group(kAllCommands);
  app.add_option("--threads", a.threads, "libtorch's threads (0: all cores)")
      ->check(CLI::Range(0, 1 << 10))
      ->type_name("INT")
      ->group(kAllCommands);
  app.add_option("--progress", a.progress, "auto, always or never")
      ->check(CLI::IsMember(Choices().at("progress")))
      ->group(kAllCommands);
  app.add_flag("--json", a.json, "print result.json instead of the report")->group(kAllCommands);
}

void AddRunOptions(CLI::App& app, NetArguments& a) {
  app.add_option("--model", a.model, "name of a [models.NAME] table (the only one by default)")
      ->type_name("NAME")
      ->group(kOneNetwork);
  app.add_option("--optimizer", a.optimizer, "instead of optimizer.name")
      ->check(CLI::IsMember(Choices().at("optimizer")))
      ->group(kOneNetwork);
  app.add_option("--weight-decay", a.weight_decay, "instead of optimizer.weight-decay")
      ->check(CLI::NonNegativeNumber)
      ->type_name("FLOAT")
      ->group(kOneNetwork);
  app.add_option("--seed", a.seed, "instead of seed")
      ->check(CLI::Range(0, 1 << 30))
      ->type_name("INT")
      ->group(kOneNetwork);
}

/// The command line as declared.
struct NetCommandLine {
  explicit NetCommandLine(NetArguments& a)
      : app("the PAC-Bayes bounds of AdamW and l2-Adam on trained networks") {
    app.require_subcommand(1);
    CLI::App* const train = app.add_subcommand("train", "trains a network by Algorithm 1");
    AddCommonOptions(*train, a);
    AddRunOptions(*train, a);
    train->add_flag("--resume", a.resume, "continue from the checkpoint in --out")
        ->group("Options of train");
    train->add_option("--checkpoint-every", a.checkpoint_every, "seconds between checkpoints")
        ->check(CLI::NonNegativeNumber)
        ->type_name("SECONDS")
        ->group("Options of train");
    CLI::App* const spectrum =
        app.add_subcommand("spectrum", "a trained network's Hessian spectrum, and err from it");
    AddCommonOptions(*spectrum, a);
    AddRunOptions(*spectrum, a);
    spectrum->add_option("--checkpoint", a.checkpoint, "network.ckpt of `train`")
        ->required()
        ->type_name("FILE")
        ->group("Options of spectrum");
    AddCommonOptions(
        *app.add_subcommand("table1",
                            "model x optimizer x seed: err in the bound against test accuracy"),
        a);
  }

  CLI::App app;
};

/// CLI11's message, with the nearest option's name where one was misspelt.
[[noreturn]] void RefuseParse(const CLI::App& app, const CLI::ParseError& error) {
  std::vector<std::string> known;
  std::vector<std::string> rest = app.remaining();
  for (const CLI::App* const command : app.get_subcommands({})) {
    known.push_back(command->get_name());
    for (const CLI::Option* const option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    for (const std::string& word : command->remaining()) rest.push_back(word);
  }
  if (!rest.empty()) {
    throw std::invalid_argument(
        fmt::format("unknown argument '{}'{}", rest.front(), Suggest(rest.front(), known)));
  }
  throw std::invalid_argument(error.what());
}

}  // namespace

NetArguments ParseNetArguments(const std::vector<std::string>& words) {
  if (words.empty()) {
    throw std::invalid_argument("no command (train, spectrum or table1; --help tells more)");
  }
  NetArguments a{.words = words};
  NetCommandLine line(a);
  CLI::App& app = line.app;
  app.set_version_flag("--version", std::string("adamsde-net ") + ADAMSDE_VERSION + " (libtorch " +
                                        TorchVersion() + ")");
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    a.message = chosen.empty() ? app.help() : chosen.front()->help();
    return a;
  } catch (const CLI::CallForVersion& version) {
    a.message = std::string(version.what()) + "\n";
    return a;
  } catch (const CLI::ParseError& error) {
    RefuseParse(app, error);
  }
  a.command = app.get_subcommands().front()->get_name();
  if (a.threads == 0)
    a.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return a;
}

ProgramFacts DescribeNetProgram() {
  NetArguments a;
  const NetCommandLine line(a);
  ProgramFacts facts{
      .name = "adamsde-net",
      .text = line.app.get_description(),
      .version = ADAMSDE_VERSION,
      .description =
          "The configuration names data, models, optimizer and how curvature is measured; "
          "docs/networks.md lists its keys.\n"
          "A report is printed; with \\fB\\-\\-json\\fR it is result.json instead. "
          "\\fBadamsde report\\fR \\fIFOLDER\\fR makes a page of the results.\n",
      .examples = {"adamsde-net train --config mnist.toml --model mlp --out trained",
                   "adamsde-net spectrum --config mnist.toml --model mlp --checkpoint "
                   "trained/network.ckpt --out spectrum",
                   "adamsde-net table1 --config mnist.toml --out table"},
      .commands = DescribeCommands(line.app),
      .options = {}};
  for (const CLI::App* const command : line.app.get_subcommands({})) {
    for (const CLI::Option* const option : command->get_options()) {
      if (option->get_lnames().empty()) continue;
      OptionFacts one = Describe(*option, Choices());
      one.value = one.value.substr(0, one.value.find(':'));  // without what is allowed
      const auto same = [&](const OptionFacts& known) { return known.name == one.name; };
      if (std::none_of(facts.options.begin(), facts.options.end(), same)) {
        facts.options.push_back(std::move(one));
      }
    }
  }
  std::stable_sort(facts.options.begin(), facts.options.end(),
                   [](const OptionFacts& x, const OptionFacts& y) { return x.group < y.group; });
  return facts;
}

Config LoadConfig(const NetArguments& arguments) {
  Config config = ReadConfig(arguments.config);
  if (arguments.optimizer) config.training.optimizer = *arguments.optimizer;
  if (arguments.weight_decay) config.training.weight_decay = *arguments.weight_decay;
  if (arguments.seed) config.training.seed = static_cast<std::uint64_t>(*arguments.seed);
  config.resolved["optimizer.name"] = config.training.optimizer;
  config.resolved["optimizer.weight-decay"] = config.training.weight_decay;
  config.resolved["seed"] = config.training.seed;
  return config;
}

}  // namespace adamsde::networks
