#include "analysis/convergence/fit.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace adamsde {

Slope FitLogLog(std::span<const double> x, std::span<const double> y,
                std::span<const double> relative_errors) {
  if (x.size() < 3 || x.size() != y.size() || x.size() != relative_errors.size()) {
    throw std::invalid_argument("a slope needs at least 3 points, each with its error");
  }
  double weight = 0;
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(x[i] > 0 && y[i] > 0 && relative_errors[i] > 0)) {
      throw std::invalid_argument("a slope of logarithms needs positive values and errors");
    }
    const double w = 1 / (relative_errors[i] * relative_errors[i]);
    weight += w;
    mean_x += w * std::log(x[i]);
    mean_y += w * std::log(y[i]);
  }
  mean_x /= weight;
  mean_y /= weight;
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double w = 1 / (relative_errors[i] * relative_errors[i]);
    const double dx = std::log(x[i]) - mean_x;
    xx += w * dx * dx;
    xy += w * dx * (std::log(y[i]) - mean_y);
  }
  Slope slope{.value = xy / xx, .standard_error = 1 / std::sqrt(xx)};
  double chi2 = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double residual =
        (std::log(y[i]) - mean_y - slope.value * (std::log(x[i]) - mean_x)) / relative_errors[i];
    chi2 += residual * residual;
  }
  slope.standard_error *= std::sqrt(std::max(1.0, chi2 / static_cast<double>(x.size() - 2)));
  return slope;
}

}  // namespace adamsde
