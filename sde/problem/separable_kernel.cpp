#include "sde/problem/separable_kernel.h"

#include <bit>
#include <cstdint>

namespace adamsde {

void AddSaturating(double s, double c, std::ptrdiff_t count, const double* __restrict x,
                   double* __restrict gradient, double* __restrict gap) {
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const double z = x[i] - c;
    const double share = 1 / (1 + z * z);
    gradient[i] = 2 * s * z * (share * share);
    gap[i] += s * (z * z) * share;
  }
}

void AddSineQuadratic(std::ptrdiff_t count, const double* __restrict x, double* __restrict gradient,
                      double* __restrict gap) {
  // x = k·π/2 + r with |r| ≤ π/4 (Cody and Waite, π/2 in two parts), then the Taylor-like
  // polynomials of fdlibm. An odd k trades sine for cosine, and turns the sign of their product.
  constexpr double kMagic = 0x1.8p52;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const double shifted = x[i] * 0.63661977236758134308 + kMagic;
    const double k = shifted - kMagic;
    const double r = (x[i] - k * 1.57079632673412561417e+00) - k * 6.07710050650619224932e-11;
    const double z = r * r;
    const double sine =
        r +
        r * z *
            (-1.66666666666666324348e-01 +
             z * (8.33333333332248946124e-03 +
                  z * (-1.98412698298579493134e-04 +
                       z * (2.75573137070700676789e-06 +
                            z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))));
    const double cosine =
        1 - 0.5 * z +
        z * z *
            (4.16666666666666019037e-02 +
             z * (-1.38888888888741095749e-03 +
                  z * (2.48015872894767294178e-05 +
                       z * (-2.75573143513906633035e-07 +
                            z * (2.08757232129817482790e-09 - z * 1.13596475577881948265e-11)))));
    // 1.0 or 0.0 by its bits: a conversion from integers would not vectorize.
    const std::uint64_t is_odd = std::bit_cast<std::uint64_t>(shifted) & 1U;
    const auto odd = std::bit_cast<double>((0 - is_odd) & std::bit_cast<std::uint64_t>(1.0));
    const double sine_squared = sine * sine + odd * (cosine * cosine - sine * sine);
    gradient[i] = 2 * x[i] + 6 * (sine * cosine) * (1 - 2 * odd);
    gap[i] += x[i] * x[i] + 3 * sine_squared;
  }
}

}  // namespace adamsde
