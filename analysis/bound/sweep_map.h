#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "analysis/bound/sweep.h"

namespace adamsde {

/// A model and the fixed part of its bounds, for one value of a second parameter.
struct MappedModel {
  std::shared_ptr<const DecayModel> model;
  DecayObjective objective;
};

struct MapOptions {
  double map_min = 0;  ///< of the second parameter, > 0
  double map_max = 0;
  int map_points = 21;         ///< spaced evenly in the logarithm
  bool whole_numbers = false;  ///< the parameter is an integer (batch-size)
  double lambda_min = 0;
  double lambda_max = 10;
  int points = 121;  ///< of λ
  double gap = 1e-9;
  /// Receives each finished column of the table.
  std::function<void(double parameter, std::span<const SweepPoint>)> on_points{};
};

/// λ*(parameter) for err and for Φ in the convention chosen.
struct MapPoint {
  double parameter = 0;
  CertifiedMinimum err;
  CertifiedMinimum phi;
};

/// Where the minimizer of err leaves lambda_min: on one side it is there, on the other beyond. Both
/// are adjacent to 1e-9 relative, or consecutive whole numbers.
struct MapBoundary {
  double at_zero = 0;  ///< the last value of the parameter with λ* = lambda_min
  double interior = 0;
  double lambda = 0;  ///< λ* on the interior side: near lambda_min, or a jump
};

struct SweepMap {
  std::vector<MapPoint> points;
  std::vector<MapBoundary> boundaries;
};

/// The table over λ × parameter. Between neighbours that differ in whether λ* > lambda_min, the
/// boundary is found by bisection on the certified minimum and, since a negative slope there proves
/// it too and does not round, on the slope at lambda_min. A pair of boundaries between two points
/// of the grid is not seen.
/// @throws std::invalid_argument  a range that is empty or not positive, fewer than 2 points.
[[nodiscard]] SweepMap MapMinima(const std::function<MappedModel(double parameter)>& model_at,
                                 const MapOptions& options);

}  // namespace adamsde
