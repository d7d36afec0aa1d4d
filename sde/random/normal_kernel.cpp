// Compiled once per instruction set with ADAMSDE_KERNEL_LEVEL naming the namespace.
#include "sde/random/normal_kernel.h"

#include "sde/random/box_muller.h"
#include "sde/random/philox_vector.h"

namespace adamsde::ADAMSDE_KERNEL_LEVEL {
namespace {

template <int kAcross, int kDown>
ADAMSDE_INLINE void Normals(const KernelArguments& arguments, const KeySchedule& keys, Bits chain,
                            std::uint64_t component, std::uint64_t step_pair, Real* even,
                            Real* odd) {
  constexpr int kGroups = kAcross * kDown;
  Bits word[4][kGroups];
  Philox<kAcross, kDown>(keys, arguments.stream, chain, component, step_pair, word);
#pragma GCC unroll 8
  for (int g = 0; g < kGroups; ++g) {
    box_muller::NormalPair<VectorArithmetic>(JoinWords(word[0][g], word[1][g]),
                                             JoinWords(word[2][g], word[3][g]), even[g], odd[g]);
  }
}

template <int kAcross, int kDown>
ADAMSDE_INLINE void FillGroups(const KernelArguments& arguments, const KeySchedule& keys,
                               std::ptrdiff_t component, std::ptrdiff_t offset, double* even,
                               double* odd) {
  Real n0[kAcross * kDown];
  Real n1[kAcross * kDown];
  Normals<kAcross, kDown>(arguments, keys, ChainNumbers(arguments.first_chain, offset),
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
  const Bits chain = ChainNumbers(arguments.first_chain, offset);
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
  MakeKeySchedule(arguments.key, keys);
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
  MakeKeySchedule(arguments.key, keys);
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
