#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/io/json.h"
#include "networks/curvature/curvature.h"
#include "networks/data/split.h"
#include "networks/model/network.h"
#include "networks/model/options.h"
#include "networks/table1/options.h"
#include "networks/training/optimizer.h"

namespace adamsde::networks {

/// What a configuration file says; docs/networks.md lists the keys.
struct Config {
  Precision precision = Precision::kFloat;
  DataOptions data;
  std::vector<ModelOptions> models{};  ///< at least one
  TrainingOptions training;
  CurvatureOptions curvature;
  Table1Options table1;
  Json resolved{};  ///< every key with its value in force

  /// The model of that name; the only one where the name is empty.
  /// @throws std::invalid_argument  unknown (names the nearest), or several and no name.
  [[nodiscard]] const ModelOptions& Model(const std::string& name) const;
};

/// @throws std::invalid_argument  names file, line, key, value and what is allowed.
[[nodiscard]] Config ReadConfig(const std::filesystem::path& path);

/// Names of the optimizers.
[[nodiscard]] const std::vector<std::string>& OptimizerNames();

/// What identifies a run, for checkpoints: all of the configuration that its result depends on.
[[nodiscard]] Json RunIdentity(const Config& config, const ModelOptions& model,
                               const TrainingOptions& training);

}  // namespace adamsde::networks
