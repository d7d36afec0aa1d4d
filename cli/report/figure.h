#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

namespace adamsde {

enum class ScaleKind {
  kLinear,
  kLog,       ///< values ≤ 0 are in the table, not in the picture
  kCategory,  ///< positions 0, 1, … of `categories`
};

struct Axis {
  std::string title{};  ///< with its unit
  ScaleKind scale = ScaleKind::kLinear;
  std::vector<std::string> categories{};
  bool whole = false;  ///< ranks and their like: nothing lies between two numbers
};

enum class Mark {
  kLine,
  kPoint,
  kErrorBar,  ///< from low to high at x
  kBar,       ///< from 0 to y, or from the axis where y is logarithmic
  kCell,      ///< at categories x, y; its colour is `value`
  kRule,      ///< a vertical line at x, named by `series`
  kEllipse,   ///< of `mean` and `covariance` in the figure's two coordinates
};

/// One kind of mark with its data. Layers of one series share colour, dash and symbol.
struct Layer {
  Mark mark = Mark::kLine;
  std::string series{};
  std::vector<double> x{};
  std::vector<double> y{};
  std::vector<double> low{};
  std::vector<double> high{};
  std::vector<double> value{};
  Eigen::VectorXd mean{};
  Eigen::MatrixXd covariance{};
};

/// What a figure shows, from which both its Vega-Lite specification and its SVG are written.
struct Figure {
  std::string name{};  ///< "err", what --figure and anchors call it
  std::string title{};
  std::string caption{};  ///< what is compared with what
  Axis x{};
  Axis y{};
  std::vector<Layer> layers{};
  std::string value_title{};  ///< of the colours of cells
  /// Colours of cells diverge from 0 to ±limit; without it they go from the least to the most.
  std::optional<double> limit{};
  /// Ellipses: the coordinates shown first, and what they are called.
  Eigen::Index first = 0;
  Eigen::Index second = 0;
  std::vector<std::string> coordinates{};
};

/// Names of the series in order of appearance.
[[nodiscard]] std::vector<std::string> SeriesOf(const Figure& figure);

/// 97 points around {x : (x−μ)ᵀM⁻¹(x−μ) = r²} in coordinates i, j, r² the χ²₂ quantile of 0.95.
struct EllipsePoints {
  std::vector<double> x{};
  std::vector<double> y{};
};
[[nodiscard]] EllipsePoints PointsOf(const Layer& ellipse, Eigen::Index i, Eigen::Index j);

/// r above: √χ²₂(0.95) = √(−2 ln 0.05).
inline constexpr double kEllipseRadius = 2.4477468306808166;

}  // namespace adamsde
