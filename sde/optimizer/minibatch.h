#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "sde/problem/loss.h"

namespace adamsde {

/// How the minibatches of a chain are drawn.
struct MinibatchOptions {
  std::int64_t num_samples = 1;  ///< n
  std::int64_t batch_size = 1;   ///< b
  MinibatchSampling sampling = MinibatchSampling::kReplacement;
  std::uint64_t seed = 1;
};

/// @throws std::invalid_argument  n or b out of range, or b > n without replacement.
void Validate(const MinibatchOptions& options);

/// The minibatches of one block of chains. A batch is a function of (seed, chain, step): with
/// kEpoch, of (seed, chain, pass) and the place in it. A pass takes ⌈n/b⌉ steps; where b does not
/// divide n, its last batch is the smaller rest.
class MinibatchDrawer {
 public:
  MinibatchDrawer(const MinibatchOptions& options, std::uint32_t first_chain,
                  Eigen::Index chains_in_block);

  /// Sample numbers of the batch of chain first_chain + lane at a step; valid until the next call.
  [[nodiscard]] std::span<const Eigen::Index> Draw(Eigen::Index lane, std::uint64_t step);

 private:
  void DrawWithReplacement(std::uint32_t chain, std::uint32_t step);
  void DrawDistinct(std::uint32_t chain, std::uint32_t step);
  [[nodiscard]] std::span<const Eigen::Index> DrawFromPass(Eigen::Index lane, std::uint64_t step);

  MinibatchOptions options_;
  std::uint32_t first_chain_;
  std::vector<Eigen::Index> batch_;
  std::vector<Eigen::Index> samples_;              // 0 … n−1 between draws (kBatch)
  std::vector<std::uint32_t> partners_;            // of the swaps to undo
  std::vector<std::vector<Eigen::Index>> passes_;  // by lane (kEpoch)
  std::vector<std::uint64_t> pass_numbers_;        // whose shuffle passes_ holds
};

}  // namespace adamsde
