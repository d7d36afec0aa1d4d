#include <gsl/gsl_cdf.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "sde/random/normal.h"
#include "tests/support/kolmogorov.h"

namespace adamsde {
namespace {

// Every test below has a fixed seed and rejects a right generator with probability < 1e-4; each has
// a twin that shows what it would catch.

constexpr std::ptrdiff_t kChains = 1024;
constexpr std::ptrdiff_t kComponents = 8;
constexpr std::ptrdiff_t kPairs = 64;

/// 2²⁰ normals in the order pair, parity, component, chain.
std::vector<double> Sample(std::uint64_t seed) {
  std::vector<double> all;
  std::vector<double> even(kChains * kComponents);
  std::vector<double> odd(kChains * kComponents);
  for (std::uint64_t pair = 0; pair < kPairs; ++pair) {
    FillNormals({.seed = seed, .stream = 0}, 0, pair, kChains, kComponents, even.data(), odd.data(),
                kChains);
    all.insert(all.end(), even.begin(), even.end());
    all.insert(all.end(), odd.begin(), odd.end());
  }
  return all;
}

double NormalKs(const std::vector<double>& x) {
  return testing::KolmogorovPValue(x, [](double z) { return gsl_cdf_ugaussian_P(z); });
}

TEST(NormalStatistics, DistributionByKolmogorov) {
  std::vector<double> x = Sample(42);
  EXPECT_GT(NormalKs(x), 1e-4);
  for (double& value : x) value *= 1.01;
  EXPECT_LT(NormalKs(x), 1e-4) << "the twin: standard deviation wrong by 1 %";
}

/// z-score of the mean of a function of the normals whose mean and variance are known.
template <typename Function>
double MeanZ(const std::vector<double>& x, double mean, double variance, Function f) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += f(i) - mean;
  return sum / std::sqrt(variance * static_cast<double>(x.size()));
}

TEST(NormalStatistics, FirstFourMoments) {
  const std::vector<double> x = Sample(43);
  EXPECT_LT(std::abs(MeanZ(x, 0, 1, [&](std::size_t i) { return x[i]; })), 4.2);
  EXPECT_LT(std::abs(MeanZ(x, 1, 2, [&](std::size_t i) { return x[i] * x[i]; })), 4.2);
  EXPECT_LT(std::abs(MeanZ(x, 0, 15, [&](std::size_t i) { return std::pow(x[i], 3); })), 4.2);
  EXPECT_LT(std::abs(MeanZ(x, 3, 96, [&](std::size_t i) { return std::pow(x[i], 4); })), 4.2);
  EXPECT_GT(std::abs(MeanZ(x, 1, 2, [&](std::size_t i) { return 1.01 * x[i] * x[i]; })), 4.2)
      << "the twin: variance wrong by 1 %";
}

TEST(NormalStatistics, TailsBeyondFourSigma) {
  const std::vector<double> x = Sample(44);
  double count = 0;
  for (const double value : x) count += std::abs(value) > 4 ? 1 : 0;
  const double expected = 2 * gsl_cdf_ugaussian_Q(4) * static_cast<double>(x.size());
  EXPECT_LT(std::abs(count - expected), 4.2 * std::sqrt(expected));
  EXPECT_GT(expected, 4.2 * std::sqrt(expected)) << "the twin: no tail at all would be caught";
}

/// z of the correlation between values `distance` apart in Sample's order.
double LagZ(const std::vector<double>& x, std::size_t distance) {
  double sum = 0;
  for (std::size_t i = 0; i + distance < x.size(); ++i) sum += x[i] * x[i + distance];
  return sum / std::sqrt(static_cast<double>(x.size() - distance));
}

TEST(NormalStatistics, ChainsComponentsAndStepsAreUncorrelated) {
  std::vector<double> x = Sample(45);
  const std::size_t tile = kChains * kComponents;
  // Next chain, eighth chain, next component, next step of the pair, next pair.
  for (const std::size_t distance :
       {std::size_t{1}, std::size_t{8}, std::size_t{kChains}, tile, 2 * tile}) {
    EXPECT_LT(std::abs(LagZ(x, distance)), 4.5) << distance;
  }
  for (std::size_t i = x.size() - 1; i > 0; --i) x[i] += 0.01 * x[i - 1];
  EXPECT_GT(std::abs(LagZ(x, 1)), 4.5) << "the twin: a correlation of 0.01";
}

TEST(NormalStatistics, SquaresOfAPairAreUncorrelated) {
  // Both normals of a pair share one radius: a wrong angle would correlate their squares.
  const std::vector<double> x = Sample(46);
  const std::size_t tile = kChains * kComponents;
  double sum = 0;
  double count = 0;
  for (std::size_t start = 0; start < x.size(); start += 2 * tile) {
    for (std::size_t i = start; i < start + tile; ++i, ++count) {
      sum += (x[i] * x[i] - 1) * (x[i + tile] * x[i + tile] - 1);
    }
  }
  EXPECT_LT(std::abs(sum) / std::sqrt(4 * count), 4.2);
}

TEST(NormalStatistics, SeedsAndStreamsDiffer) {
  double seeds = 0;
  double streams = 0;
  constexpr std::uint32_t kCount = 200000;
  for (std::uint32_t chain = 0; chain < kCount; ++chain) {
    const double x = StandardNormal({.seed = 1, .stream = 0}, chain, 0, 0);
    seeds += x * StandardNormal({.seed = 2, .stream = 0}, chain, 0, 0);
    streams += x * StandardNormal({.seed = 1, .stream = 1}, chain, 0, 0);
  }
  EXPECT_LT(std::abs(seeds) / std::sqrt(kCount), 4.2);
  EXPECT_LT(std::abs(streams) / std::sqrt(kCount), 4.2);
}

}  // namespace
}  // namespace adamsde
