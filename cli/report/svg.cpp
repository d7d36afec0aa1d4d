#include "cli/report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/report/html.h"
#include "cli/report/scales.h"

namespace adamsde {
namespace {

constexpr double kWidth = 640;
constexpr double kFont = 15;  // of 640: 5.7 points at 86 mm; titles and labels stay readable
constexpr int kTones = 6;
constexpr const char* kDashes[kTones] = {"", "7 4", "2 3", "9 3 2 3", "12 4", "4 4"};

constexpr const char* kFileStyle =
    "text{font-family:Helvetica,Arial,\"DejaVu Sans\",sans-serif;fill:#1c2024}"
    ".axis,.tick{stroke:#565d66}.grid{stroke:#e3e6ea}"
    ".t0{stroke:#1f5fa8;fill:#1f5fa8}.t1{stroke:#b3471d;fill:#b3471d}"
    ".t2{stroke:#2a7a4b;fill:#2a7a4b}.t3{stroke:#7a4fa3;fill:#7a4fa3}"
    ".t4{stroke:#7a6200;fill:#7a6200}.t5{stroke:#a8326e;fill:#a8326e}"
    ".line{fill:none;stroke-width:2}.rule{stroke-dasharray:2 3}";

std::string Label(double x, double y, const char* anchor, const std::string& text,
                  const std::string& more = "") {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-size=\"{}\"{}>{}</text>\n", x, y,
      anchor, kFont, more, EscapeHtml(text));
}

std::string Symbol(std::size_t tone, double x, double y) {
  const std::string marked = fmt::format("class=\"t{}\"", tone % kTones);
  switch (tone % 4) {
    case 0:
      return fmt::format("<circle {} cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\"/>\n", marked, x, y);
    case 1:
      return fmt::format("<rect {} x=\"{:.1f}\" y=\"{:.1f}\" width=\"6\" height=\"6\"/>\n", marked,
                         x - 3, y - 3);
    case 2:
      return fmt::format("<path {} d=\"M{:.1f} {:.1f}l4 7h-8z\"/>\n", marked, x, y - 4);
    default:
      return fmt::format("<path {} d=\"M{:.1f} {:.1f}l4 4l-4 4l-4 -4z\"/>\n", marked, x, y - 4);
  }
}

std::string Path(const std::vector<double>& x, const std::vector<double>& y, const Scale& to_x,
                 const Scale& to_y, std::size_t tone) {
  std::string d;
  bool pen_down = false;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (!to_x.Shows(x[k]) || !to_y.Shows(y[k])) {
      pen_down = false;
      continue;
    }
    d += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", to_x(x[k]), to_y(y[k]));
    pen_down = true;
  }
  return fmt::format(
      "<path class=\"line t{}\" style=\"fill:none\" stroke-dasharray=\"{}\" d=\"{}\"/>\n",
      tone % kTones, kDashes[tone % kTones], d);
}

/// From blue over near white to red where colours diverge, else from near white to blue.
std::string CellFill(const Figure& figure, double value, double least, double most) {
  const auto mix = [](double t, const double(&a)[3], const double(&b)[3]) {
    const auto part = [&](int k) { return static_cast<int>(a[k] + t * (b[k] - a[k])); };
    return fmt::format("#{:02x}{:02x}{:02x}", part(0), part(1), part(2));
  };
  constexpr double kPale[3] = {244, 244, 240};
  constexpr double kBlue[3] = {33, 84, 156};
  constexpr double kRed[3] = {172, 58, 30};
  if (figure.limit) {
    const double t = std::clamp(value / *figure.limit, -1.0, 1.0);
    return t < 0 ? mix(-t, kPale, kBlue) : mix(t, kPale, kRed);
  }
  return mix(most > least ? (value - least) / (most - least) : 0.5, kPale, kBlue);
}

std::string Cells(const Figure& figure, const Layer& layer, const Scale& to_x, const Scale& to_y) {
  const auto [least, most] = std::minmax_element(layer.value.begin(), layer.value.end());
  const double width = std::abs(to_x(1) - to_x(0));
  const double height = std::abs(to_y(1) - to_y(0));
  std::string svg;
  for (std::size_t k = 0; k < layer.x.size(); ++k) {
    if (!std::isfinite(layer.value[k])) continue;
    svg += fmt::format(
        "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\"/>\n",
        to_x(layer.x[k]) - width / 2, to_y(layer.y[k]) - height / 2, width + 0.2, height + 0.2,
        CellFill(figure, layer.value[k], *least, *most));
  }
  return svg;
}

std::string Draw(const Figure& figure, const Layer& layer, std::size_t tone, const Scale& to_x,
                 const Scale& to_y) {
  std::string svg;
  const auto segment = [&](double x, double y1, double y2, const char* kind) {
    svg +=
        fmt::format("<path class=\"{} t{}\" stroke-width=\"1.5\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>\n",
                    kind, tone % kTones, x, y1, y2);
  };
  switch (layer.mark) {
    case Mark::kLine:
      return Path(layer.x, layer.y, to_x, to_y, tone);
    case Mark::kEllipse: {
      const EllipsePoints points = PointsOf(layer, figure.first, figure.second);
      return Path(points.x, points.y, to_x, to_y, tone);
    }
    case Mark::kCell:
      return Cells(figure, layer, to_x, to_y);
    case Mark::kPoint:
      for (std::size_t k = 0; k < layer.x.size(); ++k) {
        if (to_x.Shows(layer.x[k]) && to_y.Shows(layer.y[k])) {
          svg += Symbol(tone, to_x(layer.x[k]), to_y(layer.y[k]));
        }
      }
      return svg;
    case Mark::kErrorBar:
      for (std::size_t k = 0; k < layer.x.size(); ++k) {
        if (to_x.Shows(layer.x[k]) && to_y.Shows(layer.low[k]) && to_y.Shows(layer.high[k])) {
          segment(to_x(layer.x[k]), to_y(layer.low[k]), to_y(layer.high[k]), "bar");
        }
      }
      return svg;
    case Mark::kBar:
      for (std::size_t k = 0; k < layer.x.size(); ++k) {
        if (!to_x.Shows(layer.x[k]) || !to_y.Shows(layer.y[k])) continue;
        const double base = to_y.kind == ScaleKind::kLog ? to_y.start : to_y(0);
        const double width = to_x.kind == ScaleKind::kCategory ? 0.7 * (to_x(1) - to_x(0)) : 8;
        const double top = to_y(layer.y[k]);
        svg += fmt::format(
            "<rect class=\"t{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
            tone % kTones, to_x(layer.x[k]) - width / 2, std::min(top, base), width,
            std::abs(base - top));
      }
      return svg;
    case Mark::kRule:
      for (const double x : layer.x) {
        if (to_x.Shows(x)) segment(to_x(x), to_y.start, to_y.stop, "rule");
      }
  }
  return svg;
}

bool HasMark(const Figure& figure, const std::string& series, std::initializer_list<Mark> marks) {
  return std::any_of(figure.layers.begin(), figure.layers.end(), [&](const Layer& layer) {
    return layer.series == series &&
           std::find(marks.begin(), marks.end(), layer.mark) != marks.end();
  });
}

/// A line for a series that has lines, its symbol for one that has others.
std::string Key(const Figure& figure, const std::string& series, std::size_t tone, double x,
                double y) {
  std::string svg;
  if (HasMark(figure, series, {Mark::kLine, Mark::kEllipse, Mark::kRule})) {
    const bool rule = HasMark(figure, series, {Mark::kRule});
    svg += fmt::format(
        "<path class=\"line{} t{}\" style=\"fill:none\" stroke-dasharray=\"{}\" d=\"M{:.1f} "
        "{:.1f}h26\"/>\n",
        rule ? " rule" : "", tone % kTones, kDashes[tone % kTones], x, y);
  }
  if (HasMark(figure, series, {Mark::kPoint, Mark::kBar})) svg += Symbol(tone, x + 13, y);
  return svg;
}

/// Width of a text, estimated: no font is at hand. Continuation bytes of UTF-8 take no room.
double WidthOf(const std::string& text) {
  const auto letters =
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
  return 0.6 * kFont * static_cast<double>(letters);
}

/// The colours of cells as a row of swatches, with the values at both ends and in the middle.
std::string ColourKey(const Figure& figure, const Layer& cells, double left, double& top) {
  const auto [least, most] = std::minmax_element(cells.value.begin(), cells.value.end());
  const double low = figure.limit ? -*figure.limit : *least;
  const double high = figure.limit ? *figure.limit : *most;
  constexpr int kSwatches = 21;
  constexpr double kSwatch = 10;
  const double start = left + WidthOf(figure.value_title) + 12;
  std::string svg = Label(left, top, "start", figure.value_title);
  for (int k = 0; k < kSwatches; ++k) {
    svg += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"12\" fill=\"{}\"/>\n",
        start + kSwatch * k, top - 11, kSwatch + 0.2,
        CellFill(figure, low + (high - low) * k / (kSwatches - 1), low, high));
  }
  top += 1.2 * kFont;
  for (const double part : {0.0, 0.5, 1.0}) {
    svg += Label(start + part * kSwatch * kSwatches, top, "middle",
                 fmt::format("{:.3g}", low + part * (high - low)));
  }
  top += 0.6 * kFont;
  return svg;
}

std::string Legend(const Figure& figure, double left, double& top) {
  if (figure.layers.size() == 1 && figure.layers[0].mark == Mark::kCell &&
      !figure.layers[0].value.empty()) {
    return ColourKey(figure, figure.layers[0], left, top);
  }
  std::string svg;
  const std::vector<std::string> names = SeriesOf(figure);
  double x = left;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const double width = 48 + WidthOf(names[k]);
    if (x > left && x + width > kWidth) {
      x = left;
      top += 1.4 * kFont;
    }
    svg += Key(figure, names[k], k, x, top - 5) + Label(x + 31, top, "start", names[k]);
    x += width;
  }
  if (!names.empty()) top += 0.8 * kFont;
  return svg;
}

/// How many ticks, or names below one another, have room on the y axis.
int FittingRows(const Axis& axis, const Scale& to_y) {
  if (axis.scale != ScaleKind::kCategory) return 6;
  return static_cast<int>(std::abs(to_y.stop - to_y.start) / (1.2 * kFont));
}

/// The same side by side, on the x axis.
int FittingColumns(const Axis& axis) {
  if (axis.scale != ScaleKind::kCategory) return 7;
  std::size_t longest = 1;
  for (const std::string& name : axis.categories) longest = std::max(longest, name.size());
  return static_cast<int>(std::max<std::size_t>(42 / (longest + 1), 2));
}

std::string Axes(const Figure& figure, const Scale& to_x, const Scale& to_y) {
  std::string svg;
  for (const Tick& tick : TicksOf(figure.y, to_y, FittingRows(figure.y, to_y))) {
    const double y = to_y(tick.value);
    svg += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n", to_x.start, y,
                       to_x.stop);
    svg += Label(to_x.start - 6, y + 0.35 * kFont, "end", tick.label);
  }
  for (const Tick& tick : TicksOf(figure.x, to_x, FittingColumns(figure.x))) {
    const double x = to_x(tick.value);
    svg += fmt::format("<path class=\"tick\" d=\"M{:.1f} {:.1f}v5\"/>\n", x, to_y.start);
    svg += Label(x, to_y.start + 6 + kFont, "middle", tick.label);
  }
  svg += fmt::format("<path class=\"axis\" fill=\"none\" d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}\"/>\n",
                     to_x.start, to_y.stop, to_y.start, to_x.stop);
  svg += Label((to_x.start + to_x.stop) / 2, to_y.start + 2.7 * kFont, "middle", figure.x.title);
  const double middle = (to_y.start + to_y.stop) / 2;
  svg += Label(kFont, middle, "middle", figure.y.title,
               fmt::format(" transform=\"rotate(-90 {} {:.1f})\"", kFont, middle));
  return svg;
}

/// Where a category's name or a number needs room, at the left.
double LeftMargin(const Figure& figure) {
  std::size_t longest = 6;
  for (const std::string& name : figure.y.categories) longest = std::max(longest, name.size());
  return 2 * kFont + 0.56 * kFont * static_cast<double>(std::min<std::size_t>(longest + 1, 24));
}

}  // namespace

std::string ToSvg(const Figure& figure, SvgUse use) {
  const Extents extents = ExtentsOf(figure);
  double top = 1.3 * kFont;
  const double left = LeftMargin(figure);
  const std::string legend = Legend(figure, left, top);
  const bool square =
      figure.x.scale == ScaleKind::kCategory && figure.y.scale == ScaleKind::kCategory;
  const double height =
      square ? 480 : std::max(300.0, 1.3 * kFont * static_cast<double>(figure.y.categories.size()));
  const Scale to_x = extents.x.ToScale(figure.x, left, kWidth - 20);
  Scale to_y = extents.y.ToScale(figure.y, top + height, top);
  if (figure.y.scale == ScaleKind::kCategory) std::swap(to_y.low, to_y.high);  // first at the top
  const std::vector<std::string> names = SeriesOf(figure);
  std::string marks;
  for (const Layer& layer : figure.layers) {
    const auto tone = std::find(names.begin(), names.end(), layer.series) - names.begin();
    marks +=
        Draw(figure, layer, layer.series.empty() ? 0 : static_cast<std::size_t>(tone), to_x, to_y);
  }
  const double total = top + height + 3.2 * kFont;
  const std::string size =
      use == SvgUse::kFile ? fmt::format(R"( width="86mm" height="{:.1f}mm")", 86 * total / kWidth)
                           : "";
  const std::string style =
      use == SvgUse::kFile
          ? fmt::format("<style>{}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
                        kFileStyle)
          : "";
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\"{} role=\"img\" "
      "aria-label=\"{}\">\n{}<title>{}</title>\n{}{}{}</svg>\n",
      kWidth, total, size, EscapeHtml(figure.title + ". " + figure.caption), style,
      EscapeHtml(figure.title), legend, Axes(figure, to_x, to_y), marks);
}

}  // namespace adamsde
