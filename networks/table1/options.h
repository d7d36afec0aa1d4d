#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace adamsde::networks {

/// The experiment of the paper's Table 1: model × optimizer × seed, λ tuned for each model and
/// optimizer by validation accuracy of the first seed.
struct Table1Options {
  std::vector<std::string> models{};  ///< names, in the configuration's order
  std::vector<std::string> optimizers = {"adamw", "adamw-d", "l2-adam", "l2-adam-d"};
  std::vector<std::uint64_t> seeds = {1, 2, 3};
  std::vector<double> decays = {1e-2, 1e-1, 1};        ///< grid of λ, AdamW's variants
  std::vector<double> l2_decays = {1e-4, 1e-3, 1e-2};  ///< grid of λ, ℓ2-Adam's variants
};

}  // namespace adamsde::networks
