#pragma once

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

#include "networks/training/trainer.h"
#include "sde/problem/loss.h"

namespace adamsde::networks {

/// SIGINT or SIGTERM came; what was done is saved.
class InterruptedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// From now on SIGINT and SIGTERM are only noted.
void ListenForInterrupts();
[[nodiscard]] bool Interrupted();

/// The same operator, which throws InterruptedError once a signal has come.
[[nodiscard]] BlockOperator Interruptible(BlockOperator a, const std::string& what);

struct CheckpointOptions {
  std::filesystem::path file{};
  Json identity{};
  double every = 60;  ///< seconds
  std::string how_to_continue = "--resume continues";
};

/// Runs to the end or to divergence, with checkpoints on the way and one at the end.
/// @throws InterruptedError  after saving a checkpoint; says at which step.
void RunWithCheckpoints(Trainer& trainer, TrainingState& state, const CheckpointOptions& options,
                        const std::function<void(double fraction)>& progress);

}  // namespace adamsde::networks
