#include "sde/optimizer/minibatch.h"

#include <gsl/gsl_cdf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "sde/random/uniform_integer.h"

namespace adamsde {
namespace {

using Sampling = MinibatchSampling;

std::vector<Eigen::Index> Batch(const MinibatchOptions& options, std::uint32_t chain,
                                std::uint64_t step) {
  MinibatchDrawer drawer(options, chain / 64 * 64, 64);
  const auto rows = drawer.Draw(chain % 64, step);
  return {rows.begin(), rows.end()};
}

/// p-value of χ² for counts that should be equal.
double UniformityPValue(const std::vector<double>& counts) {
  const double mean =
      std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
  double square = 0;
  for (const double count : counts) square += (count - mean) * (count - mean) / mean;
  return gsl_cdf_chisq_Q(square, static_cast<double>(counts.size()) - 1);
}

TEST(UniformIntegers, AreUniformAndInRange) {
  for (const std::uint32_t bound : {1U, 2U, 7U, 100U}) {
    std::vector<double> counts(bound, 0.0);
    for (std::uint32_t step = 0; step < 20000; ++step) {
      UniformIntegers draw(3, 2, 5, step);
      for (int i = 0; i < 5; ++i) counts.at(draw.Below(bound)) += 1;
    }
    if (bound == 1) continue;
    EXPECT_GT(UniformityPValue(counts), 1e-4) << bound;
  }
}

/// Multiplication without rejection is biased for this bound, and the test has the power to see it.
TEST(UniformIntegers, RejectionMatters) {
  const std::uint32_t bound = 3U << 30;  // 2³² is 4/3 of it: bias is as large as it gets
  std::vector<double> rejected(3, 0.0);
  std::vector<double> biased(3, 0.0);
  for (std::uint32_t step = 0; step < 30000; ++step) {
    UniformIntegers draw(3, 2, 5, step);
    rejected.at(draw.Below(bound) % 3) += 1;
    const std::uint64_t word = PhiloxBits({5, 0, step, 2}, 3)[0];
    biased.at(static_cast<std::uint32_t>((word * bound) >> 32) % 3) += 1;
  }
  EXPECT_GT(UniformityPValue(rejected), 1e-4);
  EXPECT_LT(UniformityPValue(biased), 1e-4);
}

TEST(Minibatch, IsAFunctionOfSeedChainAndStep) {
  for (const Sampling sampling : {Sampling::kReplacement, Sampling::kBatch, Sampling::kEpoch}) {
    const MinibatchOptions options{
        .num_samples = 20, .batch_size = 6, .sampling = sampling, .seed = 9};
    MinibatchDrawer drawer(options, 64, 64);
    for (std::uint64_t step = 0; step < 30; ++step) {
      for (const Eigen::Index lane : {0, 7, 63}) {
        const auto rows = drawer.Draw(lane, step);
        EXPECT_EQ(std::vector<Eigen::Index>(rows.begin(), rows.end()),
                  Batch(options, 64 + static_cast<std::uint32_t>(lane), step));
      }
    }
    MinibatchOptions other = options;
    other.seed = 10;
    EXPECT_NE(Batch(options, 64, 3), Batch(other, 64, 3));
    EXPECT_NE(Batch(options, 64, 3), Batch(options, 65, 3));
  }
}

TEST(Minibatch, BatchesWithoutReplacementAreDistinctAndUniform) {
  const MinibatchOptions options{
      .num_samples = 10, .batch_size = 4, .sampling = Sampling::kBatch, .seed = 2};
  std::vector<double> singles(10, 0.0);
  std::vector<double> pairs(100, 0.0);
  MinibatchDrawer drawer(options, 0, 64);
  for (std::uint64_t step = 0; step < 20000; ++step) {
    const auto rows = drawer.Draw(5, step);
    const std::set<Eigen::Index> distinct(rows.begin(), rows.end());
    ASSERT_EQ(distinct.size(), 4U);
    for (const Eigen::Index row : rows) singles.at(static_cast<std::size_t>(row)) += 1;
    pairs.at(static_cast<std::size_t>(10 * rows[0] + rows[1])) += 1;
  }
  std::vector<double> ordered_pairs;
  for (std::size_t i = 0; i < 100; ++i) {
    if (i % 11 != 0) ordered_pairs.push_back(pairs[i]);
  }
  EXPECT_GT(UniformityPValue(ordered_pairs), 1e-4);
  // Each sample is in a batch with probability b/n: its variance is below Poisson's.
  for (const double count : singles) EXPECT_NEAR(count, 8000, 5 * std::sqrt(8000 * 0.6));
}

TEST(Minibatch, EpochsPassThroughAllSamples) {
  const MinibatchOptions options{
      .num_samples = 10, .batch_size = 4, .sampling = Sampling::kEpoch, .seed = 2};
  MinibatchDrawer drawer(options, 0, 64);
  std::vector<double> first(10, 0.0);
  for (std::uint64_t pass = 0; pass < 5000; ++pass) {
    std::set<Eigen::Index> seen;
    for (std::uint64_t k = 0; k < 3; ++k) {
      const auto rows = drawer.Draw(1, 3 * pass + k);
      ASSERT_EQ(rows.size(), k < 2 ? 4U : 2U);  // the last batch is the rest
      if (k == 0) first.at(static_cast<std::size_t>(rows[0])) += 1;
      seen.insert(rows.begin(), rows.end());
    }
    ASSERT_EQ(seen.size(), 10U);
  }
  EXPECT_GT(UniformityPValue(first), 1e-4);
}

TEST(Minibatch, RefusesMoreThanThereIs) {
  MinibatchOptions options{.num_samples = 3, .batch_size = 4, .sampling = Sampling::kBatch};
  EXPECT_THROW(Validate(options), std::invalid_argument);
  options.sampling = Sampling::kReplacement;
  EXPECT_NO_THROW(Validate(options));
}

}  // namespace
}  // namespace adamsde
