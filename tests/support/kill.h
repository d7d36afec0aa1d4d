#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>
#include <string>

#include "tests/support/program.h"

namespace adamsde::testing {

/// How many times slower a sanitized program with counted lines is: a run that is to last seconds
/// does so much less.
#ifdef __SANITIZE_ADDRESS__
inline constexpr int kSlowdown = 20;
#else
inline constexpr int kSlowdown = 1;
#endif

/// Runs `arguments` in `folder`, killed after so many seconds (the shell's 128 + signal then is the
/// code); never where seconds is 0.
inline Outcome RunIn(const std::filesystem::path& folder, const std::string& arguments,
                     double seconds = 0, const std::string& signal = "KILL",
                     const std::string& launcher = "") {
  const TemporaryFolder streams;
  const std::string limit =
      seconds > 0 ? fmt::format("timeout --preserve-status -s {} {:.3f} ", signal, seconds) : "";
  const std::string command =
      fmt::format("cd '{}' && {}{} '{}' {} >'{}' 2>'{}' </dev/null", folder.string(), limit,
                  launcher, kProgram, arguments, streams / "out", streams / "err");
  const int status = std::system(command.c_str());
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = ReadAll(streams / "out"),
          .err = ReadAll(streams / "err")};
}

/// Every file of a folder by name; of result.json all but what may differ between equal runs.
/// Hidden temporaries of killed processes do not count.
inline std::map<std::string, std::string> ResultFiles(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(".")) continue;
    files[name] = ReadAll(entry.path());
    if (name != "result.json") continue;
    auto json = nlohmann::ordered_json::parse(files[name]);
    json.erase("seconds");
    json["options"].erase("threads");
    files[name] = json.dump(1);
  }
  return files;
}

/// Kills a resuming run of about `seconds` at random moments, `kills` times and until one has been
/// resumed (a busy machine may not get to its first checkpoint), and lets it end. Returns whether
/// its files are those of `whole`.
inline ::testing::AssertionResult SurvivesKills(const std::string& arguments, int kills,
                                                double seconds, unsigned seed,
                                                const std::map<std::string, std::string>& whole) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> moment(0.02, seconds);
  const std::string resuming =
      arguments + " --out out --checkpoint run.h5 --resume run.h5 --checkpoint-every 0.03";
  int resumed = 0;
  for (int killed = 0; killed < kills || (resumed == 0 && killed < 10 * kills);) {
    const TemporaryFolder folder;
    for (bool going_on = true; going_on;) {
      const bool last = killed >= kills && resumed > 0;
      const Outcome outcome = RunIn(folder.Path(), resuming, last ? 0 : moment(random));
      resumed += outcome.err.find("going on") != std::string::npos ? 1 : 0;
      killed += outcome.code == 137 ? 1 : 0;
      if (outcome.code != 137 && outcome.code != 0) {
        return ::testing::AssertionFailure() << "exit " << outcome.code << ": " << outcome.err;
      }
      // One killed between its last file and its end is complete too.
      going_on = !std::filesystem::exists(folder / "out/result.json");
      if (going_on && outcome.code == 0) {
        return ::testing::AssertionFailure() << "no result.json";
      }
    }
    if (ResultFiles(folder / "out") != whole) {
      return ::testing::AssertionFailure() << "other bytes after " << killed << " kills";
    }
  }
  if (resumed == 0) return ::testing::AssertionFailure() << "nothing was ever resumed";
  return ::testing::AssertionSuccess() << resumed << " times resumed";
}

}  // namespace adamsde::testing
