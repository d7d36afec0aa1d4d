#pragma once

#include <array>
#include <cstdint>

#include "sde/random/normal.h"

namespace adamsde {

/// Unbiased integers that are a function of (seed, stream, chain, step): the words of Philox with
/// counter (chain, 0, step, stream), (chain, 1, step, stream), …, each turned into an integer by
/// Lemire's multiplication with rejection [Lemire2019].
class UniformIntegers {
 public:
  UniformIntegers(std::uint64_t seed, std::uint32_t stream, std::uint32_t chain, std::uint32_t step)
      : seed_(seed), counter_{chain, 0, step, stream} {}

  /// Uniform on 0, …, bound − 1.
  /// @param bound  in [1, 2³²)
  std::uint32_t Below(std::uint32_t bound) {
    std::uint64_t product = std::uint64_t{Word()} * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
      const std::uint32_t uneven = -bound % bound;  // 2³² mod bound words too many
      while (static_cast<std::uint32_t>(product) < uneven) product = std::uint64_t{Word()} * bound;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

 private:
  std::uint32_t Word() {
    if (next_ == 4) {
      words_ = PhiloxBits(counter_, seed_);
      ++counter_[1];
      next_ = 0;
    }
    return words_[next_++];
  }

  std::uint64_t seed_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> words_{};
  std::size_t next_ = 4;
};

}  // namespace adamsde
