#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "cli/report/columns.h"
#include "cli/report/figures.h"

namespace adamsde {
namespace {

const char* const kLambda = "weight decay λ (per unit of SDE time)";

std::string OptimizerName(const Json& result, bool other) {
  const bool adamw = result.at("options").value("optimizer", "adamw") == "adamw";
  return adamw != other ? "AdamW" : "ℓ2-Adam";
}

Layer Curve(const Columns& sweep, const std::string& column, const std::string& series) {
  return {.mark = Mark::kLine,
          .series = series,
          .x = sweep.Numbers("lambda"),
          .y = sweep.Numbers(column)};
}

bool IsFinite(const Columns& sweep, const std::string& column) {
  const std::vector<double> values = sweep.Numbers(column);
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

/// Marks a minimum, and adds what is known about it to the caption.
void MarkMinimum(const Json& result, const std::string& key, const std::string& what,
                 Figure& figure) {
  const auto minima = result.find("minimum");
  if (minima == result.end() || !minima->contains(key)) return;
  const Json& minimum = (*minima)[key];
  const double lambda = NumberOf(minimum, "lambda");
  if (!std::isfinite(lambda)) return;
  const bool certified = minimum.value("certified", false);
  figure.caption +=
      fmt::format(" Least {}: {:.6g} at λ = {:.6g} ({}).", what, NumberOf(minimum, "value"), lambda,
                  certified ? "certified" : "not certified");
  if (lambda <= 0) {
    figure.caption += " λ = 0 lies beyond the logarithmic axis; it is in the table.";
    return;
  }
  figure.layers.push_back({.mark = Mark::kRule,
                           .series = (certified ? "certified minimum of " : "minimum of ") + what,
                           .x = {lambda}});
}

Figure OverLambda(const char* name, const char* title, std::string caption, const char* y) {
  return {.name = name,
          .title = title,
          .caption = std::move(caption),
          .x = {.title = kLambda, .scale = ScaleKind::kLog},
          .y = {.title = y}};
}

/// λ × parameter as coloured cells; both are spaced as the table has them.
std::vector<Figure> MapFigures(const Json& result, const ReportFiles& files) {
  const auto map = Columns::Read(files, "sweep_map.csv");
  if (!map || !result.contains("map")) return {};
  const std::string parameter = result["map"].value("parameter", "");
  std::string readable = parameter;
  std::replace(readable.begin(), readable.end(), '-', ' ');
  std::vector<Figure> figures;
  const std::pair<const char*, const char*> quantities[] = {{"err", "err"}, {"phi", "Φ"}};
  for (const auto& [quantity, symbol] : quantities) {
    Figure figure{.name = fmt::format("map-{}", quantity),
                  .title = fmt::format("{} over λ and {}", symbol, readable),
                  .caption = fmt::format(
                      "Colour is {}; a row per value of the {}, a column per λ (0 first, then "
                      "evenly in log λ).",
                      symbol, readable),
                  .x = {.title = kLambda, .scale = ScaleKind::kCategory},
                  .y = {.title = readable, .scale = ScaleKind::kCategory},
                  .value_title = symbol};
    const auto place = [](std::vector<std::string>& categories, double value) {
      const std::string name = fmt::format("{:.3g}", value);
      const auto found = std::find(categories.begin(), categories.end(), name);
      if (found != categories.end()) return static_cast<double>(found - categories.begin());
      categories.push_back(name);
      return static_cast<double>(categories.size() - 1);
    };
    Layer cells{.mark = Mark::kCell, .value = map->Numbers(quantity)};
    for (const double value : map->Numbers("lambda")) {
      cells.x.push_back(place(figure.x.categories, value));
    }
    for (const double value : map->Numbers(parameter)) {
      cells.y.push_back(place(figure.y.categories, value));
    }
    figure.layers.push_back(std::move(cells));
    figures.push_back(std::move(figure));
  }
  return figures;
}

/// Estimates by Lanczos quadrature (--matrix-free), with standard errors.
Figure MatrixFreeFigure(const Columns& table) {
  Figure figure =
      OverLambda("err", "err over the weight decay, estimated without a matrix",
                 "AdamW's Theorem 6 (bars: two standard errors), ℓ2-Adam's covariance as "
                 "the paper prints it, and Corollary 3 of both.",
                 "err (nats)");
  Layer bars{.mark = Mark::kErrorBar, .series = "AdamW", .x = table.Numbers("lambda")};
  const std::vector<double> err = table.Numbers("err");
  const std::vector<double> error = table.Numbers("err_stderr");
  for (std::size_t k = 0; k < err.size(); ++k) {
    bars.low.push_back(err[k] - 2 * error[k]);
    bars.high.push_back(err[k] + 2 * error[k]);
  }
  figure.layers = {Curve(table, "err", "AdamW"), std::move(bars),
                   Curve(table, "l2_adam_printed_err", "ℓ2-Adam, as printed"),
                   Curve(table, "corollary3_adamw", "AdamW, Corollary 3"),
                   Curve(table, "corollary3_l2_adam", "ℓ2-Adam, Corollary 3")};
  return figure;
}

}  // namespace

std::vector<Figure> SweepFigures(const Json& result, const ReportFiles& files) {
  std::vector<Figure> figures;
  const auto sweep = Columns::Read(files, "sweep.csv");
  if (!sweep) {
    const auto estimates = Columns::Read(files, "sweep_matrix_free.csv");
    if (estimates) figures.push_back(MatrixFreeFigure(*estimates));
    return figures;
  }
  Figure err =
      OverLambda("err", "err over the weight decay",
                 "err = −log det M + Tr M/ρ + d log ρ of the stationary law.", "err (nats)");
  err.layers.push_back(Curve(*sweep, "err", OptimizerName(result, false)));
  const auto other = Columns::Read(files, "sweep_other.csv");
  if (other) {
    err.layers.push_back(Curve(*other, "err", OptimizerName(result, true)));
    err.caption += " Both optimizers have the same H, C, Q and learning rate.";
  }
  MarkMinimum(result, "err", "err", err);
  figures.push_back(std::move(err));
  if (!IsFinite(*sweep, "phi_derived")) return figures;
  Figure phi =
      OverLambda("phi", "Φ in three readings", "Theorem 6's bound on the generalization gap.", "Φ");
  for (const char* const convention : {"derived", "printed", "literal"}) {
    phi.layers.push_back(Curve(*sweep, fmt::format("phi_{}", convention), convention));
  }
  if (other) {
    phi.layers.push_back(Curve(*other, "phi_derived", OptimizerName(result, true) + ", derived"));
  }
  MarkMinimum(result, "phi",
              "Φ (" + result.at("options").value("convention", std::string("derived")) + ")", phi);
  figures.push_back(std::move(phi));
  Figure risk = OverLambda("risk", "Risk, and risk + Φ",
                           "risk = E[F − F*] under the stationary law, on the quadratic; risk + Φ "
                           "is what a user really wants small.",
                           "loss");
  risk.layers.push_back(Curve(*sweep, "risk", "risk"));
  risk.layers.push_back(Curve(*sweep, "risk_plus_phi", "risk + Φ"));
  MarkMinimum(result, "risk_plus_phi", "risk + Φ", risk);
  figures.push_back(std::move(risk));
  for (Figure& map : MapFigures(result, files)) figures.push_back(std::move(map));
  return figures;
}

}  // namespace adamsde
