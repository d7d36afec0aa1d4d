#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/report/figures.h"

namespace adamsde {
namespace {

/// Zero has no place on a logarithmic axis: an identity exact to the last bit is drawn here.
constexpr double kDrawnAsZero = 1e-18;
/// A relative change that is none.
constexpr double kRounding = 1e-9;

Figure ClaimFigure(const Json& claims) {
  Figure figure{.name = "claims",
                .title = "Claims: what was found over what is allowed",
                .caption =
                    "Each claim's deciding value divided by its threshold: left of 1 the "
                    "claim holds. Exact zeros are drawn at 1e-18.",
                .x = {.title = "value / threshold", .scale = ScaleKind::kLog},
                .y = {.title = "claim", .scale = ScaleKind::kCategory}};
  Layer holds{.mark = Mark::kPoint, .series = "HOLDS"};
  Layer fails{.mark = Mark::kPoint, .series = "FAILS"};
  for (const Json& claim : claims) {
    const std::string verdict = claim.value("verdict", "");
    Layer& layer = verdict == "HOLDS" ? holds : fails;
    if (verdict != "HOLDS" && verdict != "FAILS") continue;
    layer.x.push_back(
        std::max(std::abs(NumberOf(claim, "value")) / NumberOf(claim, "threshold"), kDrawnAsZero));
    layer.y.push_back(static_cast<double>(figure.y.categories.size()));
    figure.y.categories.push_back(claim.value("id", ""));
  }
  figure.layers = {holds, fails, {.mark = Mark::kRule, .series = "allowed", .x = {1}}};
  return figure;
}

std::vector<std::string> RungNames(const Json& ladder) {
  std::vector<std::string> names;
  for (const Json& rung : ladder) names.push_back(rung.value("rung", ""));
  return names;
}

/// "0 Lemma 5 as printed; 1 …", for captions: names are too long for an axis.
std::string RungLegend(const Json& ladder) {
  std::string text;
  for (const Json& rung : ladder) {
    text += fmt::format("{}{} {}", text.empty() ? " Rungs: " : "; ", rung.value("rung", ""),
                        rung.value("name", ""));
  }
  return text + ".";
}

/// One quantity over the rungs, with two standard errors where it was sampled.
Figure RungFigure(const Json& ladder, Figure figure, const std::string& key,
                  const std::string& stderr_key, double least = 0) {
  figure.x = {.title = "rung", .scale = ScaleKind::kCategory, .categories = RungNames(ladder)};
  Layer closed{.mark = Mark::kPoint, .series = "closed form"};
  Layer sampled{.mark = Mark::kPoint, .series = "sampled"};
  Layer bars{.mark = Mark::kErrorBar, .series = "sampled"};
  for (std::size_t k = 0; k < ladder.size(); ++k) {
    const double value = NumberOf(ladder[k], key);
    if (!std::isfinite(value) || value < least) continue;
    const double error = NumberOf(ladder[k], stderr_key);
    Layer& layer = ladder[k].contains("sample") ? sampled : closed;
    layer.x.push_back(static_cast<double>(k));
    layer.y.push_back(value);
    if (!std::isfinite(error) || !ladder[k].contains("sample")) continue;
    bars.x.push_back(static_cast<double>(k));
    bars.low.push_back(value - 2 * error);
    bars.high.push_back(value + 2 * error);
  }
  for (Layer* const layer : {&closed, &sampled, &bars}) {
    if (!layer->x.empty()) figure.layers.push_back(std::move(*layer));
  }
  return figure;
}

}  // namespace

std::vector<Figure> CheckFigures(const Json& result, const ReportFiles& /*files*/) {
  std::vector<Figure> figures;
  const auto claims = result.find("claims");
  if (claims != result.end() && !claims->empty()) figures.push_back(ClaimFigure(*claims));
  const auto ladder = result.find("ladder");
  if (ladder == result.end() || ladder->empty()) return figures;
  figures.push_back(RungFigure(
      *ladder,
      {.name = "ladder",
       .title = "What each rung changes of the covariance",
       .caption = "Frobenius distance to the rung before, relative to the smaller of the two; bars "
                  "are two standard errors. A rung that changes nothing to rounding has no point." +
                  RungLegend(*ladder),
       .y = {.title = "relative change of M", .scale = ScaleKind::kLog}},
      "relative_change", "stderr", kRounding));
  figures.push_back(RungFigure(
      *ladder,
      {.name = "ladder-mean",
       .title = "How far each rung moves the mean",
       .caption = "Distance of the mean from the minimizer x*, in standard deviations of that "
                  "rung's law.",
       .y = {.title = "mean shift (standard deviations)", .scale = ScaleKind::kLog}},
      "mean_shift_sigma", ""));
  figures.push_back(RungFigure(*ladder,
                               {.name = "ladder-phi",
                                .title = "The bound on each rung",
                                .caption = "Φ of each rung's law, in the convention chosen.",
                                .y = {.title = "Φ"}},
                               "phi", ""));
  return figures;
}

std::vector<Figure> BoundFigures(const Json& result, const ReportFiles& /*files*/) {
  const auto bound = result.find("bound");
  if (bound == result.end() || !bound->is_object()) return {};
  Figure figure{.name = "bounds",
                .title = "The bound in its readings",
                .caption = "Φ of Theorem 6 as derived, as printed and as literally written",
                .x = {.title = "bound", .scale = ScaleKind::kCategory},
                .y = {.title = "bound on risk − empirical risk"}};
  Layer layer{.mark = Mark::kBar, .series = "Φ"};
  for (const char* const convention : {"derived", "printed", "literal"}) {
    const auto value = bound->find(convention);
    if (value == bound->end()) continue;
    layer.x.push_back(static_cast<double>(figure.x.categories.size()));
    layer.y.push_back(NumberOf(*value, "phi"));
    figure.x.categories.emplace_back(convention);
  }
  figure.layers.push_back(layer);
  // Those bound the risk itself: less the empirical risk they compare with Φ.
  Layer tighter{.mark = Mark::kBar, .series = "bound on the risk, less the empirical risk"};
  const auto alternatives = result.find("alternatives");
  const double empirical = NumberOf(result.at("options"), "empirical-risk");
  if (alternatives != result.end() && alternatives->is_object()) {
    for (const auto& [name, value] : alternatives->items()) {
      const double risk =
          value.is_object() ? NumberOf(value, "risk") : NumberOf(*alternatives, name);
      if (!std::isfinite(risk - empirical)) continue;
      tighter.x.push_back(static_cast<double>(figure.x.categories.size()));
      tighter.y.push_back(risk - empirical);
      figure.x.categories.push_back(name);
    }
  }
  if (!tighter.x.empty()) {
    figure.layers.push_back(tighter);
    figure.caption += fmt::format(
        ", beside tighter bounds from the same KL divergence, from which the empirical risk {:g} "
        "is taken away",
        empirical);
  }
  figure.caption += ".";
  return {figure};
}

}  // namespace adamsde
