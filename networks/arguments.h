#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/describe/program_facts.h"
#include "cli/result.h"
#include "networks/config.h"

namespace adamsde::networks {

/// A command line of adamsde-net.
struct NetArguments {
  std::vector<std::string> words{};  ///< as they were given
  std::string command{};             ///< "train", …; empty when `message` is all there is to do
  std::filesystem::path config{};
  std::filesystem::path out{};
  std::string device = "cpu";
  std::string model{};
  std::optional<std::string> optimizer{};
  std::optional<double> weight_decay{};
  std::optional<std::int64_t> seed{};
  int threads = 0;                     ///< 0: all cores
  std::filesystem::path checkpoint{};  ///< of `spectrum`: a trained network
  bool resume = false;
  double checkpoint_every = 60;  ///< seconds
  std::string progress = "auto";
  bool json = false;
  std::string message{};  ///< --help, --version: print and exit 0
};

/// @throws std::invalid_argument  unknown command or option (names the nearest), a bad value.
[[nodiscard]] NetArguments ParseNetArguments(const std::vector<std::string>& words);

/// For the manual page and the completions.
[[nodiscard]] ProgramFacts DescribeNetProgram();

/// The configuration with the command line's own values.
[[nodiscard]] Config LoadConfig(const NetArguments& arguments);

// One for each command.
ExitCode RunTrain(const NetArguments& arguments);
ExitCode RunSpectrum(const NetArguments& arguments);
ExitCode RunTable1(const NetArguments& arguments);

}  // namespace adamsde::networks
