// Compiled once per instruction set with ADAMSDE_KERNEL_LEVEL naming the namespace.
#include "sde/random/normal_kernel.h"

#include "sde/random/box_muller.h"
#include "sde/random/vector.h"

namespace adamsde::ADAMSDE_KERNEL_LEVEL {
namespace {

// Independent vectors in flight: hides the latency of the multiplications (one gives half the
// speed).
constexpr int kInterleave = 4;

/// The keys of the ten rounds, in all lanes.
struct KeySchedule {
  Bits k0[10];
  Bits k1[10];
};

ADAMSDE_INLINE void MakeKeySchedule(const KernelArguments& arguments, KeySchedule& keys) {
  for (std::uint32_t round = 0; round < 10; ++round) {
    keys.k0[round] = Bits{} + (arguments.key[0] + round * 0x9E3779B9U);
    keys.k1[round] = Bits{} + (arguments.key[1] + round * 0xBB67AE85U);
  }
  // Kept in memory: broadcasting them anew for each vector would cost more than loading them.
  __asm__("" : "+m"(keys));
}

/// Philox4x32-10 of kAcross·kDown vectors: kAcross of consecutive chains, for each of kDown
/// consecutive components. a, b are the output words in pairs.
template <int kAcross, int kDown>
ADAMSDE_INLINE void Philox(const KernelArguments& arguments, const KeySchedule& keys, Bits chain,
                           std::uint64_t component, std::uint64_t step_pair, Bits* a, Bits* b) {
  constexpr int kGroups = kAcross * kDown;
  Bits x0[kGroups];
  Bits x1[kGroups];
  Bits x2[kGroups];
  Bits x3[kGroups];
  for (int g = 0; g < kGroups; ++g) {
    x0[g] = chain + static_cast<std::uint64_t>(kWidth * (g % kAcross));
    x1[g] = Bits{} + (component + static_cast<std::uint64_t>(g / kAcross));
    x2[g] = Bits{} + step_pair;
    x3[g] = Bits{} + static_cast<std::uint64_t>(arguments.stream);
  }
  // Words live in the low halves of 64-bit lanes; what the products leave above is masked at the
  // end (MultiplyLow32 reads the low half only).
#pragma GCC unroll 10
  for (std::uint32_t round = 0; round < 10; ++round) {
#pragma GCC unroll 4
    for (int g = 0; g < kGroups; ++g) {
      const Bits p0 = MultiplyLow32(x0[g], 0xD2511F53U);
      const Bits p1 = MultiplyLow32(x2[g], 0xCD9E8D57U);
      x0[g] = (p1 >> 32) ^ x1[g] ^ keys.k0[round];
      x2[g] = (p0 >> 32) ^ x3[g] ^ keys.k1[round];
      x1[g] = p1;
      x3[g] = p0;
    }
  }
  for (int g = 0; g < kGroups; ++g) {
    a[g] = JoinWords(x0[g], x1[g]);
    b[g] = JoinWords(x2[g], x3[g]);
  }
}

template <int kAcross, int kDown>
ADAMSDE_INLINE void Normals(const KernelArguments& arguments, const KeySchedule& keys, Bits chain,
                            std::uint64_t component, std::uint64_t step_pair, Real* even,
                            Real* odd) {
  constexpr int kGroups = kAcross * kDown;
  Bits a[kGroups];
  Bits b[kGroups];
  Philox<kAcross, kDown>(arguments, keys, chain, component, step_pair, a, b);
#pragma GCC unroll 4
  for (int g = 0; g < kGroups; ++g) {
    box_muller::NormalPair<VectorArithmetic>(a[g], b[g], even[g], odd[g]);
  }
}

ADAMSDE_INLINE Bits ChainNumbers(const KernelArguments& arguments, std::ptrdiff_t offset) {
  Bits chain;
  for (int i = 0; i < kWidth; ++i) {
    chain[i] = arguments.first_chain + static_cast<std::uint64_t>(offset + i);
  }
  return chain;
}

template <int kAcross, int kDown>
ADAMSDE_INLINE void FillGroups(const KernelArguments& arguments, const KeySchedule& keys,
                               std::ptrdiff_t component, std::ptrdiff_t offset, double* even,
                               double* odd) {
  Real n0[kAcross * kDown];
  Real n1[kAcross * kDown];
  Normals<kAcross, kDown>(arguments, keys, ChainNumbers(arguments, offset),
                          static_cast<std::uint64_t>(component), arguments.step_pair, n0, n1);
  for (int g = 0; g < kAcross * kDown; ++g) {
    const std::ptrdiff_t at =
        (component + g / kAcross) * arguments.stride + offset + g % kAcross * kWidth;
    Store(even + at, n0[g]);
    Store(odd + at, n1[g]);
  }
}

template <int kGroups>
ADAMSDE_INLINE void AdvanceGroups(const KernelArguments& arguments, const KeySchedule& keys,
                                  const StepRange& steps, std::ptrdiff_t component,
                                  std::ptrdiff_t offset, double decay, double noise,
                                  double* state) {
  double* const at = state + component * arguments.stride + offset;
  const Bits chain = ChainNumbers(arguments, offset);
  const Real g_c = Broadcast(noise);
  Real x[kGroups];
  for (int g = 0; g < kGroups; ++g) x[g] = Load(at + g * kWidth);
  Real n0[kGroups];
  Real n1[kGroups];
  std::uint64_t pair = arguments.step_pair;
  const auto draw = [&] {
    Normals<kGroups, 1>(arguments, keys, chain, static_cast<std::uint64_t>(component), pair++, n0,
                        n1);
  };
  if (steps.leading_odd) {
    draw();
    for (int g = 0; g < kGroups; ++g) x[g] = FmaVector(g_c, n1[g], decay * x[g]);
  }
  for (std::ptrdiff_t i = 0; i < steps.pairs; ++i) {
    draw();
    for (int g = 0; g < kGroups; ++g) {
      x[g] = FmaVector(g_c, n0[g], decay * x[g]);
      x[g] = FmaVector(g_c, n1[g], decay * x[g]);
    }
  }
  if (steps.trailing_even) {
    draw();
    for (int g = 0; g < kGroups; ++g) x[g] = FmaVector(g_c, n0[g], decay * x[g]);
  }
  for (int g = 0; g < kGroups; ++g) Store(at + g * kWidth, x[g]);
}

/// Narrow tiles take two components at a time, to keep as many vectors in flight.
void Fill(const KernelArguments& arguments, double* even, double* odd) {
  KeySchedule keys;
  MakeKeySchedule(arguments, keys);
  constexpr int kHalf = kInterleave / 2;
  const std::ptrdiff_t wide = arguments.chains / (kInterleave * kWidth) * (kInterleave * kWidth);
  const std::ptrdiff_t half = wide + (arguments.chains - wide) / (kHalf * kWidth) * kHalf * kWidth;
  for (std::ptrdiff_t c = 0; c < arguments.components; ++c) {
    for (std::ptrdiff_t i = 0; i < wide; i += kInterleave * kWidth) {
      FillGroups<kInterleave, 1>(arguments, keys, c, i, even, odd);
    }
    for (std::ptrdiff_t i = half; i < arguments.chains; i += kWidth) {
      FillGroups<1, 1>(arguments, keys, c, i, even, odd);
    }
  }
  if (half == wide) return;
  std::ptrdiff_t c = 0;
  for (; c + 2 <= arguments.components; c += 2)
    FillGroups<kHalf, 2>(arguments, keys, c, wide, even, odd);
  if (c < arguments.components) FillGroups<kHalf, 1>(arguments, keys, c, wide, even, odd);
}

void Advance(const KernelArguments& arguments, const StepRange& steps, const double* decay,
             const double* noise, double* state) {
  KeySchedule keys;
  MakeKeySchedule(arguments, keys);
  for (std::ptrdiff_t c = 0; c < arguments.components; ++c) {
    std::ptrdiff_t i = 0;
    for (; i + kInterleave * kWidth <= arguments.chains; i += kInterleave * kWidth) {
      AdvanceGroups<kInterleave>(arguments, keys, steps, c, i, decay[c], noise[c], state);
    }
    for (; i < arguments.chains; i += kWidth) {
      AdvanceGroups<1>(arguments, keys, steps, c, i, decay[c], noise[c], state);
    }
  }
}

}  // namespace

extern const NormalKernel kNormalKernel;
const NormalKernel kNormalKernel{ADAMSDE_NAME_OF(ADAMSDE_KERNEL_LEVEL), Fill, Advance};

}  // namespace adamsde::ADAMSDE_KERNEL_LEVEL
