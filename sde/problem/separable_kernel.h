#pragma once

#include <cstddef>

namespace adamsde {

// The inner loops of the separable known losses: gradient[i] = φ'(x[i]), gap[i] += φ(x[i]). Plain
// exactly rounded operations, vectorized by the compiler: the same bits on any vector length.

/// φ(x) = s z²/(1+z²), z = x − c.
void AddSaturating(double s, double c, std::ptrdiff_t count, const double* x, double* gradient,
                   double* gap);

/// φ(x) = x² + 3 sin² x; absolute error of the sine below 3e-16 for |x| < 1e5.
void AddSineQuadratic(std::ptrdiff_t count, const double* x, double* gradient, double* gap);

}  // namespace adamsde
