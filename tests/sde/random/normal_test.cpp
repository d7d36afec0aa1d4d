#include "sde/random/normal.h"

#include <gtest/gtest.h>

#include <Random123/philox.h>
#include <bit>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "sde/random/normal_kernel.h"

namespace adamsde {
namespace {

using Word4 = std::array<std::uint32_t, 4>;

TEST(Philox, KnownAnswers) {
  // From Random123's kat_vectors.
  EXPECT_EQ(PhiloxBits({0, 0, 0, 0}, 0), (Word4{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(PhiloxBits({~0U, ~0U, ~0U, ~0U}, ~0ULL),
            (Word4{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(PhiloxBits({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0'a4093822ULL),
            (Word4{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, SameBitsAsRandom123) {
  std::mt19937_64 engine(1);
  for (int i = 0; i < 10000; ++i) {
    Word4 counter{};
    for (auto& word : counter) word = static_cast<std::uint32_t>(engine());
    const std::uint64_t seed = engine();
    const r123::Philox4x32::ctr_type c = {{counter[0], counter[1], counter[2], counter[3]}};
    const r123::Philox4x32::key_type k = {
        {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
    const auto expected = r123::Philox4x32()(c, k);
    const Word4 got = PhiloxBits(counter, seed);
    for (std::size_t j = 0; j < 4; ++j) ASSERT_EQ(got[j], expected[j]);
  }
}

/// Box–Muller of the same 128 bits in 50 digits, by the definition in the header.
std::pair<double, double> PreciseNormals(std::uint64_t a, std::uint64_t b) {
  using Digits50 = boost::multiprecision::cpp_bin_float_50;
  const Digits50 u = (Digits50(a >> 12) + Digits50(0.5)) / pow(Digits50(2), 52);
  const Digits50 f = Digits50((b << 2) >> 12) / pow(Digits50(2), 52) - Digits50(0.5);
  const Digits50 angle = f * boost::math::constants::half_pi<Digits50>();
  Digits50 sine = sin(angle);
  Digits50 cosine = cos(angle);
  if (((b >> 62) & 1) != 0) swap(sine, cosine);
  Digits50 radius = sqrt(-2 * log(u));
  if ((b >> 63) != 0) radius = -radius;
  return {static_cast<double>(radius * cosine), static_cast<double>(radius * sine)};
}

TEST(StandardNormal, IsBoxMullerToAFewUlp) {
  const NormalStream stream{.seed = 99, .stream = 3};
  double worst = 0;
  for (std::uint32_t chain = 0; chain < 20000; ++chain) {
    const Word4 x = PhiloxBits({chain, 5, 11, 3}, 99);
    const auto [even, odd] =
        PreciseNormals(x[0] | (std::uint64_t{x[1]} << 32), x[2] | (std::uint64_t{x[3]} << 32));
    const double radius = std::hypot(even, odd);
    worst = std::max(worst, std::abs(StandardNormal(stream, chain, 22, 5) - even) / radius);
    worst = std::max(worst, std::abs(StandardNormal(stream, chain, 23, 5) - odd) / radius);
  }
  // Polynomials contribute 4e-16/2 + 1.2e-16, roundings about as much again.
  EXPECT_LT(worst, 6e-16);
}

KernelArguments Arguments(const NormalStream& stream, std::uint32_t first_chain,
                          std::uint32_t pair) {
  return {.key = {static_cast<std::uint32_t>(stream.seed),
                  static_cast<std::uint32_t>(stream.seed >> 32)},
          .stream = stream.stream,
          .first_chain = first_chain,
          .step_pair = pair,
          .chains = 120,  // groups of 32, of 16 and of 8
          .components = 3,
          .stride = 128};
}

TEST(Kernels, EveryLevelGivesTheScalarBits) {
  const NormalStream stream{.seed = 0x123456789abcdef0ULL, .stream = 7};
  const NormalKernelList list = AvailableNormalKernels();
  ASSERT_GE(list.count, 1);
  for (int k = 0; k < list.count; ++k) {
    std::vector<double> even(384, -1);
    std::vector<double> odd(384, -1);
    list.kernels[k].fill(Arguments(stream, 1000, 41), even.data(), odd.data());
    for (std::uint32_t c = 0; c < 3; ++c) {
      for (std::uint32_t i = 0; i < 120; ++i) {
        ASSERT_EQ(even[c * 128 + i], StandardNormal(stream, 1000 + i, 82, c))
            << list.kernels[k].name;
        ASSERT_EQ(odd[c * 128 + i], StandardNormal(stream, 1000 + i, 83, c))
            << list.kernels[k].name;
      }
      for (std::uint32_t i = 120; i < 128; ++i) ASSERT_EQ(even[c * 128 + i], -1);
    }
  }
}

TEST(Kernels, AdvanceModalIsThePlainRecursionOnEveryLevel) {
  const NormalStream stream{.seed = 5, .stream = 0};
  const std::vector<double> decay = {0.9, -0.3, 0.9999};
  const std::vector<double> noise = {0.1, 2.0, 1e-3};
  const auto recursion = [&](std::uint64_t first, std::uint64_t steps) {
    std::vector<double> x(384, 0.25);
    for (std::uint32_t c = 0; c < 3; ++c) {
      for (std::uint32_t i = 0; i < 120; ++i) {
        for (std::uint64_t step = first; step < first + steps; ++step) {
          const double z = StandardNormal(stream, 64 + i, step, c);
          x[c * 128 + i] = std::fma(noise[c], z, decay[c] * x[c * 128 + i]);
        }
      }
    }
    return x;
  };
  const NormalKernelList list = AvailableNormalKernels();
  for (int k = 0; k < list.count; ++k) {
    std::vector<double> state(384, 0.25);
    list.kernels[k].advance(Arguments(stream, 64, 41),
                            {.leading_odd = true, .pairs = 6, .trailing_even = true}, decay.data(),
                            noise.data(), state.data());
    EXPECT_EQ(state, recursion(83, 14)) << list.kernels[k].name;
  }
  for (const std::uint64_t first : {82U, 83U}) {
    for (const std::uint64_t steps : {0U, 1U, 2U, 3U, 4U}) {
      std::vector<double> state(384, 0.25);
      AdvanceModal(stream, 64, first, steps, 120, 3, decay.data(), noise.data(), state.data(), 128);
      EXPECT_EQ(state, recursion(first, steps)) << first << "+" << steps;
    }
  }
}

TEST(FloatNormals, AreBoxMullerToAFewUlp) {
  const NormalStream stream{.seed = 99, .stream = 3};
  double worst = 0;
  for (std::uint32_t chain = 0; chain < 20000; ++chain) {
    const Word4 x = PhiloxBits({chain, 5, 11, 3}, 99);
    for (std::size_t half : {0U, 2U}) {
      // The bits as the header reads them, in double precision.
      const double u = static_cast<float>((x[half] >> 1) | 1U) * 0x1p-31;
      const double angle =
          static_cast<double>(static_cast<float>(static_cast<std::int32_t>(x[half + 1] << 2))) *
          0x1p-32 * std::acos(0.0);
      const bool swapped = (x[half + 1] & 0x40000000U) != 0;
      const double radius =
          std::sqrt(-2 * std::log(u)) * ((x[half + 1] & 0x80000000U) != 0 ? -1 : 1);
      const double first = radius * (swapped ? std::sin(angle) : std::cos(angle));
      const double second = radius * (swapped ? std::cos(angle) : std::sin(angle));
      const double scale =
          std::max(std::abs(radius), 1e-3);  // log u loses digits where u is near 1
      worst = std::max(worst,
                       std::abs(StandardNormalFloat(stream, chain, 44 + half, 5) - first) / scale);
      worst = std::max(worst,
                       std::abs(StandardNormalFloat(stream, chain, 45 + half, 5) - second) / scale);
    }
  }
  EXPECT_LT(worst, 4e-7);  // some 6 ulp
}

TEST(FloatKernels, EveryLevelGivesTheScalarBits) {
  const NormalStream stream{.seed = 0x123456789abcdef0ULL, .stream = 7};
  const FloatPanel panel{
      .key = {0x9abcdef0U, 0x12345678U}, .stream = 7, .first_chain = 1000, .components = 5};
  const NormalKernelList list = AvailableNormalKernels();
  for (int k = 0; k < list.count; ++k) {
    std::vector<std::vector<float>> n(4, std::vector<float>(5 * kFloatPanel));
    float* const phases[4] = {n[0].data(), n[1].data(), n[2].data(), n[3].data()};
    list.float_kernels[k].fill(panel, 41, phases);
    for (std::uint32_t c = 0; c < 5; ++c) {
      for (std::uint32_t i = 0; i < kFloatPanel; ++i) {
        for (std::size_t phase = 0; phase < 4; ++phase) {
          ASSERT_EQ(n[phase][c * kFloatPanel + static_cast<std::size_t>(FloatLane(i))],
                    StandardNormalFloat(stream, 1000 + i, 164 + phase, c))
              << list.kernels[k].name;
        }
      }
    }
  }
}

TEST(FloatKernels, AdvanceIsThePlainRecursionOnEveryLevel) {
  const NormalStream stream{.seed = 5, .stream = 0};
  const FloatPanel panel{.key = {5, 0}, .stream = 0, .first_chain = 64, .components = 3};
  const std::vector<float> increment = {-0.1F, -1.3F, -1e-4F};
  const std::vector<float> noise = {0.1F, 2.0F, 1e-3F};
  const NormalKernelList list = AvailableNormalKernels();
  for (const std::uint64_t first : {80U, 82U, 83U}) {
    for (const std::uint64_t steps : {0U, 1U, 3U, 4U, 11U}) {
      std::vector<float> expected(3 * kFloatPanel, 0.25F);
      for (std::uint32_t c = 0; c < 3; ++c) {
        for (std::uint32_t i = 0; i < kFloatPanel; ++i) {
          float& x = expected[c * kFloatPanel + static_cast<std::size_t>(FloatLane(i))];
          for (std::uint64_t step = first; step < first + steps; ++step) {
            x = std::fma(noise[c], StandardNormalFloat(stream, 64 + i, step, c),
                         std::fma(increment[c], x, x));
          }
        }
      }
      for (int k = 0; k < list.count; ++k) {
        std::vector<float> state(3 * kFloatPanel, 0.25F);
        list.float_kernels[k].advance(panel, first, steps, increment.data(), noise.data(),
                                      state.data());
        EXPECT_EQ(state, expected) << list.kernels[k].name << " " << first << "+" << steps;
      }
    }
  }
}

}  // namespace
}  // namespace adamsde
