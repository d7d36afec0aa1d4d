#include "sde/random/normal.h"

#include <bit>
#include <cassert>
#include <cmath>

#include "sde/random/box_muller.h"
#include "sde/random/box_muller_float.h"
#include "sde/random/instruction_set.h"
#include "sde/random/normal_kernel.h"

namespace adamsde {
namespace {

struct ScalarArithmetic {
  using Real = double;
  using Bits = std::uint64_t;
  static double AsReal(std::uint64_t x) { return std::bit_cast<double>(x); }
  static std::uint64_t AsBits(double x) { return std::bit_cast<std::uint64_t>(x); }
  static double Select(std::uint64_t condition, double a, double b) {
    return condition != 0 ? a : b;
  }
  static double Sqrt(double x) { return std::sqrt(x); }
  static double Fma(double a, double b, double c) { return std::fma(a, b, c); }
};

struct ScalarFloatArithmetic {
  using Real = float;
  using Bits = std::uint32_t;
  static float AsReal(std::uint32_t x) { return std::bit_cast<float>(x); }
  static std::uint32_t AsBits(float x) { return std::bit_cast<std::uint32_t>(x); }
  static float FromInteger(std::uint32_t x) {
    return static_cast<float>(static_cast<std::int32_t>(x));
  }
  static float Select(std::uint32_t condition, float a, float b) { return condition != 0 ? a : b; }
  static float Sqrt(float x) { return std::sqrt(x); }
  static float Fma(float a, float b, float c) { return std::fma(a, b, c); }
};

FloatPanel MakePanel(const NormalStream& stream, std::uint32_t first_chain,
                     std::ptrdiff_t components) {
  return {.key = {static_cast<std::uint32_t>(stream.seed),
                  static_cast<std::uint32_t>(stream.seed >> 32)},
          .stream = stream.stream,
          .first_chain = first_chain,
          .components = components};
}

const NormalKernel& BestKernel() {
  static const NormalKernel best = AvailableNormalKernels().kernels[0];
  return best;
}

const FloatNormalKernel& BestFloatKernel() {
  static const FloatNormalKernel best = AvailableNormalKernels().float_kernels[0];
  return best;
}

KernelArguments MakeArguments(const NormalStream& stream, std::uint32_t first_chain,
                              std::uint64_t step_pair, std::ptrdiff_t chains,
                              std::ptrdiff_t components, std::ptrdiff_t stride) {
  assert(chains % kLanes == 0 && stride >= chains && (step_pair >> 32) == 0);
  return {.key = {static_cast<std::uint32_t>(stream.seed),
                  static_cast<std::uint32_t>(stream.seed >> 32)},
          .stream = stream.stream,
          .first_chain = first_chain,
          .step_pair = static_cast<std::uint32_t>(step_pair),
          .chains = chains,
          .components = components,
          .stride = stride};
}

}  // namespace

std::array<std::uint32_t, 4> PhiloxBits(const std::array<std::uint32_t, 4>& counter,
                                        std::uint64_t seed) {
  std::array<std::uint32_t, 4> x = counter;
  auto k0 = static_cast<std::uint32_t>(seed);
  auto k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{x[0]} * 0xD2511F53U;
    const std::uint64_t p1 = std::uint64_t{x[2]} * 0xCD9E8D57U;
    x = {static_cast<std::uint32_t>(p1 >> 32) ^ x[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ x[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return x;
}

double StandardNormal(const NormalStream& stream, std::uint32_t chain, std::uint64_t step,
                      std::uint32_t component) {
  const auto x = PhiloxBits({chain, component, static_cast<std::uint32_t>(step / 2), stream.stream},
                            stream.seed);
  const std::uint64_t a = x[0] | (std::uint64_t{x[1]} << 32);
  const std::uint64_t b = x[2] | (std::uint64_t{x[3]} << 32);
  double even = 0;
  double odd = 0;
  box_muller::NormalPair<ScalarArithmetic>(a, b, even, odd);
  return step % 2 == 0 ? even : odd;
}

NormalKernelList AvailableNormalKernels() {
  NormalKernelList list{};
  const auto add = [&list](const NormalKernel& kernel, const FloatNormalKernel& float_kernel) {
    list.kernels[list.count] = kernel;
    list.float_kernels[list.count++] = float_kernel;
  };
#if defined(__x86_64__)
  const InstructionSet best = BestInstructionSet();
  if (best >= InstructionSet::kX86_64V4) {
    add(x86_64_v4::kNormalKernel, x86_64_v4::kFloatNormalKernel);
  }
  if (best >= InstructionSet::kX86_64V3) {
    add(x86_64_v3::kNormalKernel, x86_64_v3::kFloatNormalKernel);
  }
#endif
  add(baseline::kNormalKernel, baseline::kFloatNormalKernel);
  return list;
}

void FillNormals(const NormalStream& stream, std::uint32_t first_chain, std::uint64_t step_pair,
                 std::ptrdiff_t chains, std::ptrdiff_t components, double* even, double* odd,
                 std::ptrdiff_t stride) {
  BestKernel().fill(MakeArguments(stream, first_chain, step_pair, chains, components, stride), even,
                    odd);
}

void AdvanceModal(const NormalStream& stream, std::uint32_t first_chain, std::uint64_t first_step,
                  std::uint64_t steps, std::ptrdiff_t chains, std::ptrdiff_t components,
                  const double* decay, const double* noise, double* state, std::ptrdiff_t stride) {
  if (steps == 0) return;
  const bool leading_odd = first_step % 2 != 0;
  const std::uint64_t rest = steps - (leading_odd ? 1 : 0);
  BestKernel().advance(
      MakeArguments(stream, first_chain, first_step / 2, chains, components, stride),
      {.leading_odd = leading_odd,
       .pairs = static_cast<std::ptrdiff_t>(rest / 2),
       .trailing_even = rest % 2 != 0},
      decay, noise, state);
}

float StandardNormalFloat(const NormalStream& stream, std::uint32_t chain, std::uint64_t step,
                          std::uint32_t component) {
  const auto x = PhiloxBits({chain, component, static_cast<std::uint32_t>(step / 4), stream.stream},
                            stream.seed);
  const std::size_t half = step % 4 / 2 * 2;
  float first = 0;
  float second = 0;
  box_muller::NormalPairFloat<ScalarFloatArithmetic>(x[half], x[half + 1], first, second);
  return step % 2 == 0 ? first : second;
}

void FillNormalsFloat(const NormalStream& stream, std::uint32_t first_chain,
                      std::uint64_t step_quad, std::ptrdiff_t components, float* const* normals) {
  BestFloatKernel().fill(MakePanel(stream, first_chain, components),
                         static_cast<std::uint32_t>(step_quad), normals);
}

void AdvanceModalFloat(const NormalStream& stream, std::uint32_t first_chain,
                       std::uint64_t first_step, std::uint64_t steps, std::ptrdiff_t components,
                       const float* increment, const float* noise, float* state) {
  BestFloatKernel().advance(MakePanel(stream, first_chain, components), first_step, steps,
                            increment, noise, state);
}

}  // namespace adamsde
