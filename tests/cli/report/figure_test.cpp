// The figure model and what is written from it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>

#include <cmath>

#include "cli/report/figure_table.h"
#include "cli/report/knobs.h"
#include "cli/report/svg.h"
#include "cli/report/ticks.h"
#include "cli/report/vega.h"
#include "cli/terminal_plot.h"

namespace adamsde {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> labels;
  for (const Tick& tick : ticks) labels.push_back(tick.label);
  return labels;
}

TEST(Ticks, AreRoundNumbersInside) {
  EXPECT_THAT(Labels(LinearTicks(0.03, 1.02, 5)), ElementsAre("0.2", "0.4", "0.6", "0.8", "1"));
  EXPECT_THAT(Labels(LinearTicks(-3, 3, 3)), ElementsAre("-2", "0", "2"));
  EXPECT_THAT(Labels(LogTicks(0.5, 2e3, 6)), ElementsAre("1", "10", "100", "1000"));
  EXPECT_THAT(Labels(LogTicks(2, 30, 6)), ElementsAre("2", "5", "10", "20"));
  EXPECT_LE(LogTicks(1e-300, 1e300, 6).size(), 8U);
  for (const auto& [low, high] : {std::pair{1.0, 1.0}, {1e9, 1e9 + 1e-6}, {0.0, 1e-300}}) {
    EXPECT_LE(LinearTicks(low, high, 5).size(), 51U);
  }
}

Figure Curves() {
  return {.name = "curves",
          .title = "A < B",
          .caption = "One & two.",
          .x = {.title = "x (s)", .scale = ScaleKind::kLog},
          .y = {.title = "y (m)"},
          .layers = {{.mark = Mark::kLine, .series = "one", .x = {0, 1, 10}, .y = {1, 2, 3}},
                     {.mark = Mark::kErrorBar,
                      .series = "two",
                      .x = {1, 10},
                      .low = {1, std::nan("")},
                      .high = {2, 2}},
                     {.mark = Mark::kRule, .series = "limit", .x = {3}}}};
}

TEST(VegaLite, CarriesDataAxesAndSeries) {
  const Json spec = ToVegaLite(Curves());
  ASSERT_EQ(spec["layer"].size(), 3U);
  EXPECT_EQ(spec["layer"][0]["data"]["values"].size(), 2U) << "0 has no place on a log axis";
  EXPECT_EQ(spec["layer"][1]["data"]["values"].size(), 1U) << "nor has NaN on any";
  EXPECT_EQ(spec["layer"][0]["encoding"]["x"]["title"], "x (s)");
  EXPECT_EQ(spec["layer"][0]["encoding"]["x"]["scale"]["type"], "log");
  EXPECT_EQ(spec["layer"][2]["encoding"]["color"]["scale"]["domain"],
            Json({"one", "two", "limit"}));
}

TEST(Svg, IsOneEscapedDrawing) {
  const std::string page = ToSvg(Curves(), SvgUse::kPage);
  EXPECT_THAT(page, HasSubstr("A &lt; B"));
  EXPECT_THAT(page, HasSubstr("One &amp; two."));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("<style>")));
  const std::string file = ToSvg(Curves(), SvgUse::kFile);
  EXPECT_THAT(file, HasSubstr("width=\"86mm\""));
  EXPECT_THAT(file, HasSubstr("<style>"));
}

TEST(Svg, DrawsCellsAndEmptyFigures) {
  Figure cells{.name = "cells",
               .title = "Cells",
               .x = {.scale = ScaleKind::kCategory, .categories = {"1", "2"}},
               .y = {.scale = ScaleKind::kCategory, .categories = {"1", "2"}},
               .value_title = "z",
               .limit = 4};
  cells.layers = {
      {.mark = Mark::kCell, .x = {0, 1, 0, 1}, .y = {0, 0, 1, 1}, .value = {-9, 0, 4, 1}}};
  const std::string svg = ToSvg(cells, SvgUse::kPage);
  EXPECT_THAT(svg, HasSubstr("fill=\"#21549c\"")) << "beyond the limit: the limit's colour";
  EXPECT_THAT(svg, HasSubstr("fill=\"#ac3a1e\""));
  EXPECT_THAT(ToSvg({.title = "nothing"}, SvgUse::kPage), Not(HasSubstr("inf")));
}

TEST(Ellipse, LiesWhereTheMahalanobisDistanceIsConstant) {
  Layer law{.mark = Mark::kEllipse, .mean = Eigen::Vector3d(1, 2, 3)};
  law.covariance = Eigen::Matrix3d{{2, 0.5, 0.1}, {0.5, 1, -0.3}, {0.1, -0.3, 0.7}};
  const EllipsePoints points = PointsOf(law, 2, 0);
  const Eigen::Matrix2d block{{0.7, 0.1}, {0.1, 2}};
  for (std::size_t k = 0; k < points.x.size(); ++k) {
    const Eigen::Vector2d u(points.x[k] - 3, points.y[k] - 1);
    EXPECT_NEAR(u.dot(block.inverse() * u), -2 * std::log(0.05), 1e-12);
  }
}

TEST(DataTable, HasARowPerMarkAndSaysWhatItLeavesOut) {
  Figure figure = Curves();
  EXPECT_EQ(DataTable(figure).rows.size(), 6U);
  figure.layers[0].x.assign(5000, 1.0);
  figure.layers[0].y.assign(5000, 1.0);
  const Table thinned = DataTable(figure);
  EXPECT_LE(thinned.rows.size(), 1000U);
  EXPECT_THAT(thinned.caption, HasSubstr("of 5003"));
}

TEST(Base64, KeepsEveryBit) {
  EXPECT_EQ(Base64({}), "");
  EXPECT_EQ(Base64({1.0}), "AAAAAAAA8D8=");
  EXPECT_EQ(Base64({1.0, 0.1}), "AAAAAAAA8D+amZmZmZm5Pw==");
  EXPECT_EQ(Base64({0.0, 0.0, 0.0}).size(), 32U);
}

TEST(TerminalCurve, ShowsExtremesAndSkipsWhatIsNotFinite) {
  const std::vector<double> valley = {3, 2, 1, 2, 3};
  const std::string text = TerminalCurve(valley, "left", "right");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 7);
  EXPECT_THAT(text, HasSubstr("           3 "));
  EXPECT_THAT(text, HasSubstr("           1 "));
  EXPECT_THAT(text, ::testing::EndsWith("right\n"));
  EXPECT_EQ(TerminalCurve(std::vector<double>{1}, "", ""), "");
  EXPECT_EQ(TerminalCurve(std::vector<double>{std::nan(""), std::nan("")}, "", ""), "");
  EXPECT_NE(TerminalCurve(std::vector<double>{1, std::nan(""), 1, 1}, "", ""), "");
}

}  // namespace
}  // namespace adamsde
