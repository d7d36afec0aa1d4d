#pragma once

#include <functional>

namespace adamsde {

/// A root of f in [low, high] to rounding, by Brent's method (GSL).
/// @throws std::domain_error  f has the same sign at both ends.
[[nodiscard]] double FindRoot(const std::function<double(double)>& f, double low, double high);

/// A point and its value.
struct Minimum {
  double at = 0;
  double value = 0;
};

/// A local minimum of f inside the bracket low < middle < high with f(middle) below both ends, by
/// Brent's method (GSL), to a relative 1e-10 of the position.
[[nodiscard]] Minimum FindMinimum(const std::function<double(double)>& f, double low, double middle,
                                  double high);

}  // namespace adamsde
