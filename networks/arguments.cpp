#include "networks/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>
#include <thread>

#include "cli/io/text.h"

namespace adamsde::networks {
namespace {

void AddCommonOptions(CLI::App& app, NetArguments& a) {
  app.add_option("--config", a.config, "TOML file of data, models and training")->required();
  app.add_option("--out", a.out, "folder for results and checkpoints")->required();
  app.add_option("--device", a.device, "cpu or cuda")->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--threads", a.threads, "libtorch's threads (0: all cores)")
      ->check(CLI::Range(0, 1 << 10));
  app.add_option("--progress", a.progress, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--json", a.json, "print result.json instead of the report");
}

void AddRunOptions(CLI::App& app, NetArguments& a) {
  app.add_option("--model", a.model, "name of a [models.NAME] table (the only one by default)");
  app.add_option("--optimizer", a.optimizer, "instead of optimizer.name")
      ->check(CLI::IsMember(OptimizerNames()));
  app.add_option("--weight-decay", a.weight_decay, "instead of optimizer.weight-decay")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--seed", a.seed, "instead of seed")->check(CLI::Range(0, 1 << 30));
}

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
  NetArguments a{.words = words};
  CLI::App app("adamsde-net: the PAC-Bayes bounds of AdamW and l2-Adam on trained networks");
  app.set_version_flag("--version", std::string("adamsde-net ") + ADAMSDE_VERSION + " (libtorch " +
                                        TorchVersion() + ")");
  app.require_subcommand(1);
  CLI::App* const train = app.add_subcommand("train", "trains a network by Algorithm 1");
  AddCommonOptions(*train, a);
  AddRunOptions(*train, a);
  train->add_flag("--resume", a.resume, "continue from the checkpoint in --out");
  train->add_option("--checkpoint-every", a.checkpoint_every, "seconds between checkpoints")
      ->check(CLI::NonNegativeNumber);
  CLI::App* const spectrum =
      app.add_subcommand("spectrum", "a trained network's Hessian spectrum, and err from it");
  AddCommonOptions(*spectrum, a);
  AddRunOptions(*spectrum, a);
  spectrum->add_option("--checkpoint", a.checkpoint, "network.ckpt of `train`")->required();
  CLI::App* const table1 = app.add_subcommand(
      "table1", "model x optimizer x seed: err in the bound against test accuracy");
  AddCommonOptions(*table1, a);
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
