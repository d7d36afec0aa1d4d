#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cli/report/ellipses.h"
#include "cli/report/figures.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

constexpr Eigen::Index kMostCoordinates = 60;

struct NamedLaw {
  const char* file;
  const char* title;
};

constexpr NamedLaw kLaws[] = {{"covariance.npy", "SDE's own law"},
                              {"covariance_euler_maruyama.npy", "Euler–Maruyama"},
                              {"covariance_momentum.npy", "optimizer with momentum"},
                              {"covariance_paper.npy", "as the paper prints it"}};

Figure EigenvalueFigure(const std::vector<CovarianceOf>& laws) {
  Figure figure{.name = "eigenvalues",
                .title = "Eigenvalues of the stationary covariances",
                .caption = "Largest first, of each law's covariance in the original coordinates.",
                .x = {.title = "rank of the eigenvalue", .whole = true},
                .y = {.title = "eigenvalue (parameter²)", .scale = ScaleKind::kLog}};
  for (const CovarianceOf& law : laws) {
    Layer layer{.mark = Mark::kPoint, .series = law.title};
    const Eigen::VectorXd values = SymmetricEigenvalues(law.covariance);
    for (Eigen::Index k = 0; k < values.size(); ++k) {
      layer.x.push_back(static_cast<double>(k + 1));
      layer.y.push_back(values(values.size() - 1 - k));
    }
    figure.layers.push_back(std::move(layer));
  }
  return figure;
}

}  // namespace

std::optional<Figure> EllipseFigure(const std::vector<CovarianceOf>& laws) {
  if (laws.empty() || laws.front().covariance.rows() < 2) return std::nullopt;
  const Eigen::VectorXd variances = laws.front().covariance.diagonal();
  std::vector<Eigen::Index> order(static_cast<std::size_t>(variances.size()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return variances(a) > variances(b); });
  const bool all = variances.size() <= kMostCoordinates;
  std::vector<Eigen::Index> shown(
      order.begin(), order.begin() + std::min<Eigen::Index>(variances.size(), kMostCoordinates));
  std::sort(shown.begin(), shown.end());
  const auto place = [&](Eigen::Index coordinate) {
    return std::find(shown.begin(), shown.end(), coordinate) - shown.begin();
  };
  Figure figure{.name = "ellipses",
                .title = "Laws in two coordinates",
                .caption =
                    "95 % ellipses of the stationary laws in two coordinates of the "
                    "parameters",
                .x = {.title = "first coordinate (parameter)"},
                .y = {.title = "second coordinate (parameter)"},
                .first = place(order[0]),
                .second = place(order[1])};
  figure.caption += fmt::format(
      "; drawn first: x{} and x{}, of the largest variances{}.", order[0] + 1, order[1] + 1,
      all ? "" : fmt::format(" (the {} largest can be chosen)", kMostCoordinates));
  for (const Eigen::Index k : shown) figure.coordinates.push_back(fmt::format("x{}", k + 1));
  for (const CovarianceOf& law : laws) {
    figure.layers.push_back({.mark = Mark::kEllipse,
                             .series = law.title,
                             .mean = law.mean(shown),
                             .covariance = law.covariance(shown, shown)});
  }
  return figure;
}

double NumberOf(const Json& object, const std::string& key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number()) return std::numeric_limits<double>::quiet_NaN();
  return it->get<double>();
}

std::vector<CovarianceOf> LawsOf(const ReportFiles& files) {
  const auto mean = files.Matrix("mean.npy");
  if (!mean) return {};
  std::vector<CovarianceOf> laws;
  for (const NamedLaw& law : kLaws) {
    const auto covariance = files.Matrix(law.file);
    if (!covariance || covariance->rows() != mean->rows() || covariance->cols() != mean->rows()) {
      continue;
    }
    // The printed matrix of ℓ2-Adam is not symmetric: an ellipse shows its symmetric part.
    laws.push_back({.title = law.title,
                    .mean = mean->col(0),
                    .covariance = 0.5 * (*covariance + covariance->transpose())});
  }
  return laws;
}

std::vector<Figure> LawFigures(const Json& /*result*/, const ReportFiles& files) {
  const std::vector<CovarianceOf> laws = LawsOf(files);
  std::vector<Figure> figures;
  if (const auto ellipses = EllipseFigure(laws)) figures.push_back(*ellipses);
  if (!laws.empty()) figures.push_back(EigenvalueFigure(laws));
  return figures;
}

}  // namespace adamsde
