#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/report/figures.h"
#include "cli/report/json_tables.h"
#include "cli/report/network_page.h"

namespace adamsde {
namespace {

/// "11.0825 ± 0.0025", the error with two digits and the value to the same place.
std::string PlusMinus(double value, double error) {
  if (!std::isfinite(value)) return "–";
  if (!(error > 0) || !std::isfinite(error)) return fmt::format("{:.6g}", value);
  const int places = std::max(0, 1 - static_cast<int>(std::floor(std::log10(error))));
  return fmt::format("{:.{}f} ± {:.{}f}", value, places, error, places);
}

std::string PlusMinus(const Json& estimate) {
  return PlusMinus(NumberOf(estimate, "value"), NumberOf(estimate, "stderr"));
}

/// "7.9 to 9.2"; nothing where no bounds are known.
std::string Range(const Json& estimate) {
  const double low = NumberOf(estimate, "low");
  const double high = NumberOf(estimate, "high");
  return std::isfinite(low) && std::isfinite(high) ? fmt::format("{:.4g} to {:.4g}", low, high)
                                                   : "–";
}

Section Table1Section(const Json& rows) {
  Table table{.caption =
                  "err in the bound per parameter and test accuracy, mean over seeds ± its "
                  "standard error, at the λ that validation chose",
              .head = {"model", "optimizer", "parameters", "λ", "err/d, Corollary 3",
                       "any number of Lanczos steps", "err/d, matrix-free", "test accuracy",
                       "its binomial error", "|σ| ≤ 1", "seeds", "diverged"}};
  for (const Json& row : rows) {
    const Json& err = row.at("err_per_parameter");
    table.rows.push_back(
        {Cell(row.value("model", "")), Cell(row.value("optimizer", "")), Cell::Of(row, "dimension"),
         Cell::Of(row, "weight_decay"), Cell(PlusMinus(err.at("corollary3"))),
         Cell(Range(err.at("corollary3"))), Cell(PlusMinus(err.at("matrix_free"))),
         Cell(PlusMinus(row.at("test_accuracy"))),
         Cell(NumberOf(row.at("test_accuracy"), "binomial_stderr")),
         Cell(NumberOf(row.at("mass_unit"), "value")),
         Cell(static_cast<double>(row.at("members").size())), Cell::Of(row, "diverged")});
  }
  return {.title = "Table 1",
          .blocks = {std::move(table),
                     Paragraph{"Standard errors over seeds do not contain the bias of too few "
                               "Lanczos steps. The column beside gives what Corollary 3 proves "
                               "whatever lies between the nodes: the least and the greatest mean "
                               "over seeds that is left possible, for the probes drawn."}}};
}

bool IsTwoSided(const Json& verdict) {
  return verdict.value("claim", "").find("resembles") != std::string::npos;
}

Section VerdictSection(const Json& verdicts) {
  Table table{
      .caption = "Paired differences over seeds in the direction of the claim, Student's t",
      .head = {"claim", "model", "verdict", "mean difference", "p", "p of all together", "pairs"}};
  int judged = 0;
  int left = 0;
  for (const Json& v : verdicts) {
    const std::string verdict = v.value("verdict", "");
    const double holm = NumberOf(v, "p_holm");
    judged += std::isfinite(holm) ? 1 : 0;
    left += holm < 0.05 ? 1 : 0;
    table.rows.push_back({Cell(v.value("claim", "")), Cell(v.value("model", "")),
                          Cell(verdict, ToneOf(verdict)),
                          Cell(PlusMinus(NumberOf(v, "mean_difference"), NumberOf(v, "stderr"))),
                          Cell(NumberOf(v, IsTwoSided(v) ? "p_two_sided" : "p_one_sided")),
                          Cell(holm), Cell::Of(v, "pairs")});
  }
  const std::string together = fmt::format(
      "A verdict is at p < 0.05 of its own test (one-sided for an ordering, two-sided for a "
      "resemblance, which can fail but not be proved). {} tests were made: by chance alone a few "
      "would decide. The column \"p of all together\" is two-sided and corrected for their number "
      "by Holm's method; {} of the {} stay below 0.05.",
      judged, left, judged);
  return {.title = "Verdicts", .blocks = {std::move(table), Paragraph{together}}};
}

Section UnstatedSection(const Json& unstated) {
  Table table{.caption = "What the paper does not say, and what was taken here",
              .head = {"Unstated"},
              .rows = {}};
  for (const Json& item : unstated) table.rows.push_back({Cell(item.get<std::string>())});
  return {.title = "Left unstated by the paper", .blocks = {std::move(table)}};
}

Section SensitivitySection(const Json& sensitivity) {
  Table table{
      .caption = "err/d by Corollary 3 with one choice changed, means over models and seeds",
      .head = {"choice", "AdamW", "ℓ2-Adam", "AdamW's is smaller"},
      .rows = {}};
  for (const Json& s : sensitivity) {
    table.rows.push_back(
        {Cell(s.value("choice", "")), Cell::Of(s, "adamw"), Cell::Of(s, "l2_adam"),
         Cell(fmt::format("{} of {}", s.value("ordered", 0), s.value("pairs", 0)))});
  }
  return {.title = "Sensitivity", .blocks = {std::move(table)}};
}

Section TuningSection(const Json& rows) {
  Table table{.caption = "Every λ of the grid, first seed: the end of its training",
              .head = {"model", "optimizer", "λ", "chosen", "training loss", "validation accuracy",
                       "test accuracy", "diverged"},
              .rows = {}};
  for (const Json& row : rows) {
    for (const Json& cell : row.value("tuning", Json::array())) {
      const Json& curves = cell.at("curves");
      const Json last = curves.empty() ? Json::object() : curves.back();
      const Json lost = cell.value("diverged", Json::object());
      table.rows.push_back(
          {Cell(row.value("model", "")), Cell(row.value("optimizer", "")),
           Cell::Of(cell, "weight_decay"),
           Cell(cell.at("weight_decay") == row.at("weight_decay") ? "yes" : "no"),
           Cell(NumberOf(last, "train_loss")), Cell(NumberOf(last, "validation_accuracy")),
           Cell(NumberOf(last, "test_accuracy")),
           Cell(lost.empty() ? "no"
                             : fmt::format("at step {}, layer {}", lost.at("step").dump(),
                                           lost.value("layer", "")))});
    }
  }
  return {.title = "How λ was chosen", .blocks = {std::move(table)}};
}

}  // namespace

bool IsOfNetworks(const Json& result) {
  const auto schema = result.find("schema");
  return schema != result.end() && schema->is_string() &&
         schema->get<std::string>().starts_with("adamsde-net.");
}

std::vector<Section> Table1Sections(const Json& result) {
  return {Table1Section(result.at("rows")), VerdictSection(result.at("verdicts")),
          UnstatedSection(result.at("unstated")), SensitivitySection(result.at("sensitivity")),
          TuningSection(result.at("rows"))};
}

}  // namespace adamsde
