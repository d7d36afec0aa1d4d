#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/report/columns.h"
#include "cli/report/ellipses.h"
#include "cli/report/figures.h"

namespace adamsde {
namespace {

constexpr Eigen::Index kMostCells = 60;

/// The law of the scheme that was run is another than the SDE's own, unless it was `exact`.
const char* LawFile(const Json& result) {
  const auto sample = result.find("sample");
  const bool exact = sample != result.end() && sample->value("scheme", "") == "exact";
  return exact ? "covariance.npy" : "covariance_euler_maruyama.npy";
}

std::optional<Figure> Ellipses(const Json& result, const ReportFiles& files) {
  const auto mean = files.Matrix("mean.npy");
  const auto law = files.Matrix(LawFile(result));
  const auto sample_mean = files.Matrix("sample_mean.npy");
  const auto sample = files.Matrix("sample_covariance.npy");
  if (!mean || !law || !sample_mean || !sample) return std::nullopt;
  auto figure =
      EllipseFigure({{.title = "law of the scheme run", .mean = mean->col(0), .covariance = *law},
                     {.title = "sample", .mean = sample_mean->col(0), .covariance = *sample}});
  if (!figure) return std::nullopt;
  figure->name = "sample-ellipses";
  figure->title = "Sample and law in two coordinates";
  figure->caption =
      "95 % ellipses of the sample's own mean and covariance, and of the exact law of the scheme "
      "that was run. Any two coordinates can be chosen; drawn first are those of the largest "
      "variances.";
  return figure;
}

/// How far a block of z is from independent normals: (Σz² − m)/√(2m) over its m different entries.
double Excess(const Eigen::MatrixXd& z, Eigen::Index i, Eigen::Index j, Eigen::Index size) {
  double sum = 0;
  double count = 0;
  for (Eigen::Index row = i; row < std::min(i + size, z.rows()); ++row) {
    // z is symmetric: on the diagonal a block has every entry above it twice.
    const Eigen::Index end = std::min(j + size, z.cols());
    for (Eigen::Index column = j; column < (i == j ? row + 1 : end); ++column) {
      sum += z(row, column) * z(row, column);
      ++count;
    }
  }
  return (sum - count) / std::sqrt(2 * count);
}

/// Where entries are too many to see, a cell is a block of them.
std::optional<Figure> HeatMap(const ReportFiles& files) {
  const auto z = files.Matrix("sample_z.npy");
  if (!z || z->rows() == 0 || z->rows() != z->cols()) return std::nullopt;
  const Eigen::Index block = (z->rows() + kMostCells - 1) / kMostCells;
  Figure figure{
      .name = "z",
      .title = "Errors of the sampled covariance, entry by entry",
      .caption = fmt::format(
          "z = (sample − law)/standard error of each entry in the law's working coordinates, with "
          "the standard error that the law itself implies: normal if the sample has this law. "
          "Largest |z| of {} entries: {:.3g}.",
          z->rows() * (z->rows() + 1) / 2, z->cwiseAbs().maxCoeff()),
      .x = {.title = "working coordinate", .scale = ScaleKind::kCategory},
      .y = {.title = "working coordinate", .scale = ScaleKind::kCategory},
      .value_title = "z",
      .limit = 4};
  if (block > 1) {
    figure.title = "Errors of the sampled covariance, block by block";
    figure.caption += fmt::format(
        " Each cell gathers {0}×{0} entries: (Σz² − m)/√(2m) over its m different ones, about "
        "0 ± 1 if the sample has this law.",
        block);
    figure.value_title = "excess of Σz²";
  }
  Layer cells{.mark = Mark::kCell};
  for (Eigen::Index i = 0; i < z->rows(); i += block) {
    const Eigen::Index row = i / block;
    figure.x.categories.push_back(fmt::format("{}", i + 1));
    for (Eigen::Index j = 0; j < z->cols(); j += block) {
      const Eigen::Index column = j / block;
      cells.x.push_back(static_cast<double>(column));
      cells.y.push_back(static_cast<double>(row));
      cells.value.push_back(block > 1 ? Excess(*z, i, j, block) : (*z)(i, j));
    }
  }
  figure.y.categories = figure.x.categories;
  figure.layers.push_back(std::move(cells));
  return figure;
}

std::optional<Figure> Axes(const ReportFiles& files) {
  const auto table = Columns::Read(files, "sample_axes.csv");
  if (!table) return std::nullopt;
  Figure figure{.name = "axes",
                .title = "Variance along the law's principal axes",
                .caption =
                    "Sampled variance along each eigenvector of the law's covariance against "
                    "its eigenvalue; bars are two standard errors over replicates. On the "
                    "line they agree.",
                .x = {.title = "eigenvalue of the law (parameter²)", .scale = ScaleKind::kLog},
                .y = {.title = "variance of the sample (parameter²)", .scale = ScaleKind::kLog}};
  const std::vector<double> law = table->Numbers("law");
  const std::vector<double> sample = table->Numbers("sample");
  const std::vector<double> error = table->Numbers("stderr");
  Layer bars{.mark = Mark::kErrorBar, .series = "sample", .x = law};
  for (std::size_t k = 0; k < law.size(); ++k) {
    bars.low.push_back(sample[k] - 2 * error[k]);
    bars.high.push_back(sample[k] + 2 * error[k]);
  }
  figure.layers = {{.mark = Mark::kPoint, .series = "sample", .x = law, .y = sample},
                   std::move(bars),
                   {.mark = Mark::kLine, .series = "agreement", .x = law, .y = law}};
  return figure;
}

std::optional<Figure> Quantiles(const ReportFiles& files) {
  const auto table = Columns::Read(files, "sample_quantiles.csv");
  if (!table) return std::nullopt;
  const std::vector<double> normal = table->Numbers("normal");
  return Figure{
      .name = "quantiles",
      .title = "Quantiles of whitened states",
      .caption =
          "States of further chains of the same scheme, whitened by the law's covariance, "
          "all coordinates together, against the standard normal; 95 % of each quantile of "
          "independent normals lies between the two lines.",
      .x = {.title = "normal quantile"},
      .y = {.title = "quantile of the sample"},
      .layers = {
          {.mark = Mark::kPoint, .series = "sample", .x = normal, .y = table->Numbers("sample")},
          {.mark = Mark::kLine, .series = "95 % band", .x = normal, .y = table->Numbers("low")},
          {.mark = Mark::kLine, .series = "95 % band", .x = normal, .y = table->Numbers("high")}}};
}

std::optional<Figure> Autocorrelation(const ReportFiles& files) {
  const auto table = Columns::Read(files, "sample_autocorrelation.csv");
  if (!table) return std::nullopt;
  Figure figure{.name = "autocorrelation",
                .title = "Autocorrelation, sampled and exact",
                .caption =
                    "Of the working coordinates that forget slowest, at middling speed and "
                    "fastest. Points: sampled over further chains of the same scheme (bars: two "
                    "standard errors over chains). Lines: the exact autocovariance F^k M.",
                .x = {.title = "lag (steps)"},
                .y = {.title = "autocorrelation"}};
  for (const char* const direction : {"slowest", "middle", "fastest"}) {
    Layer theory{.mark = Mark::kLine, .series = direction};
    Layer sample{.mark = Mark::kPoint, .series = direction};
    Layer bars{.mark = Mark::kErrorBar, .series = sample.series};
    const std::vector<double> lags = table->Numbers("lag");
    const std::vector<double> exact = table->Numbers("theory");
    const std::vector<double> mean = table->Numbers("sample");
    const std::vector<double> error = table->Numbers("stderr");
    for (std::size_t k = 0; k < table->Rows(); ++k) {
      if (table->Words("direction")[k] != direction) continue;
      theory.x.push_back(lags[k]);
      theory.y.push_back(exact[k]);
      sample.x.push_back(lags[k]);
      sample.y.push_back(mean[k]);
      bars.x.push_back(lags[k]);
      bars.low.push_back(mean[k] - 2 * error[k]);
      bars.high.push_back(mean[k] + 2 * error[k]);
    }
    if (theory.x.empty()) continue;
    for (Layer* const layer : {&theory, &sample, &bars}) figure.layers.push_back(std::move(*layer));
  }
  return figure;
}

}  // namespace

std::vector<Figure> SampleFigures(const Json& result, const ReportFiles& files) {
  std::vector<Figure> figures;
  for (auto& figure : {Ellipses(result, files), HeatMap(files), Axes(files), Quantiles(files),
                       Autocorrelation(files)}) {
    if (figure) figures.push_back(*figure);
  }
  return figures;
}

}  // namespace adamsde
