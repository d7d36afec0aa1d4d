#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "cli/report/columns.h"
#include "cli/report/figures.h"
#include "cli/report/log_density.h"
#include "cli/report/network_page.h"

namespace adamsde {
namespace {

/// A column of numbers of which some are not finite ("nan": no rows, a diverged run).
std::vector<double> NumbersOrNan(const Columns& table, const std::string& column) {
  std::vector<double> numbers;
  for (const std::string& word : table.Words(column)) {
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    numbers.push_back(end != word.c_str() && *end == 0 ? value : std::nan(""));
  }
  return numbers;
}

Layer CurveOf(const Columns& table, const std::string& column, const std::string& series) {
  Layer layer{.mark = Mark::kLine, .series = series};
  const std::vector<double> epoch = NumbersOrNan(table, "epoch");
  const std::vector<double> value = NumbersOrNan(table, column);
  for (std::size_t k = 0; k < value.size(); ++k) {
    if (!std::isfinite(value[k])) continue;
    layer.x.push_back(epoch[k]);
    layer.y.push_back(value[k]);
  }
  return layer;
}

/// Names in order of appearance.
std::vector<std::string> Distinct(const Json& rows, const char* key) {
  std::vector<std::string> names;
  for (const Json& row : rows) {
    const std::string name = row.value(key, "");
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

/// One quantity of a row's curves by epoch: mean over the seeds, and ± one standard error.
void AddCurves(const Json& row, const char* quantity, Figure& figure) {
  std::map<double, std::vector<double>> at;
  for (const Json& member : row.at("members")) {
    for (const Json& record : member.at("curves")) {
      const double value = NumberOf(record, quantity);
      if (std::isfinite(value)) at[NumberOf(record, "epoch")].push_back(value);
    }
  }
  Layer line{.mark = Mark::kLine, .series = row.value("optimizer", "")};
  Layer bars{.mark = Mark::kErrorBar, .series = line.series};
  for (const auto& [epoch, values] : at) {
    const auto count = static_cast<double>(values.size());
    double mean = 0;
    for (const double value : values) mean += value / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    line.x.push_back(epoch);
    line.y.push_back(mean);
    if (values.size() < 2) continue;
    const double error = std::sqrt(squares / (count - 1) / count);
    bars.x.push_back(epoch);
    bars.low.push_back(mean - error);
    bars.high.push_back(mean + error);
  }
  if (line.x.empty()) return;
  figure.layers.push_back(std::move(line));
  if (!bars.x.empty()) figure.layers.push_back(std::move(bars));
}

Figure CurveFigure(const Json& rows, const std::string& model, const char* quantity, Axis y,
                   const std::string& name, const std::string& title) {
  Figure figure{.name = fmt::format("{}-{}", name, model),
                .title = fmt::format("{}: {}", model, title),
                .caption =
                    "By epoch, as in the paper's Fig. 2: mean over seeds at the chosen λ, "
                    "bars of one standard error.",
                .x = {.title = "epoch"},
                .y = std::move(y)};
  for (const Json& row : rows) {
    if (row.value("model", "") == model) AddCurves(row, quantity, figure);
  }
  return figure;
}

Figure ErrFigure(const Json& rows, const std::string& model) {
  Figure figure{.name = "err-" + model,
                .title = model + ": bound against test accuracy",
                .caption =
                    "err per parameter by Corollary 3, and test accuracy, by optimizer: means over "
                    "seeds, bars of one standard error of the accuracy. The paper's claim is that "
                    "what lies left lies high.",
                .x = {.title = "err per parameter (Corollary 3)"},
                .y = {.title = "test accuracy"}};
  for (const Json& row : rows) {
    if (row.value("model", "") != model) continue;
    const double err = NumberOf(row.at("err_per_parameter").at("corollary3"), "value");
    const double accuracy = NumberOf(row.at("test_accuracy"), "value");
    const double error = NumberOf(row.at("test_accuracy"), "stderr");
    if (!std::isfinite(err) || !std::isfinite(accuracy)) continue;
    const std::string series = row.value("optimizer", "");
    figure.layers.push_back({.mark = Mark::kPoint, .series = series, .x = {err}, .y = {accuracy}});
    if (!std::isfinite(error)) continue;
    figure.layers.push_back({.mark = Mark::kErrorBar,
                             .series = series,
                             .x = {err},
                             .low = {accuracy - error},
                             .high = {accuracy + error}});
  }
  return figure;
}

/// Nodes of one model, by optimizer: all seeds and runs with equal shares.
struct ModelSpectra {
  std::map<std::string, LogSpectrum> by_optimizer{};
  std::map<std::string, double> total{};
  double at_zero = 0;
  double largest = 0;
};

ModelSpectra SpectraOf(const Columns& table, const std::string& model) {
  ModelSpectra spectra;
  const auto& models = table.Words("model");
  const auto& optimizers = table.Words("optimizer");
  const std::vector<double> values = table.Numbers("eig");
  const std::vector<double> weights = table.Numbers("weight");
  double all = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (models[k] != model) continue;
    spectra.largest = std::max(spectra.largest, std::abs(values[k]));
    spectra.total[optimizers[k]] += weights[k];
    all += weights[k];
  }
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (models[k] != model) continue;
    if (std::abs(values[k]) < 1e-10 * spectra.largest) {
      spectra.at_zero += weights[k] / all;
    } else {
      spectra.by_optimizer[optimizers[k]].Add(std::abs(values[k]),
                                              weights[k] / spectra.total[optimizers[k]]);
    }
  }
  return spectra;
}

Figure DensityFigure(const ModelSpectra& spectra, const std::string& model) {
  Figure figure{
      .name = "density-" + model,
      .title = model + ": spectral density",
      .caption = fmt::format(
          "Share of directions per decade of |σ|, on a logarithmic axis as in the paper's Fig. 1: "
          "Lanczos nodes of all seeds and probes, smoothed over {} decades. Nodes within rounding "
          "of zero hold {:.3g} of all. Where nodes are few, peaks show their places, not gaps.",
          kDensitySmoothing, spectra.at_zero),
      .x = {.title = "|σ| (loss per parameter²)", .scale = ScaleKind::kLog},
      .y = {.title = "share of directions per decade"}};
  double low = std::log10(spectra.largest);
  for (const auto& [optimizer, spectrum] : spectra.by_optimizer) {
    for (const double t : spectrum.position) low = std::min(low, t);
  }
  for (const auto& [optimizer, spectrum] : spectra.by_optimizer) {
    figure.layers.push_back(
        DensityLayer(spectrum, low - 0.5, std::log10(spectra.largest) + 0.5, optimizer));
  }
  figure.layers.push_back({.mark = Mark::kRule, .series = "|σ| = 1", .x = {1}});
  return figure;
}

}  // namespace

std::vector<Figure> TrainingFigures(const Json& /*result*/, const ReportFiles& files) {
  const auto curves = Columns::Read(files, "curves.csv");
  if (!curves) return {};
  std::vector<Figure> figures;
  const auto add = [&](const std::string& quantity, const std::string& title, ScaleKind scale) {
    Figure figure{.name = quantity,
                  .title = title,
                  .caption =
                      "By epoch: training rows as they were learned from, validation and "
                      "test rows at the end of the epoch.",
                  .x = {.title = "epoch"},
                  .y = {.title = title, .scale = scale}};
    for (const char* const part : {"train", "validation", "test"}) {
      Layer layer = CurveOf(*curves, fmt::format("{}_{}", part, quantity), part);
      if (!layer.x.empty()) figure.layers.push_back(std::move(layer));
    }
    if (!figure.layers.empty()) figures.push_back(std::move(figure));
  };
  add("loss", "Loss", ScaleKind::kLog);
  add("accuracy", "Accuracy", ScaleKind::kLinear);
  return figures;
}

std::vector<Figure> Table1Figures(const Json& result, const ReportFiles& files) {
  const Json& rows = result.at("rows");
  std::vector<Figure> figures;
  const auto spectra = Columns::Read(files, "spectra.csv");
  for (const std::string& model : Distinct(rows, "model")) {
    figures.push_back(ErrFigure(rows, model));
    if (spectra) {
      const ModelSpectra of_model = SpectraOf(*spectra, model);
      if (of_model.largest > 0) figures.push_back(DensityFigure(of_model, model));
    }
    figures.push_back(CurveFigure(rows, model, "train_loss",
                                  {.title = "training loss", .scale = ScaleKind::kLog}, "training",
                                  "training loss"));
    figures.push_back(CurveFigure(rows, model, "test_accuracy", {.title = "test accuracy"}, "test",
                                  "test accuracy"));
  }
  std::erase_if(figures, [](const Figure& figure) { return figure.layers.empty(); });
  return figures;
}

}  // namespace adamsde
