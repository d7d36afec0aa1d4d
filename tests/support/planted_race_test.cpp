// The twin of scripts/check-threads: a loop with a race, and the same loop without. Disabled: the
// script runs the first on its own and wants it found.
#include <gtest/gtest.h>

#include <cstdint>

namespace adamsde {
namespace {

constexpr int kRounds = 10000;

TEST(PlantedRace, DISABLED_IsFound) {
  std::int64_t sum = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads(4) shared(sum)
  for (int k = 0; k < kRounds; ++k) sum += k;
  EXPECT_GT(sum, 0);
}

TEST(PlantedRace, TheSameLoopInOrderIsClean) {
  std::int64_t sum = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads(4) shared(sum)
  for (int k = 0; k < kRounds; ++k) {
#pragma omp critical(adamsde_planted)
    sum += k;
  }
  EXPECT_EQ(sum, std::int64_t{kRounds} * (kRounds - 1) / 2);
}

}  // namespace
}  // namespace adamsde
