#pragma once

/// Philox4x32-10 on vectors of chains, for the kernels that are compiled once per instruction set.

#include "sde/random/vector.h"

namespace adamsde::ADAMSDE_KERNEL_LEVEL {
namespace {

// Independent vectors in flight: hides the latency of the multiplications (one gives half the
// speed).
inline constexpr int kInterleave = 4;

/// The keys of the ten rounds, in all lanes.
struct KeySchedule {
  Bits k0[10];
  Bits k1[10];
};

ADAMSDE_INLINE void MakeKeySchedule(const std::uint32_t* key, KeySchedule& keys) {
  for (std::uint32_t round = 0; round < 10; ++round) {
    keys.k0[round] = Bits{} + (key[0] + round * 0x9E3779B9U);
    keys.k1[round] = Bits{} + (key[1] + round * 0xBB67AE85U);
  }
  // Kept in memory: broadcasting them anew for each vector would cost more than loading them.
  __asm__("" : "+m"(keys));
}

/// Philox4x32-10 of kAcross·kDown vectors: kAcross of consecutive chains, for each of kDown
/// consecutive components. Output word w of vector g stands in the low halves of word[w][g]; above
/// it are remains of the products, which MultiplyLow32 and JoinWords do not read.
template <int kAcross, int kDown>
ADAMSDE_INLINE void Philox(const KeySchedule& keys, std::uint32_t stream, Bits chain,
                           std::uint64_t component, std::uint64_t third,
                           Bits word[4][kAcross * kDown]) {
  constexpr int kGroups = kAcross * kDown;
  for (int g = 0; g < kGroups; ++g) {
    word[0][g] = chain + static_cast<std::uint64_t>(kWidth * (g % kAcross));
    word[1][g] = Bits{} + (component + static_cast<std::uint64_t>(g / kAcross));
    word[2][g] = Bits{} + third;
    word[3][g] = Bits{} + static_cast<std::uint64_t>(stream);
  }
#pragma GCC unroll 10
  for (std::uint32_t round = 0; round < 10; ++round) {
#pragma GCC unroll 8
    for (int g = 0; g < kGroups; ++g) {
      const Bits p0 = MultiplyLow32(word[0][g], 0xD2511F53U);
      const Bits p1 = MultiplyLow32(word[2][g], 0xCD9E8D57U);
      word[0][g] = (p1 >> 32) ^ word[1][g] ^ keys.k0[round];
      word[2][g] = (p0 >> 32) ^ word[3][g] ^ keys.k1[round];
      word[1][g] = p1;
      word[3][g] = p0;
    }
  }
}

ADAMSDE_INLINE Bits ChainNumbers(std::uint32_t first_chain, std::ptrdiff_t offset) {
  Bits chain;
  for (int i = 0; i < kWidth; ++i) chain[i] = first_chain + static_cast<std::uint64_t>(offset + i);
  return chain;
}

}  // namespace
}  // namespace adamsde::ADAMSDE_KERNEL_LEVEL
