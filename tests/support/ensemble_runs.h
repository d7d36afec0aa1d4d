#pragma once

#include <gtest/gtest.h>

#include <cstddef>

#include "sde/ensemble/ensemble.h"

namespace adamsde::testing {

/// Chains that fill neither their last block nor equal groups, in two windows.
inline EnsembleOptions OddRun(int threads) {
  EnsembleOptions options;
  options.chains = 330;
  options.replicates = 7;
  options.burn_in = 13;
  options.record_every = 3;
  options.records = 6;
  options.windows = 2;
  options.threads = threads;
  options.seed = 17;
  return options;
}

inline void ExpectSameBits(const EnsembleResult& a, const EnsembleResult& b) {
  ASSERT_EQ(a.groups.size(), b.groups.size());
  ASSERT_EQ(a.windows.size(), b.windows.size());
  for (std::size_t g = 0; g < a.groups.size(); ++g) {
    EXPECT_EQ(a.groups[g].lower, b.groups[g].lower) << "group " << g;
    EXPECT_EQ(a.groups[g].sum, b.groups[g].sum);
    EXPECT_EQ(a.groups[g].count, b.groups[g].count);
    for (std::size_t w = 0; w < a.windows.size(); ++w) {
      EXPECT_EQ(a.windows[w][g].lower, b.windows[w][g].lower);
    }
  }
  EXPECT_EQ(a.observables, b.observables);
}

}  // namespace adamsde::testing
