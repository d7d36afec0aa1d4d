// Compiled once per instruction set with ADAMSDE_KERNEL_LEVEL naming the namespace.
#include "sde/random/box_muller_float.h"
#include "sde/random/normal_kernel.h"
#include "sde/random/philox_vector.h"

namespace adamsde::ADAMSDE_KERNEL_LEVEL {
namespace {

// A call of Philox gives four normals, for four consecutive steps. A panel's row
// of 16 chains is kRowVectors vectors; vector v joins chains of its first and of its second half,
// alternating (FloatLane says how).
constexpr int kPanelGroups = kFloatPanel / kWidth;
constexpr int kRowVectors = kPanelGroups / 2;
constexpr int kRows = kPanelGroups < kInterleave ? kInterleave / kPanelGroups : 1;

/// normals[phase][row·kRowVectors + v] for step 4·quad + phase.
template <int kDown>
ADAMSDE_INLINE void FloatNormals(const FloatPanel& panel, const KeySchedule& keys, Bits chain,
                                 std::ptrdiff_t component, std::uint64_t quad,
                                 Floats normals[4][kDown * kRowVectors]) {
  Bits word[4][kPanelGroups * kDown];
  Philox<kPanelGroups, kDown>(keys, panel.stream, chain, static_cast<std::uint64_t>(component),
                              quad, word);
  for (int row = 0; row < kDown; ++row) {
    for (int v = 0; v < kRowVectors; ++v) {
      const int g = row * kPanelGroups + v;
      FloatBits bits[4];
      for (int w = 0; w < 4; ++w) {
        bits[w] = reinterpret_cast<FloatBits>(JoinWords(word[w][g], word[w][g + kRowVectors]));
      }
      const int at = row * kRowVectors + v;
      box_muller::NormalPairFloat<FloatArithmetic>(bits[0], bits[1], normals[0][at],
                                                   normals[1][at]);
      box_muller::NormalPairFloat<FloatArithmetic>(bits[2], bits[3], normals[2][at],
                                                   normals[3][at]);
    }
  }
}

template <int kDown>
ADAMSDE_INLINE void FillFloatRows(const FloatPanel& panel, const KeySchedule& keys,
                                  std::ptrdiff_t component, std::uint32_t step_quad,
                                  float* const* normals) {
  Floats n[4][kDown * kRowVectors];
  FloatNormals<kDown>(panel, keys, ChainNumbers(panel.first_chain, 0), component, step_quad, n);
  for (int phase = 0; phase < 4; ++phase) {
    for (int i = 0; i < kDown * kRowVectors; ++i) {
      Store(normals[phase] + component * kFloatPanel + i * 2 * kWidth, n[phase][i]);
    }
  }
}

void FillFloat(const FloatPanel& panel, std::uint32_t step_quad, float* const* normals) {
  KeySchedule keys;
  MakeKeySchedule(panel.key, keys);
  std::ptrdiff_t c = 0;
  for (; c + kRows <= panel.components; c += kRows) {
    FillFloatRows<kRows>(panel, keys, c, step_quad, normals);
  }
  for (; c < panel.components; ++c) FillFloatRows<1>(panel, keys, c, step_quad, normals);
}

/// x ← x + increment·x + noise·z: the increment keeps its digits where decay is near 1.
template <int kDown>
ADAMSDE_INLINE void AdvanceFloatRows(const FloatPanel& panel, const KeySchedule& keys,
                                     std::ptrdiff_t component, std::uint64_t first_step,
                                     std::uint64_t steps, const float* increment,
                                     const float* noise, float* state) {
  constexpr int kVectors = kDown * kRowVectors;
  float* const at = state + component * kFloatPanel;
  const Bits chain = ChainNumbers(panel.first_chain, 0);
  Floats x[kVectors];
  Floats n[4][kVectors];
  for (int i = 0; i < kVectors; ++i) x[i] = Load(at + i * 2 * kWidth);
  const auto apply = [&](int phase) {
    for (int i = 0; i < kVectors; ++i) {
      const std::ptrdiff_t c = component + i / kRowVectors;
      x[i] = FmaVector(Broadcast(noise[c]), n[phase][i],
                       FmaVector(Broadcast(increment[c]), x[i], x[i]));
    }
  };
  std::uint64_t step = first_step;
  const std::uint64_t end = first_step + steps;
  while (step < end) {
    FloatNormals<kDown>(panel, keys, chain, component, step / 4, n);
    if (step % 4 == 0 && end - step >= 4) {
#pragma GCC unroll 4
      for (int phase = 0; phase < 4; ++phase) apply(phase);
      step += 4;
      continue;
    }
    for (std::uint64_t last = step / 4 * 4 + 4; step < last && step < end; ++step) {
      apply(static_cast<int>(step % 4));
    }
  }
  for (int i = 0; i < kVectors; ++i) Store(at + i * 2 * kWidth, x[i]);
}

void AdvanceFloat(const FloatPanel& panel, std::uint64_t first_step, std::uint64_t steps,
                  const float* increment, const float* noise, float* state) {
  KeySchedule keys;
  MakeKeySchedule(panel.key, keys);
  std::ptrdiff_t c = 0;
  for (; c + kRows <= panel.components; c += kRows) {
    AdvanceFloatRows<kRows>(panel, keys, c, first_step, steps, increment, noise, state);
  }
  for (; c < panel.components; ++c) {
    AdvanceFloatRows<1>(panel, keys, c, first_step, steps, increment, noise, state);
  }
}

}  // namespace

extern const FloatNormalKernel kFloatNormalKernel;
const FloatNormalKernel kFloatNormalKernel{FillFloat, AdvanceFloat};

}  // namespace adamsde::ADAMSDE_KERNEL_LEVEL
