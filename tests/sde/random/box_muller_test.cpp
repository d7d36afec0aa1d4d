// −2 log u, sine and cosine against 50 digits, over the whole range of their arguments.
#include "sde/random/box_muller.h"

#include <gtest/gtest.h>

#include <bit>
#include <boost/math/constants/constants.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace adamsde {
namespace {

using Real = boost::multiprecision::cpp_bin_float_50;

struct Scalar {
  using Real = double;
  using Bits = std::uint64_t;
  static double AsReal(Bits x) { return std::bit_cast<double>(x); }
  static Bits AsBits(double x) { return std::bit_cast<Bits>(x); }
  static double Fma(double a, double b, double c) { return std::fma(a, b, c); }
};

/// In units of the last place of the exact value.
double Ulps(double value, const Real& exact) {
  int exponent = 0;
  (void)frexp(exact, &exponent);
  return std::abs(static_cast<double>((Real(value) - exact) / ldexp(Real(1), exponent - 53)));
}

/// All 52-bit integers with one or two bits set or cleared, the ends, and random ones of every
/// size.
std::vector<std::uint64_t> Integers() {
  constexpr std::uint64_t kAll = (std::uint64_t{1} << 52) - 1;
  std::vector<std::uint64_t> all = {0, kAll};
  for (int i = 0; i < 52; ++i) {
    for (int j = 0; j <= i; ++j) {
      const std::uint64_t bits = (std::uint64_t{1} << i) | (std::uint64_t{1} << j);
      all.insert(all.end(), {bits, kAll - bits, bits - 1});
    }
  }
  std::mt19937_64 engine(5);
  for (int shift = 0; shift < 52; ++shift) {
    for (int k = 0; k < 200; ++k) {
      const std::uint64_t bits = (engine() & kAll) >> shift;
      all.insert(all.end(), {bits, kAll - bits});
    }
  }
  // Around √½·2^k, where the logarithm changes its mantissa.
  for (int k = 0; k < 52; ++k) {
    const auto root = static_cast<std::uint64_t>(std::ldexp(std::sqrt(0.5), 52 - k));
    for (std::uint64_t near = root - std::min<std::uint64_t>(root, 2); near <= root + 2; ++near) {
      all.push_back(near & kAll);
    }
  }
  return all;
}

TEST(BoxMuller, LogarithmIsWithinTwoUlp) {
  double worst = 0;
  for (const std::uint64_t n : Integers()) {
    const Real u = (Real(n) + Real(0.5)) / pow(Real(2), 52);
    const double value = box_muller::MinusTwoLog<Scalar>(n << 12);
    worst = std::max(worst, Ulps(value, -2 * log(u)));
  }
  RecordProperty("worst", std::to_string(worst));
  EXPECT_LE(worst, 2);
}

TEST(BoxMuller, SineAndCosineAreWithinTwoUlp) {
  double worst_sine = 0;
  double worst_cosine = 0;
  for (const std::uint64_t n : Integers()) {
    const Real angle =
        (Real(n) / pow(Real(2), 52) - Real(0.5)) * boost::math::constants::half_pi<Real>();
    double sine = 0;
    double cosine = 0;
    box_muller::SineCosine<Scalar>(n << 10, sine, cosine);
    if (angle == 0) {
      EXPECT_EQ(sine, 0);
    } else {
      worst_sine = std::max(worst_sine, Ulps(sine, sin(angle)));
    }
    worst_cosine = std::max(worst_cosine, Ulps(cosine, cos(angle)));
  }
  RecordProperty("worst_sine", std::to_string(worst_sine));
  RecordProperty("worst_cosine", std::to_string(worst_cosine));
  EXPECT_LE(worst_sine, 2);
  EXPECT_LE(worst_cosine, 2);
}

}  // namespace
}  // namespace adamsde
