#include "cli/report/scales.h"

#include <algorithm>
#include <cmath>

namespace adamsde {

double Scale::operator()(double value) const {
  const double v = kind == ScaleKind::kLog ? std::log10(value) : value;
  return start + (v - low) / (high - low) * (stop - start);
}

bool Scale::Shows(double value) const {
  return std::isfinite(value) && (kind != ScaleKind::kLog || value > 0);
}

void Extent::Add(double value) {
  if (!std::isfinite(value) || (kind_ == ScaleKind::kLog && value <= 0)) return;
  const double v = kind_ == ScaleKind::kLog ? std::log10(value) : value;
  low_ = std::min(low_, v);
  high_ = std::max(high_, v);
}

void Extent::Add(const std::vector<double>& values) {
  for (const double value : values) Add(value);
}

Scale Extent::ToScale(const Axis& axis, double start, double stop) const {
  if (kind_ == ScaleKind::kCategory) {
    return {kind_, -0.5,
            static_cast<double>(std::max<std::size_t>(axis.categories.size(), 1)) - 0.5, start,
            stop};
  }
  if (low_ > high_) return {kind_, 0, 1, start, stop};
  const double size = std::max(std::abs(low_), std::abs(high_));
  const double pad = std::max(0.04 * (high_ - low_), 1e-9 * (size > 0 ? size : 1));
  return {kind_, low_ - pad, high_ + pad, start, stop};
}

Extents ExtentsOf(const Figure& figure) {
  Extents extents{Extent(figure.x.scale), Extent(figure.y.scale)};
  for (const Layer& layer : figure.layers) {
    extents.x.Add(layer.x);
    for (const auto* values : {&layer.y, &layer.low, &layer.high}) extents.y.Add(*values);
    if (layer.mark == Mark::kBar && figure.y.scale == ScaleKind::kLinear) extents.y.Add(0.0);
    if (layer.mark != Mark::kEllipse) continue;
    const EllipsePoints points = PointsOf(layer, figure.first, figure.second);
    extents.x.Add(points.x);
    extents.y.Add(points.y);
  }
  return extents;
}

std::vector<Tick> TicksOf(const Axis& axis, const Scale& scale, int count) {
  switch (axis.scale) {
    case ScaleKind::kLog:
      return LogTicks(std::pow(10.0, scale.low), std::pow(10.0, scale.high), count);
    case ScaleKind::kLinear:
      return LinearTicks(scale.low, scale.high, count);
    case ScaleKind::kCategory:
      break;
  }
  std::vector<Tick> ticks;
  const auto shown = static_cast<std::size_t>(std::max(count, 1));
  const std::size_t stride = std::max<std::size_t>(1, (axis.categories.size() + shown - 1) / shown);
  for (std::size_t k = 0; k < axis.categories.size(); k += stride) {
    ticks.push_back({static_cast<double>(k), axis.categories[k]});
  }
  return ticks;
}

}  // namespace adamsde
