#include "analysis/bound/sweep_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

void Validate(const MapOptions& options) {
  if (!(options.map_min > 0 && options.map_max > options.map_min &&
        std::isfinite(options.map_max))) {
    throw std::invalid_argument(
        fmt::format("map range [{}, {}] is not allowed (0 < map-min < map-max)", options.map_min,
                    options.map_max));
  }
  if (options.map_points < 2) {
    throw std::invalid_argument(
        fmt::format("map-points = {} is not allowed (must be >= 2)", options.map_points));
  }
}

std::vector<double> ParameterGrid(const MapOptions& options) {
  std::vector<double> grid;
  const double ratio = std::log(options.map_max / options.map_min);
  for (int k = 0; k < options.map_points; ++k) {
    double value = options.map_min * std::exp(ratio * k / (options.map_points - 1));
    if (k + 1 == options.map_points) value = options.map_max;
    if (options.whole_numbers) value = std::max(std::round(value), 1.0);
    if (grid.empty() || value > grid.back()) grid.push_back(value);
  }
  return grid;
}

class Mapper {
 public:
  Mapper(const std::function<MappedModel(double)>& model_at, const MapOptions& options)
      : model_at_(model_at),
        options_(options),
        range_{.lambda_min = options.lambda_min,
               .lambda_max = options.lambda_max,
               .gap = options.gap} {}

  [[nodiscard]] MapPoint Column(double parameter) const {
    const MappedModel mapped = model_at_(parameter);
    std::vector<SweepPoint> rows;
    const std::vector<double> grid =
        LambdaGrid(options_.lambda_min, options_.lambda_max, options_.points);
    for (const DecayNode& node : mapped.model->Evaluate(grid, false)) {
      rows.push_back(MakeSweepPoint(*mapped.model, mapped.objective, node));
    }
    if (options_.on_points) options_.on_points(parameter, rows);
    const auto minimize = [&](DecayTarget target) {
      return MinimizeOverDecay(*mapped.model, mapped.objective, target, range_);
    };
    return {.parameter = parameter,
            .err = minimize(DecayTarget::kErr),
            .phi = minimize(DecayTarget::kPhi)};
  }

  /// λ* of err where it is beyond lambda_min for sure, else nothing.
  [[nodiscard]] std::optional<double> Interior(double parameter) const {
    const MappedModel mapped = model_at_(parameter);
    const CertifiedMinimum minimum =
        MinimizeOverDecay(*mapped.model, mapped.objective, DecayTarget::kErr, range_);
    const DecayNode start =
        mapped.model->Evaluate(std::span(&options_.lambda_min, 1), true).front();
    const double value = mapped.objective.Value(*mapped.model, start, DecayTarget::kErr);
    const bool falls = mapped.objective.Slope(*mapped.model, start, DecayTarget::kErr) < 0;
    const bool lower = minimum.value < value - options_.gap * std::abs(value);
    if (!falls && !lower) return std::nullopt;
    return minimum.lambda;
  }

  [[nodiscard]] MapBoundary Boundary(double at_zero, double interior) const {
    MapBoundary boundary{.at_zero = at_zero, .interior = interior};
    while (!Adjacent(boundary)) {
      double middle = std::sqrt(boundary.at_zero * boundary.interior);
      if (options_.whole_numbers) {
        middle = std::floor(0.5 * (boundary.at_zero + boundary.interior));
      }
      (Interior(middle) ? boundary.interior : boundary.at_zero) = middle;
    }
    boundary.lambda = Interior(boundary.interior).value_or(options_.lambda_min);
    return boundary;
  }

 private:
  [[nodiscard]] bool Adjacent(const MapBoundary& b) const {
    if (options_.whole_numbers) return std::abs(b.at_zero - b.interior) <= 1;
    return std::abs(b.at_zero - b.interior) <= 1e-9 * b.interior;
  }

  const std::function<MappedModel(double)>& model_at_;
  const MapOptions& options_;
  CertificateOptions range_;
};

}  // namespace

SweepMap MapMinima(const std::function<MappedModel(double parameter)>& model_at,
                   const MapOptions& options) {
  Validate(options);
  const Mapper mapper(model_at, options);
  SweepMap map;
  std::vector<bool> interior;
  for (const double parameter : ParameterGrid(options)) {
    map.points.push_back(mapper.Column(parameter));
    interior.push_back(mapper.Interior(parameter).has_value());
  }
  for (std::size_t k = 1; k < interior.size(); ++k) {
    if (interior[k] == interior[k - 1]) continue;
    const double left = map.points[k - 1].parameter;
    const double right = map.points[k].parameter;
    map.boundaries.push_back(interior[k] ? mapper.Boundary(left, right)
                                         : mapper.Boundary(right, left));
  }
  return map;
}

}  // namespace adamsde
