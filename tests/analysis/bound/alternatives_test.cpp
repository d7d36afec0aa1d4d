// Seeger's inverse over its whole range in 50 digits, and prices of choosing afterwards.
#include "analysis/bound/alternatives.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace adamsde {
namespace {

using Real = boost::multiprecision::cpp_bin_float_100;

Real Kl(double r, const Real& p) {
  Real sum = 0;
  if (r > 0) sum += Real(r) * log(Real(r) / p);
  if (r < 1) sum += (1 - Real(r)) * log((1 - Real(r)) / (1 - p));
  return sum;
}

TEST(BinaryKl, InverseMeetsItsEquationOverTheWholeRange) {
  // The equation to 1e-12, up to what four units in p's last place mean.
  std::vector<double> risks = {0,   1e-300, 1e-100, 1e-16, 1e-9, 1e-4,     0.01,      0.1,
                               0.3, 0.5,    0.7,    0.9,   0.99, 1 - 1e-6, 1 - 1e-12, 1};
  int checked = 0;
  for (const double r : risks) {
    for (double exponent = -18; exponent <= 2.01; exponent += 0.25) {
      const double c = std::pow(10, exponent);
      const double p = BinaryKlInverse(r, c);
      ASSERT_TRUE(p >= r && p <= 1) << r << " " << c;
      if (p == 1) {
        // No double below 1 reaches c.
        if (r < 1) {
          const Real top = 1 - Real(std::numeric_limits<double>::epsilon()) / 2;
          EXPECT_LE(Kl(r, top), Real(c) * (1 + 1e-12)) << r << " " << c;
        }
        continue;
      }
      const Real bit = 4 * (Real(std::nextafter(p, 2.0)) - Real(p));
      const Real slope = (Real(p) - Real(r)) / (Real(p) * (1 - Real(p)));
      const Real curvature = 1 / (Real(p) * (1 - Real(p)));
      const double allowed =
          static_cast<double>(5e-13 * Real(c) + bit * slope + bit * bit * curvature);
      EXPECT_LE(static_cast<double>(abs(Kl(r, Real(p)) - Real(c))), allowed)
          << "r = " << r << ", c = " << c << ", p = " << p;
      if (p < 0.99) {
        EXPECT_LE(allowed, 1e-12 * std::max(c, 1.0)) << r << " " << c;
      }
      ++checked;
    }
  }
  EXPECT_GT(checked, 800);
}

TEST(BinaryKl, DoesNotCancelNearItsZero) {
  for (const double r : {1e-9, 0.3, 0.5, 0.999}) {
    for (const double relative : {1e-3, 1e-7, 1e-12}) {
      const double p = r * (1 + relative * (1 - r));
      const double exact = static_cast<double>(Kl(r, Real(p)));
      EXPECT_NEAR(BinaryKl(r, p), exact, 1e-13 * exact) << r << " " << relative;
    }
  }
}

TEST(Catoni, BestOfAGridPaysForTheChoice) {
  const std::vector<double> grid = {0.1, 0.5, 1, 2, 5};
  const CatoniOverGrid best = BoundRiskByCatoniGrid(30, 2000, 0.05, 0.2, grid);
  double least = 2;
  double unpaid = 2;
  for (const double gamma : grid) {
    least = std::min(least, BoundRisk(30, 2000, 0.01, 0.2, gamma).catoni);
    unpaid = std::min(unpaid, BoundRisk(30, 2000, 0.05, 0.2, gamma).catoni);
  }
  EXPECT_DOUBLE_EQ(best.bound, least) << "each at tau/5";
  EXPECT_GT(best.bound, unpaid);
  EXPECT_EQ(BoundRisk(30, 2000, 0.01, 0.2, best.parameter).catoni, best.bound);
  const std::vector<double> bad = {1, 0};
  EXPECT_THROW((void)BoundRiskByCatoniGrid(30, 2000, 0.05, 0.2, bad), std::invalid_argument);
}

}  // namespace
}  // namespace adamsde
