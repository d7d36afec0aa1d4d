#pragma once

#include <cstdint>
#include <memory>

#include "sde/ensemble/ensemble.h"

namespace adamsde {

/// Two sources as one: chains 0 … N−1 are the first one's, N … 2N−1 the second one's chains
/// 0 … N−1, on the same random numbers, so that both keep all cores busy. Observables are the first
/// one's; the second one's count as 0. Both must outlive the pair.
class PairedChains final : public ChainSource {
 public:
  /// @param chains  N, a multiple of kBlockChains
  /// @throws std::invalid_argument  another N, or dimensions that differ.
  PairedChains(const ChainSource& first, const ChainSource& second, std::int64_t chains);

  [[nodiscard]] Eigen::Index Dimension() const override { return first_.Dimension(); }
  [[nodiscard]] Eigen::Index NumObservables() const override { return first_.NumObservables(); }
  [[nodiscard]] std::unique_ptr<ChainBlock> Start(std::uint32_t first_chain) const override;

 private:
  const ChainSource& first_;
  const ChainSource& second_;
  std::int64_t chains_;
};

}  // namespace adamsde
