#include "cli/report/plot.h"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "cli/io/atomic_file.h"
#include "cli/io/text.h"
#include "cli/report/build_page.h"
#include "cli/report/png.h"
#include "cli/report/svg.h"

namespace adamsde {
namespace {

const Figure& Find(const std::vector<Figure>& figures, const std::string& name) {
  if (figures.empty()) throw std::invalid_argument("plot: this result has no figures");
  if (name.empty()) return figures.front();
  std::vector<std::string> names;
  for (const Figure& figure : figures) {
    if (figure.name == name) return figure;
    names.push_back(figure.name);
  }
  throw std::invalid_argument(
      fmt::format("figure = '{}' is not known{}", name, Suggest(name, names)));
}

}  // namespace

void RequirePlotName(const std::string& path) {
  if (path.ends_with(".svg")) return;
  if (!path.ends_with(".png")) {
    throw std::invalid_argument(
        fmt::format("plot = '{}' is not allowed (the file must end in .svg or .png)", path));
  }
  if (!CanWritePng()) {
    throw std::invalid_argument(
        fmt::format("plot = '{}' is not possible (librsvg is not there, or was not when this "
                    "program was built) use .svg",
                    path));
  }
}

void WritePlot(const std::filesystem::path& path, const std::string& name, const Json& result,
               const ReportFiles& files) {
  const std::vector<Figure> figures = MakeFigures(result, files);
  const std::string svg = ToSvg(Find(figures, name), SvgUse::kFile);
  WriteFileAtomically(path, path.extension() == ".png" ? PngOf(svg) : svg);
}

}  // namespace adamsde
