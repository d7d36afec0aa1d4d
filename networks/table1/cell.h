#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "networks/config.h"
#include "networks/curvature/curvature.h"
#include "networks/training/checkpoint.h"

namespace adamsde::networks {

/// One training of the experiment.
struct Cell {
  std::string model{};
  std::string optimizer{};
  double weight_decay = 0;
  std::uint64_t seed = 1;

  /// "mlp.adamw.lambda0.1.seed1": its files' stem.
  [[nodiscard]] std::string Name() const;
};

/// What a training came to.
struct TrainedCell {
  Cell cell{};
  Eigen::Index dimension = 0;
  std::vector<EpochRecord> curves{};
  std::optional<Divergence> diverged{};
  double test_accuracy_stderr = 0;  ///< binomial
  double seconds = 0;               ///< 0 where it was there already
};

/// What a trained network's Hessian came to.
struct SpectrumCell {
  NodeTable spectrum{};  ///< of H
  TruncatedEstimate corollary3_adamw, corollary3_l2, theorem6_adamw, theorem7_l2;
  /// Of Corollary 3's; NaN where the policy leaves none. Not kept: they follow from the spectrum.
  Corollary3Bounds bounds{};
  SpectrumShares shares{};
  Json diagonal{};
  double seconds = 0;
};

/// Runs cells and keeps each in files of its own, written atomically: what is there already is
/// read, not run again, and a training cut short goes on from its last checkpoint.
class CellRunner {
 public:
  /// Keeps references.
  CellRunner(const Config& config, const Data& data, Device device, std::filesystem::path folder);

  using Progress = std::function<void(const std::string& what, double fraction)>;

  /// @throws std::invalid_argument  a file of another configuration is in the way; names it.
  /// @throws InterruptedError       what was done is saved.
  [[nodiscard]] TrainedCell Train(const Cell& cell, const Progress& progress) const;
  /// After Train of the same cell, which must not have diverged.
  [[nodiscard]] SpectrumCell Measure(const Cell& cell, const Progress& progress) const;

 private:
  [[nodiscard]] TrainingOptions TrainingOf(const Cell& cell) const;
  [[nodiscard]] Network MakeNetwork(const Cell& cell) const;
  [[nodiscard]] std::filesystem::path FileOf(const Cell& cell, const char* suffix) const;

  const Config& config_;
  const Data& data_;
  Device device_;
  std::filesystem::path folder_;
};

}  // namespace adamsde::networks
