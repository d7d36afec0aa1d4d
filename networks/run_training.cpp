#include "networks/run_training.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <utility>

namespace adamsde::networks {
namespace {

std::atomic<bool> interrupted = false;

}  // namespace

void ListenForInterrupts() {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { interrupted = true; });
  }
}

bool Interrupted() { return interrupted; }

BlockOperator Interruptible(BlockOperator a, const std::string& what) {
  return [a = std::move(a), what](const Eigen::MatrixXd& v) -> Eigen::MatrixXd {
    if (Interrupted()) throw InterruptedError("interrupted in " + what);
    return a(v);
  };
}

void RunWithCheckpoints(Trainer& trainer, TrainingState& state, const CheckpointOptions& options,
                        const std::function<void(double)>& progress) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point saved = Clock::now();
  trainer.Run(state, [&](const TrainingState& now) {
    if (progress) progress(static_cast<double>(now.step) / static_cast<double>(trainer.Steps()));
    if (Clock::now() - saved > std::chrono::duration<double>(options.every)) {
      WriteCheckpoint(options.file, now, options.identity);
      saved = Clock::now();
    }
    return !Interrupted();
  });
  WriteCheckpoint(options.file, state, options.identity);
  if (state.step < trainer.Steps() && !state.diverged) {
    throw InterruptedError(fmt::format("interrupted at step {} of {} ({})", state.step,
                                       trainer.Steps(), options.how_to_continue));
  }
}

}  // namespace adamsde::networks
