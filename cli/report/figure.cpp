#include "cli/report/figure.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace adamsde {

std::vector<std::string> SeriesOf(const Figure& figure) {
  std::vector<std::string> names;
  for (const Layer& layer : figure.layers) {
    const bool known = std::find(names.begin(), names.end(), layer.series) != names.end();
    if (!known && !layer.series.empty()) names.push_back(layer.series);
  }
  return names;
}

EllipsePoints PointsOf(const Layer& ellipse, Eigen::Index i, Eigen::Index j) {
  const Eigen::MatrixXd& m = ellipse.covariance;
  // Cholesky of the 2×2 block; a block that is not positive semidefinite collapses to a line.
  const double l11 = std::sqrt(std::max(m(i, i), 0.0));
  const double l21 = l11 > 0 ? m(i, j) / l11 : 0;
  const double l22 = std::sqrt(std::max(m(j, j) - l21 * l21, 0.0));
  EllipsePoints points;
  constexpr int kSides = 96;
  for (int k = 0; k <= kSides; ++k) {
    const double t = 2 * std::numbers::pi * k / kSides;
    points.x.push_back(ellipse.mean(i) + kEllipseRadius * l11 * std::cos(t));
    points.y.push_back(ellipse.mean(j) + kEllipseRadius * (l21 * std::cos(t) + l22 * std::sin(t)));
  }
  return points;
}

}  // namespace adamsde
