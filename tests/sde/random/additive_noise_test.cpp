// The convergence experiments' noise: bounded by s, unbiased, variance s²/b, a pure function of its
// counter. Each statistic stays within 5 standard errors (false alarm 6e-7), at a fixed seed.
#include "sde/random/additive_noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace adamsde {
namespace {

using Kind = AdditiveNoise::Kind;

struct Moments {
  double mean = 0;
  double variance = 0;
  double largest = 0;
  double lag = 0;     ///< correlation of successive steps
  double across = 0;  ///< of neighbouring chains
  double count = 0;
};

Moments Sample(const AdditiveNoise& noise, int steps) {
  constexpr std::ptrdiff_t kChains = 32;
  constexpr std::ptrdiff_t kComponents = 3;
  NoiseGenerator generator(noise, {.seed = 11, .stream = 4}, 64, kChains, kComponents);
  std::vector<double> before(kChains * kComponents, 0.0);
  Moments m;
  for (int k = 0; k < steps; ++k) {
    std::vector<double> tile(kChains * kComponents, 0.0);
    generator.Add(static_cast<std::uint64_t>(k), tile.data());
    for (std::size_t i = 0; i < tile.size(); ++i) {
      m.mean += tile[i];
      m.variance += tile[i] * tile[i];
      m.largest = std::max(m.largest, std::abs(tile[i]));
      m.lag += tile[i] * before[i];
      if (i > 0) m.across += tile[i] * tile[i - 1];
    }
    before = tile;
  }
  m.count = static_cast<double>(steps) * kChains * kComponents;
  m.mean /= m.count;
  m.variance /= m.count;
  m.lag /= m.count * m.variance;
  m.across /= m.count * m.variance;
  return m;
}

TEST(AdditiveNoise, IsBoundedUnbiasedAndHasItsVariance) {
  for (const Kind kind : {Kind::kTwoPoint, Kind::kGaussian}) {
    for (const std::int64_t b : {1, 2, 33, 128, 200}) {
      const AdditiveNoise noise{.kind = kind, .scale = 0.8, .batch_size = b};
      const Moments m = Sample(noise, 2000);
      const double variance = 0.64 / static_cast<double>(b);
      const double root = std::sqrt(m.count);
      EXPECT_LE(std::abs(m.mean), 5 * std::sqrt(variance) / root) << b;
      EXPECT_LE(std::abs(m.variance / variance - 1), 5 * std::sqrt(2.0) / root) << b;
      EXPECT_LE(std::abs(m.lag), 5 / root) << b;
      EXPECT_LE(std::abs(m.across), 5 / root) << b;
      EXPECT_LE(m.largest, noise.Bound());
      if (kind == Kind::kTwoPoint && b == 1) {
        EXPECT_EQ(m.largest, 0.8);
      }
    }
  }
  // Power: a variance 2 % off would be seen.
  EXPECT_GT(0.02, 5 * std::sqrt(2.0) / std::sqrt(2000.0 * 96));
}

TEST(AdditiveNoise, TwoPointDrawsAreTheBitsOfPhilox) {
  const NormalStream stream{.seed = 77, .stream = 6};
  NoiseGenerator generator({.scale = 0.5}, stream, 8, 8, 2);
  for (const std::uint64_t step : {0ULL, 31ULL, 64ULL, 127ULL, 128ULL, 1000ULL, 5ULL}) {
    std::vector<double> tile(16, 1.0);
    generator.Add(step, tile.data());
    for (std::uint32_t c = 0; c < 2; ++c) {
      for (std::uint32_t i = 0; i < 8; ++i) {
        const auto words =
            PhiloxBits({8 + i, c, static_cast<std::uint32_t>(step / 128), 6}, stream.seed);
        const std::uint32_t bit = words[step % 128 / 32] >> (step % 32) & 1U;
        EXPECT_EQ(tile[c * 8 + i], bit == 1 ? 0.5 : 1.5) << step;
      }
    }
  }
}

TEST(AdditiveNoise, BatchesTakeTheBinomialValues) {
  NoiseGenerator generator({.scale = 1, .batch_size = 3}, {.seed = 3, .stream = 0}, 0, 8, 4);
  std::multiset<double> seen;
  for (std::uint64_t k = 0; k < 1000; ++k) {
    std::vector<double> tile(32, 0.0);
    generator.Add(k, tile.data());
    seen.insert(tile.begin(), tile.end());
  }
  const double n = 32000;
  for (const auto& [value, probability] :
       {std::pair{-1.0, 0.125}, {-1.0 / 3, 0.375}, {1.0 / 3, 0.375}, {1.0, 0.125}}) {
    const auto count = static_cast<double>(seen.count(value));
    EXPECT_NEAR(count / n, probability, 5 * std::sqrt(probability * (1 - probability) / n));
  }
  EXPECT_EQ(std::set<double>(seen.begin(), seen.end()).size(), 4U);
}

TEST(AdditiveNoise, StatesItsConstants) {
  const AdditiveNoise two_point{.scale = 0.5, .batch_size = 4};
  EXPECT_EQ(two_point.Bound(), 0.5);
  EXPECT_EQ(two_point.SampleVariance(3), 0.75) << "of one sample";
  EXPECT_TRUE(std::isinf(AdditiveNoise({.kind = Kind::kGaussian, .scale = 1}).Bound()));
  EXPECT_THROW(Validate(AdditiveNoise{.scale = -1}), std::invalid_argument);
  EXPECT_THROW(Validate(AdditiveNoise{.scale = 1, .batch_size = 0}), std::invalid_argument);
}

}  // namespace
}  // namespace adamsde
