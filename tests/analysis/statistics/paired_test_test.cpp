#include "analysis/statistics/paired_test.h"

#include <gtest/gtest.h>

#include <cmath>

namespace adamsde {
namespace {

// Student's own sleep data (Biometrika 1908): mean 1.58, t = 4.0621 with 9 degrees of freedom,
// two-sided p = 0.002833.
TEST(PairedTest, StudentsSleepData) {
  Eigen::VectorXd differences(10);
  differences << 1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4;
  const PairedTest test = TestPairs(differences);
  EXPECT_NEAR(test.mean, 1.58, 1e-12);
  EXPECT_NEAR(test.mean / test.standard_error, 4.0621, 5e-5);
  EXPECT_NEAR(test.p_two_sided, 0.002833, 5e-7);
  EXPECT_NEAR(test.p_positive, 0.0014165, 5e-7);
  EXPECT_NEAR(TestPairs(-differences).p_positive, 1 - 0.0014165, 5e-7);
}

TEST(PairedTest, NeedsTwoPairs) {
  EXPECT_TRUE(std::isnan(TestPairs(Eigen::VectorXd::Ones(1)).p_positive));
  EXPECT_TRUE(std::isnan(TestPairs(Eigen::VectorXd(0)).mean));
  EXPECT_EQ(TestPairs(Eigen::VectorXd::Ones(3)).p_positive, 0);
  EXPECT_EQ(TestPairs(Eigen::VectorXd::Zero(3)).p_two_sided, 1);
}

}  // namespace
}  // namespace adamsde
