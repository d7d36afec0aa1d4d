#include "cli/report/figure_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace adamsde {
namespace {

constexpr std::size_t kMostRows = 1000;

Cell CellAt(const Axis& axis, double value) {
  if (axis.scale != ScaleKind::kCategory) return {value};
  return {axis.categories.at(static_cast<std::size_t>(value))};
}

bool HasIntervals(const Figure& figure) {
  return std::any_of(figure.layers.begin(), figure.layers.end(),
                     [](const Layer& layer) { return layer.mark == Mark::kErrorBar; });
}

/// Points and a line may share a series, as measured and exact: the table tells them apart.
std::string NameOf(const Figure& figure, const Layer& layer) {
  const auto has = [&](Mark mark) {
    return std::any_of(figure.layers.begin(), figure.layers.end(), [&](const Layer& other) {
      return other.series == layer.series && other.mark == mark;
    });
  };
  if (!has(Mark::kLine) || !has(Mark::kPoint)) return layer.series;
  return layer.series + (layer.mark == Mark::kLine ? ", line" : ", points");
}

void AddEllipse(const Figure& figure, const Layer& layer, Table& table) {
  for (std::size_t k = 0; k < figure.coordinates.size(); ++k) {
    const auto i = static_cast<Eigen::Index>(k);
    table.rows.push_back({Cell(layer.series), Cell(figure.coordinates[k]), Cell(layer.mean(i)),
                          Cell(std::sqrt(std::max(layer.covariance(i, i), 0.0)))});
  }
}

void AddRows(const Figure& figure, const Layer& layer, bool intervals, Table& table) {
  const std::string name = NameOf(figure, layer);
  for (std::size_t k = 0; k < layer.x.size(); ++k) {
    std::vector<Cell> row = {Cell(name), CellAt(figure.x, layer.x[k])};
    row.push_back(k < layer.y.size() ? CellAt(figure.y, layer.y[k]) : Cell(""));
    if (intervals) {
      row.push_back(k < layer.low.size() ? Cell(layer.low[k]) : Cell(""));
      row.push_back(k < layer.high.size() ? Cell(layer.high[k]) : Cell(""));
    }
    if (k < layer.value.size()) row.emplace_back(layer.value[k]);
    table.rows.push_back(std::move(row));
  }
}

void Thin(Table& table) {
  const std::size_t all = table.rows.size();
  if (all <= kMostRows) return;
  const std::size_t stride = (all + kMostRows - 1) / kMostRows;
  std::vector<std::vector<Cell>> kept;
  for (std::size_t k = 0; k < all; k += stride) kept.push_back(std::move(table.rows[k]));
  table.rows = std::move(kept);
  table.caption += fmt::format(" (every {}th row of {})", stride, all);
}

}  // namespace

Table DataTable(const Figure& figure) {
  Table table{.caption = "Data: " + figure.title, .head = {}, .rows = {}};
  if (!figure.coordinates.empty()) {
    table.head = {"Series", "Coordinate", "Mean", "Standard deviation"};
    for (const Layer& layer : figure.layers) {
      if (layer.mark == Mark::kEllipse) AddEllipse(figure, layer, table);
    }
    return table;
  }
  const bool intervals = HasIntervals(figure);
  table.head = {"Series", figure.x.title, figure.y.title};
  if (intervals) {
    table.head.emplace_back("from");
    table.head.emplace_back("to");
  }
  if (!figure.value_title.empty()) table.head.push_back(figure.value_title);
  for (const Layer& layer : figure.layers) AddRows(figure, layer, intervals, table);
  Thin(table);
  return table;
}

}  // namespace adamsde
