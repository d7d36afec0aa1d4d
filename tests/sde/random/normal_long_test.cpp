// Two billion draws: moments to the eighth, tails to six sigma, correlations in every direction.
// Fixed seed; each of some thirty tests rejects a right generator with probability 1e-5.
#include <fmt/format.h>
#include <gsl/gsl_cdf.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "sde/random/normal.h"

namespace adamsde {
namespace {

constexpr std::ptrdiff_t kChains = 4096;
constexpr std::ptrdiff_t kComponents = 16;
constexpr std::ptrdiff_t kTile = kChains * kComponents;
constexpr std::int64_t kPairs = std::int64_t{1} << 14;  // 2³¹ normals
constexpr double kZ = 4.42;                             // two-sided 1e-5

constexpr int kMoments = 8;
constexpr std::array<double, 5> kTails = {2, 3, 4, 5, 6};

struct Sums {
  double count = 0;
  std::array<double, kMoments + 1> power{};
  std::array<double, kTails.size()> tail{};
  // Products of a value with the next chain's, the next component's, the next step's of its pair,
  // the next pair's; and of the centred squares.
  std::array<double, 4> product{};
  std::array<double, 4> product_of_squares{};
  std::array<double, 4> products{};

  void Add(const Sums& other) {
    count += other.count;
    for (std::size_t i = 0; i < power.size(); ++i) power[i] += other.power[i];
    for (std::size_t i = 0; i < tail.size(); ++i) tail[i] += other.tail[i];
    for (std::size_t i = 0; i < product.size(); ++i) {
      product[i] += other.product[i];
      product_of_squares[i] += other.product_of_squares[i];
      products[i] += other.products[i];
    }
  }
};

void AddValues(const std::vector<double>& x, Sums& sums) {
  std::array<double, kMoments + 1> power{};
  for (const double value : x) {
    double p = 1;
    for (int k = 1; k <= kMoments; ++k) power[static_cast<std::size_t>(k)] += p *= value;
    if (std::abs(value) > kTails[0]) {
      for (std::size_t i = 0; i < kTails.size(); ++i) {
        sums.tail[i] += std::abs(value) > kTails[i] ? 1 : 0;
      }
    }
  }
  for (std::size_t k = 0; k < power.size(); ++k) sums.power[k] += power[k];
  sums.count += static_cast<double>(x.size());
}

void AddProducts(const double* x, const double* y, std::ptrdiff_t count, std::size_t direction,
                 Sums& sums) {
  double product = 0;
  double squares = 0;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    product += x[i] * y[i];
    squares += (x[i] * x[i] - 1) * (y[i] * y[i] - 1);
  }
  sums.product[direction] += product;
  sums.product_of_squares[direction] += squares;
  sums.products[direction] += static_cast<double>(count);
}

Sums SumOfPairs(std::int64_t first, std::int64_t end) {
  Sums sums;
  std::vector<double> even(kTile);
  std::vector<double> odd(kTile);
  std::vector<double> previous;
  for (std::int64_t pair = first; pair < end; ++pair) {
    FillNormals({.seed = 20240917, .stream = 0}, 0, static_cast<std::uint32_t>(pair), kChains,
                kComponents, even.data(), odd.data(), kChains);
    AddValues(even, sums);
    AddValues(odd, sums);
    AddProducts(even.data(), even.data() + 1, kTile - 1, 0, sums);
    AddProducts(even.data(), even.data() + kChains, kTile - kChains, 1, sums);
    AddProducts(even.data(), odd.data(), kTile, 2, sums);
    if (!previous.empty()) AddProducts(previous.data(), even.data(), kTile, 3, sums);
    previous = odd;
  }
  return sums;
}

const Sums& AllSums() {
  static const Sums sums = [] {
    constexpr std::int64_t kParts = 64;
    std::vector<Sums> parts(kParts);
#pragma omp parallel for schedule(dynamic, 1)
    for (std::int64_t p = 0; p < kParts; ++p) {
      parts[static_cast<std::size_t>(p)] =
          SumOfPairs(p * kPairs / kParts, (p + 1) * kPairs / kParts);
    }
    Sums all;
    for (const Sums& part : parts) all.Add(part);
    return all;
  }();
  return sums;
}

/// E z^k.
double Moment(int k) {
  double moment = k % 2 == 0 ? 1 : 0;
  for (int i = k - 1; i > 1 && k % 2 == 0; i -= 2) moment *= i;
  return moment;
}

/// z-score of the k-th moment of the draws times `scale`.
double MomentZ(const Sums& sums, int k, double scale) {
  const double variance = Moment(2 * k) - Moment(k) * Moment(k);
  const double mean = std::pow(scale, k) * sums.power[static_cast<std::size_t>(k)] / sums.count;
  return (mean - Moment(k)) / std::sqrt(variance / sums.count);
}

TEST(TwoBillionNormals, HaveTheirMoments) {
  const Sums& sums = AllSums();
  ASSERT_GE(sums.count, 1e9);
  for (int k = 1; k <= kMoments; ++k) {
    fmt::print("moment {}: z = {:.2f}\n", k, MomentZ(sums, k, 1));
    EXPECT_LT(std::abs(MomentZ(sums, k, 1)), kZ) << k;
  }
  for (const int k : {2, 4, 6}) {
    EXPECT_GT(std::abs(MomentZ(sums, k, 1 + 2e-4)), kZ) << "the twin: scale wrong by 0.02 %";
  }
}

TEST(TwoBillionNormals, HaveTheirTails) {
  const Sums& sums = AllSums();
  for (std::size_t i = 0; i < kTails.size(); ++i) {
    const double expected = 2 * gsl_cdf_ugaussian_Q(kTails[i]) * sums.count;
    const auto seen = static_cast<unsigned>(sums.tail[i]);
    const double below = gsl_cdf_poisson_P(seen, expected);
    const double above = seen == 0 ? 1 : gsl_cdf_poisson_Q(seen - 1, expected);
    fmt::print("beyond {} sigma: {} of {:.1f}\n", kTails[i], seen, expected);
    EXPECT_GT(std::min(below, above), 5e-6) << kTails[i];
    // The twin: nothing out there would be noticed up to five sigma.
    if (kTails[i] <= 5) {
      EXPECT_LT(gsl_cdf_poisson_P(0, expected), 5e-6);
    }
  }
}

TEST(TwoBillionNormals, AreUncorrelatedAndSoAreTheirSquares) {
  const Sums& sums = AllSums();
  for (std::size_t i = 0; i < sums.product.size(); ++i) {
    const double z = sums.product[i] / std::sqrt(sums.products[i]);
    const double squares = sums.product_of_squares[i] / std::sqrt(4 * sums.products[i]);
    fmt::print("direction {}: z = {:.2f}, of squares {:.2f}\n", i, z, squares);
    EXPECT_LT(std::abs(z), kZ) << i;
    EXPECT_LT(std::abs(squares), kZ) << i;
    EXPECT_GT(1e-3 * std::sqrt(sums.products[i]), 2 * kZ) << "the twin: a correlation of 0.001";
  }
}

}  // namespace
}  // namespace adamsde
