#include "cli/checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "cli/build_facts.h"
#include "cli/checkpoint_options.h"
#include "cli/io/atomic_file.h"
#include "cli/io/error.h"
#include "cli/shell_word.h"
#include "cli/standard_streams.h"

namespace adamsde {
namespace {

/// Options that can change a result. Of one that may name a file only whether it does: the
/// problem's hash has what the file held.
Json ResultOptions(const Json& resolved) {
  const auto& choices = OptionChoices();
  Json kept = Json::object();
  for (const auto& [name, value] : resolved.items()) {
    if (ChangesNoResult(name)) continue;
    kept[name] = value;
    if (name != "gradient-noise" && name != "preconditioner") continue;
    const std::vector<std::string>& words = choices.at(name);
    if (std::find(words.begin(), words.end(), value) == words.end()) kept[name] = "a file";
  }
  return kept;
}

/// HDF5 takes attributes up to 64 KiB.
constexpr std::size_t kMostOptions = 60000;

std::chrono::duration<double> Seconds(const char* option, double value) {
  if (!(value > 0) || value > 1e9) {
    throw std::invalid_argument(
        fmt::format("{} = {:g} is not allowed (must be in (0, 1e9] seconds)", option, value));
  }
  return std::chrono::duration<double>(value);
}

}  // namespace

Checkpoints::Checkpoints(const Arguments& arguments, std::string problem_hash)
    : arguments_(arguments),
      path_(arguments.options.checkpoint),
      problem_hash_(std::move(problem_hash)),
      options_(ResultOptions(arguments.resolved)),
      every_(Seconds("checkpoint-every", arguments.options.checkpoint_every)),
      next_(Clock::now() + std::chrono::duration_cast<Clock::duration>(every_)) {
  const Options& o = arguments.options;
  if (path_.empty()) path_ = o.resume;
  if (path_.empty()) {
    for (const char* const name : {"checkpoint-every", "time-limit"}) {
      if (arguments.given.count(name) == 0) continue;
      throw std::invalid_argument(fmt::format("--{} needs --checkpoint FILE", name));
    }
    return;
  }
  if (const std::size_t size = options_.dump().size(); size > kMostOptions) {
    throw std::invalid_argument(fmt::format(
        "the options take {} bytes (at most {} fit in a checkpoint)", size, kMostOptions));
  }
  if (o.time_limit) {
    limit_ = arguments.start +
             std::chrono::duration_cast<Clock::duration>(Seconds("time-limit", *o.time_limit));
  }
  RankGroup& ranks = *o.ranks;
  if (ranks.IsRoot()) {
    Resume();
    // Better known now than when there is something to save.
    const AtomicFile writable(path_);
  }
  // One rank reads: others need not see the file.
  ArrayMap state = FromBytes(ranks.Broadcast(ToBytes(resumed_.value_or(ArrayMap{}))));
  if (!state.matrices.empty() || !state.integers.empty()) resumed_ = std::move(state);
}

std::optional<InterruptScope> Checkpoints::CatchInterrupts() const {
  if (path_.empty()) return std::nullopt;
  return std::optional<InterruptScope>(std::in_place);
}

WorkUnits Checkpoints::MakeUnits() {
  const auto paused = [this](const ArrayMap& done) {
    if (!GoOn([&done] { return done; })) throw Interrupted();
  };
  return WorkUnits({.ranks = arguments_.options.ranks,
                    .pause = [this] { return PauseIsDue(); },
                    .leave = [this] { return MustLeave(); },
                    .paused = paused,
                    .done = resumed_.value_or(ArrayMap{})});
}

void Checkpoints::Resume() {
  const std::string& from = arguments_.options.resume;
  std::error_code unknown;
  const auto exists = [&](const std::filesystem::path& path) {
    return std::filesystem::exists(path, unknown);
  };
  if (from != path_ && exists(path_)) {
    throw std::invalid_argument(
        fmt::format("--checkpoint '{}' exists already (of another run, perhaps) use --resume '{}' "
                    "to go on from it, or another name",
                    path_, path_));
  }
  if (from.empty()) return;
  if (from == path_ && !exists(from) && !exists(PreviousCheckpoint(from))) {
    Say(fmt::format("no checkpoint '{}' yet: starting from the beginning", from));
    return;
  }
  LoadedCheckpoint loaded = ReadCheckpoint(from);
  RequireSameRun(loaded.content);
  // Before the next one is written.
  if (!loaded.note.empty() && from == path_) TakePreviousCheckpoint(from);
  Say(loaded.note.empty() ? fmt::format("going on from '{}'", from) : loaded.note);
  resumed_ = std::move(loaded.content.arrays);
}

void Checkpoints::RequireSameRun(const Hdf5Content& saved) const {
  const auto text = [&](const char* name) {
    const auto found = saved.texts.find(name);
    return found == saved.texts.end() ? std::string() : found->second;
  };
  const auto refuse = [&](const std::string& reason) {
    throw std::invalid_argument(
        fmt::format("cannot resume from '{}' ({})", arguments_.options.resume, reason));
  };
  const auto require = [&](const char* what, const std::string& now) {
    if (text(what) == now) return;
    refuse(fmt::format("its {} is '{}', this run's is '{}'", what, text(what), now));
  };
  require("version", ADAMSDE_VERSION);
  require("command", arguments_.command);
  if (text("kernels") != KernelsInUse()) {
    refuse(
        fmt::format("it was written on another type of CPU, '{}', this one is '{}': last digits "
                    "differ between them",
                    text("kernels"), KernelsInUse()));
  }
  const Json options = Json::parse(text("options"), nullptr, false);
  if (!options.is_object()) refuse("it has no options");
  for (const auto& [name, now] : options_.items()) {
    const Json then = options.contains(name) ? options[name] : Json();
    if (then != now)
      refuse(fmt::format("its --{} is {}, this run's is {}", name, then.dump(), now.dump()));
  }
  if (text("problem") != problem_hash_) {
    refuse("it is of another problem");
  }
}

bool Checkpoints::LimitIsNear(Clock::time_point now) const {
  // Room for the last checkpoint, and for the pause itself.
  const auto reserve = 2 * longest_write_ + std::chrono::duration<double>(1);
  return limit_ && now + reserve > *limit_;
}

bool Checkpoints::PauseIsDue() const {
  if (MustLeave()) return true;
  return !path_.empty() && Clock::now() >= next_;
}

bool Checkpoints::MustLeave() const {
  return InterruptScope::Caught() != 0 || LimitIsNear(Clock::now());
}

bool Checkpoints::GoOn(const std::function<ArrayMap()>& state) {
  // Signals need not reach every rank, and clocks differ.
  RankGroup& ranks = *arguments_.options.ranks;
  const bool leaving = ranks.Largest(MustLeave() ? 1 : 0) != 0;
  const int signal = ranks.Largest(InterruptScope::Caught());
  if (path_.empty()) {
    if (leaving) Say("interrupted, nothing was saved (--checkpoint FILE would)");
    return !leaving;
  }
  const Clock::time_point begin = Clock::now();
  if (ranks.IsRoot()) TryToWrite(state, leaving);
  static_cast<void>(ranks.Largest(0));  // until it is written
  const Clock::time_point end = Clock::now();
  longest_write_ = std::max<std::chrono::duration<double>>(longest_write_, end - begin);
  next_ = end + std::chrono::duration_cast<Clock::duration>(every_);
  if (leaving) {
    Say(fmt::format("{}: saved in '{}'; to go on: {}",
                    signal == 0        ? "before the time limit"
                    : signal == SIGINT ? "interrupted"
                                       : "terminated",
                    path_, ResumeCommand()));
  }
  return !leaving;
}

void Checkpoints::TryToWrite(const std::function<ArrayMap()>& state, bool leaving) {
  try {
    Write(state());
  } catch (const std::exception& error) {
    // From HDF5, or for want of memory, it is a failure to write all the same.
    const std::string reason =
        dynamic_cast<const IoError*>(&error) != nullptr
            ? error.what()
            : fmt::format("cannot make the checkpoint '{}' ({})", path_, error.what());
    if (leaving) throw IoError(reason);
    Say(fmt::format("{}: no checkpoint this time, the run goes on", reason));
  }
}

void Checkpoints::Write(ArrayMap state) {
  WriteCheckpoint(path_, {.arrays = std::move(state),
                          .texts = {{"command", arguments_.command},
                                    {"version", ADAMSDE_VERSION},
                                    {"kernels", KernelsInUse()},
                                    {"options", options_.dump()},
                                    {"problem", problem_hash_}}});
}

void Checkpoints::Say(const std::string& message) const {
  if (arguments_.options.ranks->IsRoot()) adamsde::Say(message);
}

std::string Checkpoints::ResumeCommand() const {
  std::string command = "adamsde";
  const std::vector<std::string>& words = arguments_.words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--resume") {
      ++i;
    } else if (!words[i].starts_with("--resume=")) {
      command += fmt::format(" {}", ShellWord(words[i]));
    }
  }
  return fmt::format("{} --resume {}", command, ShellWord(path_));
}

}  // namespace adamsde
