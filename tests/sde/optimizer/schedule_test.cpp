#include "sde/optimizer/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace adamsde {
namespace {

TEST(Schedule, ShapesAsTheorySays) {
  EXPECT_EQ(Schedule(0.3).At(12345), 0.3);
  double expected = 0.7;
  for (int k = 0; k < 50; ++k, expected *= 0.9) {
    EXPECT_NEAR(Schedule::Geometric(0.7, 0.9).At(k), expected, 1e-13 * expected);
  }
  EXPECT_DOUBLE_EQ(Schedule::InverseRoot(3).At(0), 3);
  EXPECT_DOUBLE_EQ(Schedule::InverseRoot(3).At(8), 1);
  // λ(1 − β₂c²/δ)^k with β₂ = 0.1, c = 2, δ = 1: ratio 0.6.
  EXPECT_NEAR(Schedule::SecondMomentDecay(5, 0.1, 2, 1).At(3), 5 * 0.216, 1e-14);
}

TEST(Schedule, RefusesWhatHasNoMeaning) {
  EXPECT_THROW((void)Schedule::Geometric(1, 0), std::invalid_argument);
  EXPECT_THROW((void)Schedule::Geometric(1, 1.01), std::invalid_argument);
  EXPECT_THROW((void)Schedule::SecondMomentDecay(1, 0.25, 2, 1), std::invalid_argument);
}

TEST(Schedule, CapChangesTheFirstStepsOnly) {
  const Schedule capped = Schedule::InverseRoot(3.5).CappedAt(1);
  // 3.5/√(k+1) > 1 iff k + 1 < 12.25.
  EXPECT_EQ(capped.StepsAboveCap(), 12);
  EXPECT_EQ(capped.At(11), 1);
  EXPECT_LT(capped.At(12), 1);
  EXPECT_EQ(Schedule::InverseRoot(3).CappedAt(1).StepsAboveCap(), 8);  // equal at k = 8: no change
  EXPECT_EQ(Schedule::InverseRoot(0.5).CappedAt(1).StepsAboveCap(), 0);
  EXPECT_EQ(Schedule::Geometric(8, 0.5).CappedAt(1).StepsAboveCap(), 3);
  EXPECT_EQ(Schedule(2).CappedAt(1).StepsAboveCap(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(Schedule(2).StepsAboveCap(), 0);
}

}  // namespace
}  // namespace adamsde
