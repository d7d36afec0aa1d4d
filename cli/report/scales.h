#pragma once

#include <limits>
#include <vector>

#include "cli/report/figure.h"
#include "cli/report/ticks.h"

namespace adamsde {

/// From values to pixels.
struct Scale {
  ScaleKind kind;
  double low, high;    ///< of the values, or of their logarithms
  double start, stop;  ///< pixels

  [[nodiscard]] double operator()(double value) const;
  [[nodiscard]] bool Shows(double value) const;
};

/// What the marks of one axis span: of the values that the axis can show, or of their logarithms.
class Extent {
 public:
  explicit Extent(ScaleKind kind) : kind_(kind) {}
  void Add(double value);
  void Add(const std::vector<double>& values);
  /// With a little room at both ends.
  [[nodiscard]] Scale ToScale(const Axis& axis, double start, double stop) const;

 private:
  ScaleKind kind_;
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

struct Extents {
  Extent x;
  Extent y;
};

/// Of all marks; bars reach down to 0 where their axis is linear.
[[nodiscard]] Extents ExtentsOf(const Figure& figure);

/// About `count` of them; of a category axis at most `count` names, evenly.
[[nodiscard]] std::vector<Tick> TicksOf(const Axis& axis, const Scale& scale, int count);

}  // namespace adamsde
