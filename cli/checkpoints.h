#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "cli/arguments.h"
#include "cli/interrupt.h"
#include "cli/io/checkpoint_file.h"
#include "sde/parallel/work_units.h"

namespace adamsde {

/// --checkpoint, --checkpoint-every, --time-limit and --resume of one command: when its run has to
/// pause, what is written then, and what it goes on from. Without these options it only tells when
/// the user wants to stop (within an InterruptScope).
///
/// A checkpoint belongs to its run: command, version, problem and every option that can change a
/// result. Files are compared by what they held, not by name.
class Checkpoints {
 public:
  /// Reads what is to be resumed.
  /// @throws std::invalid_argument  options that disagree, a file in the way, a checkpoint that is
  ///                                damaged or of another run: says what differs.
  Checkpoints(const Arguments& arguments, std::string problem_hash);

  /// What the run goes on from; nothing where it starts.
  [[nodiscard]] const std::optional<ArrayMap>& Resumed() const { return resumed_; }

  /// Units of work whose pauses are checkpoints. Where the run has to end, Interrupted is thrown.
  [[nodiscard]] WorkUnits MakeUnits();

  /// Catches signals where there is something to save; elsewhere they end the process, as ever.
  [[nodiscard]] std::optional<InterruptScope> CatchInterrupts() const;

  /// Whether the run should pause: for a checkpoint, before the time limit, or at a signal.
  /// Thread-safe.
  [[nodiscard]] bool PauseIsDue() const;

  /// Whether the run has to end: at a signal, or before the time limit. Stays so. Thread-safe.
  [[nodiscard]] bool MustLeave() const;

  /// At a pause: writes what `state` returns, if a checkpoint was asked for. One that cannot be
  /// written is only reported while the run goes on; the next may be.
  /// Called by every rank.
  /// @return  whether the run goes on; if not, the user has been told
  /// @throws IoError  the last one, before leaving, could not be written.
  [[nodiscard]] bool GoOn(const std::function<ArrayMap()>& state);

 private:
  using Clock = std::chrono::steady_clock;

  void Resume();
  void RequireSameRun(const Hdf5Content& saved) const;
  void TryToWrite(const std::function<ArrayMap()>& state, bool leaving);
  void Write(ArrayMap state);
  void Say(const std::string& message) const;
  [[nodiscard]] std::string ResumeCommand() const;
  [[nodiscard]] bool LimitIsNear(Clock::time_point now) const;

  const Arguments& arguments_;
  std::string path_;
  std::string problem_hash_;
  Json options_;  // those that can change a result
  std::optional<ArrayMap> resumed_;
  std::chrono::duration<double> every_;
  std::optional<Clock::time_point> limit_;
  std::chrono::duration<double> longest_write_{0};
  Clock::time_point next_;
};

}  // namespace adamsde
