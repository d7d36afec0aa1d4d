#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/report/columns.h"
#include "cli/report/figures.h"

namespace adamsde {
namespace {

constexpr std::size_t kMostRuns = 6;

/// The bound that a run's running average is held against, NaN where none is stated.
double BoundOf(const Json& result, const std::string& run) {
  for (const Json& inequality : result.value("inequalities", Json::array())) {
    if (inequality.value("name", "") == "gradient" && inequality.value("parameters", "") == run) {
      return NumberOf(inequality, "right_proof");
    }
  }
  return std::nan("");
}

std::vector<std::string> RunsOf(const Columns& table) {
  std::vector<std::string> runs;
  for (const std::string& run : table.Words("run")) {
    if (std::find(runs.begin(), runs.end(), run) == runs.end()) runs.push_back(run);
  }
  return runs;
}

Figure TrajectoryFigure(const Json& result, const Columns& table) {
  const bool distance = NumberOf(result.at("options"), "theorem") == 1;
  const std::string column = distance ? "distance" : "running_average";
  Figure figure{
      .name = "trajectory",
      .title = distance ? "Distance from the minimizer along the runs"
                        : "Running average of ‖∇F_k‖² along the runs",
      .caption = "Mean over independent runs",
      .x = {.title = "iteration k", .scale = ScaleKind::kLog},
      .y = {.title = distance ? "E|x_k − x*|" : "(1/k) Σ E‖∇F_k(x_k)‖²", .scale = ScaleKind::kLog}};
  std::vector<std::string> runs = RunsOf(table);
  // Of a theorem measured at many horizons the longest say most.
  if (runs.size() > kMostRuns) runs.erase(runs.begin(), runs.end() - kMostRuns);
  const std::vector<double> iterations = table.Numbers("iteration");
  const std::vector<double> values = table.Numbers(column);
  bool bounded = false;
  for (const std::string& run : runs) {
    Layer layer{.mark = Mark::kLine, .series = run};
    for (std::size_t k = 0; k < table.Rows(); ++k) {
      if (table.Words("run")[k] != run) continue;
      layer.x.push_back(iterations[k] + 1);
      layer.y.push_back(values[k]);
    }
    const double bound = BoundOf(result, run);
    const Layer line{.mark = Mark::kLine,
                     .series = run + ", bound",
                     .x = {layer.x.front(), layer.x.back()},
                     .y = {bound, bound}};
    figure.layers.push_back(std::move(layer));
    if (std::isfinite(bound)) figure.layers.push_back(line);
    bounded = bounded || std::isfinite(bound);
  }
  figure.caption +=
      bounded ? "; level lines: the bound ε² that the theorem gives at the last iteration."
              : ", as the paper's Fig. 2 shows them.";
  return figure;
}

/// Theorem 1: the measured distance at each horizon beside what the theorem allows, per schedule.
Figure HorizonFigure(const Json& inequalities) {
  Figure figure{.name = "horizons",
                .title = "Theorem 1: distance at the horizon, measured and allowed",
                .caption =
                    "Points: E|x_k − x*| after k iterations of the schedule for horizon k (bars: "
                    "two standard errors). Lines: the right side that the proof gives; the "
                    "theorem holds where the points lie below their line.",
                .x = {.title = "horizon k (iterations)", .scale = ScaleKind::kLog},
                .y = {.title = "E|x_k − x*|", .scale = ScaleKind::kLog}};
  std::vector<std::string> schedules;
  for (const Json& row : inequalities) {
    const std::string name = row.value("parameters", "");
    if (std::find(schedules.begin(), schedules.end(), name) == schedules.end()) {
      schedules.push_back(name);
    }
  }
  for (const std::string& schedule : schedules) {
    Layer left{.mark = Mark::kPoint, .series = schedule};
    Layer bars{.mark = Mark::kErrorBar, .series = schedule};
    Layer right{.mark = Mark::kLine, .series = schedule};
    for (const Json& row : inequalities) {
      if (row.value("parameters", "") != schedule) continue;
      const std::string name = row.value("name", "");
      const double horizon = std::strtod(name.substr(name.find_last_of('-') + 1).c_str(), nullptr);
      const double value = NumberOf(row, "left");
      const double error = NumberOf(row, "left_stderr");
      left.x.push_back(horizon);
      left.y.push_back(value);
      bars.x.push_back(horizon);
      bars.low.push_back(value - 2 * error);
      bars.high.push_back(value + 2 * error);
      right.x.push_back(horizon);
      right.y.push_back(NumberOf(row, "right_proof"));
    }
    for (Layer* const layer : {&left, &bars, &right}) figure.layers.push_back(std::move(*layer));
  }
  return figure;
}

Figure InequalityFigure(const Json& inequalities) {
  Figure figure{.name = "inequalities",
                .title = "Both sides of each inequality",
                .caption =
                    "Measured left sides (standard errors are in the table) against the "
                    "right sides as printed and as the proof has them: an inequality holds "
                    "where its left side lies left.",
                .x = {.title = "value of the side", .scale = ScaleKind::kLog},
                .y = {.title = "inequality", .scale = ScaleKind::kCategory}};
  Layer left{.mark = Mark::kPoint, .series = "left side, measured"};
  Layer print{.mark = Mark::kPoint, .series = "right side as printed"};
  Layer proof{.mark = Mark::kPoint, .series = "right side of the proof"};
  for (const Json& row : inequalities) {
    const auto place = static_cast<double>(figure.y.categories.size());
    figure.y.categories.push_back(
        fmt::format("{}, {}", row.value("name", ""), row.value("parameters", "")));
    const std::pair<Layer*, const char*> sides[] = {
        {&left, "left"}, {&print, "right_print"}, {&proof, "right_proof"}};
    for (const auto& [layer, key] : sides) {
      const double value = NumberOf(row, key);
      if (!std::isfinite(value)) continue;
      layer->x.push_back(value);
      layer->y.push_back(place);
    }
  }
  figure.layers = {left, print, proof};
  return figure;
}

/// Iterations to reach ε, measured and from the theorem.
Figure ComplexityFigure(const Json& points) {
  Figure figure{.name = "complexity",
                .title = "Iterations until the running average reaches ε²",
                .caption = "Points: measured. Lines: the number the theorem prescribes.",
                .x = {.title = "ε", .scale = ScaleKind::kLog},
                .y = {.title = "iterations", .scale = ScaleKind::kLog}};
  std::vector<std::string> names;
  for (const Json& point : points) {
    const std::string name = point.value("name", "");
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  for (const std::string& name : names) {
    Layer measured{.mark = Mark::kPoint, .series = name};
    Layer theorem{.mark = Mark::kLine, .series = name};
    for (const Json& point : points) {
      if (point.value("name", "") != name) continue;
      measured.x.push_back(NumberOf(point, "epsilon"));
      measured.y.push_back(NumberOf(point, "measured_iterations"));
      theorem.x.push_back(NumberOf(point, "epsilon"));
      theorem.y.push_back(NumberOf(point, "theorem_iterations"));
    }
    figure.layers.push_back(std::move(measured));
    figure.layers.push_back(std::move(theorem));
  }
  return figure;
}

}  // namespace

std::vector<Figure> ConvergeFigures(const Json& result, const ReportFiles& files) {
  std::vector<Figure> figures;
  const auto inequalities = result.find("inequalities");
  if (inequalities != result.end() && !inequalities->empty()) {
    const bool horizons = NumberOf(result.at("options"), "theorem") == 1;
    figures.push_back(horizons ? HorizonFigure(*inequalities) : InequalityFigure(*inequalities));
  }
  const auto table = Columns::Read(files, "trajectory.csv");
  if (table && table->Rows() > 0) figures.push_back(TrajectoryFigure(result, *table));
  const auto points = result.find("points");
  if (points != result.end() && !points->empty()) figures.push_back(ComplexityFigure(*points));
  return figures;
}

}  // namespace adamsde
