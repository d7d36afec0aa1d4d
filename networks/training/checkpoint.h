#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/io/json.h"

namespace adamsde::networks {

/// What is measured at the end of an epoch. Training values are means over the epoch's minibatches
/// as they were met; a part without rows has NaN.
struct EpochRecord {
  std::int64_t epoch = 0;  ///< 1, 2, …
  double learning_rate = 0;
  double train_loss = 0;
  double train_accuracy = 0;
  double validation_loss = 0;
  double validation_accuracy = 0;
  double test_loss = 0;
  double test_accuracy = 0;
};

/// A run that left the finite numbers.
struct Divergence {
  std::int64_t step = 0;
  std::string layer{};  ///< first with a value that is not finite
  std::string what{};   ///< "loss", "gradient" or "parameters"
};

/// Everything a run continues from.
struct TrainingState {
  std::int64_t step = 0;  ///< updates done
  Eigen::VectorXd x{};    ///< parameters
  Eigen::VectorXd m{};
  Eigen::VectorXd n{};
  Eigen::VectorXd buffers{};          ///< batch normalization's running statistics
  double epoch_loss = 0;              ///< Σ loss of the epoch so far
  std::int64_t epoch_correct = 0;     ///< of the epoch so far
  std::int64_t epoch_samples = 0;     ///< of the epoch so far
  std::vector<EpochRecord> curves{};  ///< of whole epochs
  std::optional<Divergence> diverged{};
};

/// One line of JSON (schema adamsde-net.checkpoint.v1: step, curves, sizes, `identity`, CRC-32 of
/// the rest), then x, m, n and buffers as little-endian float64. Written atomically.
/// @param identity  what the run is: model, data, optimizer, seed
/// @throws IoError
void WriteCheckpoint(const std::filesystem::path& path, const TrainingState& state,
                     const Json& identity);

/// @param identity  that of the run to continue; null: any
/// @throws std::invalid_argument  missing, damaged, or of another run (names what differs).
[[nodiscard]] TrainingState ReadCheckpoint(const std::filesystem::path& path, const Json& identity);

[[nodiscard]] Json ToJson(const Divergence& divergence);
[[nodiscard]] Json ToJson(const EpochRecord& record);
[[nodiscard]] EpochRecord EpochFromJson(const Json& json);

}  // namespace adamsde::networks
