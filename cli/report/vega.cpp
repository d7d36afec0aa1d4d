#include "cli/report/vega.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/report/scales.h"

namespace adamsde {
namespace {

/// A value of an axis: a number, or the name of a category.
Json Position(const Axis& axis, double value) {
  if (axis.scale != ScaleKind::kCategory) return value;
  return axis.categories.at(static_cast<std::size_t>(value));
}

bool Shown(const Axis& axis, double value) {
  return std::isfinite(value) && (axis.scale != ScaleKind::kLog || value > 0);
}

/// What all layers of a figure share.
struct Frame {
  const Figure& figure;
  std::vector<std::string> series;
  Extents extents;
};

/// Where a logarithmic axis is marked: Vega's own choice crowds an axis of a decade or two.
Json LogTickValues(const Axis& axis, const Extent& extent) {
  Json values = Json::array();
  for (const Tick& tick : TicksOf(axis, extent.ToScale(axis, 0, 1), 7)) {
    values.push_back(tick.value);
  }
  return values;
}

Json Channel(const Axis& axis, const Extent& extent, const char* field) {
  Json channel;
  channel["field"] = field;
  channel["title"] = axis.title;
  if (axis.scale == ScaleKind::kCategory) {
    channel["type"] = "ordinal";
    channel["sort"] = axis.categories;
    channel["axis"]["labelOverlap"] = true;
    channel["axis"]["labelAngle"] = 0;
    return channel;
  }
  channel["type"] = "quantitative";
  channel["scale"] = {{"nice", false}, {"padding", 12}};
  if (axis.scale == ScaleKind::kLog) {
    channel["scale"]["type"] = "log";
    channel["axis"]["values"] = LogTickValues(axis, extent);
    channel["axis"]["tickCount"] = channel["axis"]["values"].size();  // else Vega leaves some out
    channel["axis"]["labelExpr"] =
        "datum.value >= 0.01 && datum.value < 100000 ? format(datum.value, '~g') : "
        "format(datum.value, '.1~e')";
  } else {
    channel["scale"]["zero"] = false;
    if (axis.whole) channel["axis"]["tickMinStep"] = 1;
  }
  return channel;
}

bool HasPoints(const Figure& figure, const std::string& series) {
  return std::any_of(figure.layers.begin(), figure.layers.end(), [&](const Layer& layer) {
    return layer.series == series && layer.mark == Mark::kPoint;
  });
}

/// A symbol per series that has points; a stroke, as its key, for one that has lines only.
Json Shapes(const Frame& frame) {
  constexpr const char* kShapes[] = {"circle",  "square", "triangle-up",
                                     "diamond", "cross",  "triangle-down"};
  Json shapes = Json::array();
  for (std::size_t k = 0; k < frame.series.size(); ++k) {
    const bool points = HasPoints(frame.figure, frame.series[k]);
    shapes.push_back(points ? kShapes[k % std::size(kShapes)] : "stroke");
  }
  return shapes;
}

/// Colour, and dash or symbol, of one series among all: the legends merge into one.
void AddSeries(Json& encoding, const Layer& layer, const Frame& frame) {
  if (layer.series.empty()) return;
  const auto channel = [&](const char* name) {
    encoding[name]["datum"] = layer.series;
    encoding[name]["type"] = "nominal";
    encoding[name]["title"] = nullptr;
    encoding[name]["scale"]["domain"] = frame.series;
  };
  channel("color");
  if (layer.mark == Mark::kLine || layer.mark == Mark::kEllipse) channel("strokeDash");
  if (layer.mark == Mark::kPoint) {
    channel("shape");
    encoding["shape"]["scale"]["range"] = Shapes(frame);
  }
}

Json Tooltip(const Figure& figure, const Layer& layer) {
  Json items = Json::array();
  const auto add = [&](const char* field, const std::string& title, const Axis* axis) {
    const bool named = axis != nullptr && axis->scale == ScaleKind::kCategory;
    Json item = {{"field", field}, {"type", named ? "ordinal" : "quantitative"}, {"title", title}};
    if (!named) item["format"] = ".6~g";
    items.push_back(item);
  };
  add("x", figure.x.title, &figure.x);
  if (!layer.y.empty()) add("y", figure.y.title, &figure.y);
  if (!layer.low.empty()) add("low", figure.y.title + ", low end", nullptr);
  if (!layer.high.empty()) add("high", figure.y.title + ", high end", nullptr);
  if (!layer.value.empty()) add("value", figure.value_title, nullptr);
  return items;
}

Json Values(const Figure& figure, const Layer& layer) {
  Json values = Json::array();
  for (std::size_t k = 0; k < layer.x.size(); ++k) {
    Json row;
    bool shown = Shown(figure.x, layer.x[k]);
    row["x"] = Position(figure.x, layer.x[k]);
    if (k < layer.y.size()) {
      row["y"] = Position(figure.y, layer.y[k]);
      shown = shown && Shown(figure.y, layer.y[k]);
    }
    if (k < layer.low.size()) {
      row["low"] = layer.low[k];
      row["high"] = layer.high[k];
      shown = shown && Shown(figure.y, layer.low[k]) && Shown(figure.y, layer.high[k]);
    }
    if (k < layer.value.size()) row["value"] = layer.value[k];
    if (shown) values.push_back(std::move(row));
  }
  return values;
}

Json MarkOf(const Layer& layer) {
  switch (layer.mark) {
    case Mark::kLine:
    case Mark::kEllipse:
      return {{"type", "line"}, {"strokeWidth", 2}, {"clip", true}};
    case Mark::kPoint:
      return {{"type", "point"}, {"filled", true}, {"size", 45}, {"opacity", 1}};
    case Mark::kErrorBar:
      return {{"type", "rule"}, {"strokeWidth", 1.5}};
    case Mark::kBar:
      return {{"type", "bar"}};
    case Mark::kCell:
      // A little wider than its band: no hairlines between cells.
      return {{"type", "rect"}, {"width", {{"band", 1.06}}}, {"height", {{"band", 1.06}}}};
    case Mark::kRule:
      break;
  }
  return {{"type", "rule"}, {"strokeWidth", 1.5}, {"strokeDash", {2, 3}}};
}

Json CellColour(const Figure& figure) {
  Json color = {{"field", "value"}, {"type", "quantitative"}, {"title", figure.value_title}};
  if (figure.limit) {
    color["scale"] = {
        {"domain", {-*figure.limit, 0, *figure.limit}}, {"range", "diverging"}, {"clamp", true}};
  } else {
    color["scale"] = {{"range", "heatmap"}, {"zero", false}};
  }
  color["scale"]["interpolate"] = "rgb";  // through hues, as by default, would suggest more
  return color;
}

Json PlainLayer(const Frame& frame, const Layer& layer) {
  const Figure& figure = frame.figure;
  Json json;
  json["mark"] = MarkOf(layer);
  json["data"]["values"] = Values(figure, layer);
  Json& encoding = json["encoding"];
  encoding["x"] = Channel(figure.x, frame.extents.x, "x");
  switch (layer.mark) {
    case Mark::kRule:
      break;
    case Mark::kErrorBar:
      encoding["y"] = Channel(figure.y, frame.extents.y, "low");
      encoding["y2"] = {{"field", "high"}};
      break;
    default:
      encoding["y"] = Channel(figure.y, frame.extents.y, "y");
  }
  // The length of a bar is its value: it stands on the axis.
  if (layer.mark == Mark::kBar) {
    encoding["y"]["scale"]["zero"] = true;
    encoding["y"]["scale"]["padding"] = 0;
  }
  if (layer.mark == Mark::kLine) encoding["order"] = {{"field", "x"}, {"type", "quantitative"}};
  if (layer.mark == Mark::kCell) {
    encoding["color"] = CellColour(figure);
  } else {
    AddSeries(encoding, layer, frame);
  }
  encoding["tooltip"] = Tooltip(figure, layer);
  return json;
}

/// Lower triangle by rows, to eight digits: entry (i, j), i ≥ j, is number i(i+1)/2 + j.
Json Packed(const Eigen::MatrixXd& matrix) {
  Json packed = Json::array();
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      packed.push_back(std::stod(fmt::format("{:.8g}", matrix(i, j))));
    }
  }
  return packed;
}

/// The points are computed in the page, for the coordinates that its selectors name.
Json EllipseLayer(const Frame& frame, const Layer& layer, std::size_t number) {
  const Figure& figure = frame.figure;
  const std::string m = fmt::format("M{}", number);
  const std::string c = fmt::format("c{}", number);
  const auto entry = [&](const char* i, const char* j) {
    return fmt::format("{0}[max({1}, {2})*(max({1}, {2})+1)/2+min({1}, {2})]", m, i, j);
  };
  Json json;
  json["mark"] = MarkOf(layer);
  json["data"]["sequence"] = {{"start", 0}, {"stop", 97}, {"as", "k"}};
  const auto calculate = [&](const char* as, const std::string& formula) {
    json["transform"].push_back({{"calculate", formula}, {"as", as}});
  };
  calculate("t", "2*PI*datum.k/96");
  calculate("a", fmt::format("sqrt(max({}, 0))", entry("first", "first")));
  calculate("b", fmt::format("datum.a > 0 ? {}/datum.a : 0", entry("first", "second")));
  calculate("d", fmt::format("sqrt(max({}-datum.b*datum.b, 0))", entry("second", "second")));
  calculate("x", fmt::format("{}[first]+{}*datum.a*cos(datum.t)", c, kEllipseRadius));
  calculate("y", fmt::format("{}[second]+{}*(datum.b*cos(datum.t)+datum.d*sin(datum.t))", c,
                             kEllipseRadius));
  Json& encoding = json["encoding"];
  encoding["x"] = Channel(figure.x, frame.extents.x, "x");
  encoding["y"] = Channel(figure.y, frame.extents.y, "y");
  encoding["order"] = {{"field", "k"}, {"type", "quantitative"}};
  AddSeries(encoding, layer, frame);
  return json;
}

void AddEllipseParameters(const Figure& figure, Json& spec) {
  for (std::size_t k = 0; k < figure.layers.size(); ++k) {
    const Layer& layer = figure.layers[k];
    if (layer.mark != Mark::kEllipse) continue;
    spec["params"].push_back(
        {{"name", fmt::format("M{}", k)}, {"value", Packed(layer.covariance)}});
    spec["params"].push_back(
        {{"name", fmt::format("c{}", k)},
         {"value", std::vector<double>(layer.mean.begin(), layer.mean.end())}});
  }
  std::vector<Eigen::Index> indices(figure.coordinates.size());
  for (std::size_t k = 0; k < indices.size(); ++k) indices[k] = static_cast<Eigen::Index>(k);
  const std::pair<const char*, Eigen::Index> selectors[] = {{"first", figure.first},
                                                            {"second", figure.second}};
  for (const auto& [name, value] : selectors) {
    spec["params"].push_back({{"name", name},
                              {"value", value},
                              {"bind",
                               {{"input", "select"},
                                {"name", fmt::format("{} coordinate ", name)},
                                {"options", indices},
                                {"labels", figure.coordinates}}}});
  }
}

}  // namespace

Json ToVegaLite(const Figure& figure) {
  Json spec;
  spec["$schema"] = "https://vega.github.io/schema/vega-lite/v6.json";
  spec["description"] = figure.title + ". " + figure.caption;
  spec["width"] = "container";
  // A row of its own for every name; a matrix is near to square.
  const bool matrix =
      figure.x.scale == ScaleKind::kCategory && figure.y.scale == ScaleKind::kCategory;
  const auto rows = static_cast<double>(figure.y.categories.size());
  spec["height"] = matrix ? 420 : std::max(320.0, 18 * rows);
  const Frame frame{figure, SeriesOf(figure), ExtentsOf(figure)};
  bool ellipses = false;
  spec["layer"] = Json::array();
  for (std::size_t k = 0; k < figure.layers.size(); ++k) {
    const Layer& layer = figure.layers[k];
    const bool ellipse = layer.mark == Mark::kEllipse;
    ellipses = ellipses || ellipse;
    spec["layer"].push_back(ellipse ? EllipseLayer(frame, layer, k) : PlainLayer(frame, layer));
  }
  if (ellipses) AddEllipseParameters(figure, spec);
  return spec;
}

}  // namespace adamsde
