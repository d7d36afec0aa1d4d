#include "cli/report/conclusions.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "cli/report/figures.h"

namespace adamsde {
namespace {

Json Part(const Json& result, const char* key) {
  const auto it = result.find(key);
  return it == result.end() ? Json() : *it;
}

std::string OfSample(const Json& sample) {
  if (!sample.is_object() || !sample.contains("relative_error")) return "";
  return fmt::format(
      "{:g} chains of {} with {:g} records each: the sampled covariance is {:.3g} of the law's "
      "away from it, where {:.3g} is expected if the law is right (p = {:.3g}; of the mean p = "
      "{:.3g}).",
      NumberOf(sample, "chains"), sample.value("scheme", ""), NumberOf(sample, "records"),
      NumberOf(sample, "relative_error"), NumberOf(sample, "expected_relative_error"),
      NumberOf(sample, "p_value"), NumberOf(sample, "mean_p_value"));
}

/// "9 hold, 5 fail, 4 not applicable".
std::string Count(const Json& rows, const char* what) {
  if (!rows.is_array() || rows.empty()) return "";
  std::map<std::string, int> counts;
  for (const Json& row : rows) ++counts[row.value("verdict", "")];
  std::string text;
  for (const auto& [verdict, count] : counts) {
    if (verdict.empty()) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", verdict, count);
  }
  return text.empty() ? "" : fmt::format("Of {} {}: {}.", rows.size(), what, text);
}

std::string OfSweep(const Json& minimum) {
  if (!minimum.is_object()) return "";
  std::string text;
  const std::pair<const char*, const char*> names[] = {
      {"err", "err"}, {"phi", "Φ"}, {"risk_plus_phi", "risk + Φ"}};
  for (const auto& [key, name] : names) {
    const Json least = Part(minimum, key);
    if (!least.is_object() || !std::isfinite(NumberOf(least, "value"))) continue;
    text += fmt::format("{}Least {}: {:.6g} at λ = {:.4g} ({}).", text.empty() ? "" : " ", name,
                        NumberOf(least, "value"), NumberOf(least, "lambda"),
                        least.value("certified", false) ? "certified" : "not certified");
  }
  return text;
}

std::string OfBound(const Json& result) {
  const Json bound = Part(result, "bound");
  if (!bound.is_object() || !bound.contains("derived")) return "";
  return fmt::format(
      "KL = {:.6g}; Φ = {:.6g} as derived, {:.6g} as printed, {:.6g} as literally written.",
      NumberOf(bound, "kl"), NumberOf(Part(bound, "derived"), "phi"),
      NumberOf(Part(bound, "printed"), "phi"), NumberOf(Part(bound, "literal"), "phi"));
}

std::string OfCorollary3(const Json& corollary) {
  if (!corollary.is_object() || !corollary.contains("adamw")) return "";
  return fmt::format("Corollary 3: err per parameter {:.6g} of AdamW, {:.6g} of ℓ2-Adam.",
                     NumberOf(corollary["adamw"], "err_per_parameter"),
                     NumberOf(Part(corollary, "l2_adam"), "err_per_parameter"));
}

std::string OfPaper(const Json& paper) {
  if (!paper.is_object() || !paper.contains("relative_error")) return "";
  return fmt::format("The covariance as printed is {:.3g} of the true one's norm away from it.",
                     NumberOf(paper, "relative_error"));
}

std::string OfSpectrum(const Json& result) {
  const Json log_det = Part(result, "log_det");
  const Json trace = Part(result, "trace");
  if (!log_det.is_object() || !trace.is_object()) return "";
  return fmt::format("log det H = {:.6g} ± {:.2g}, Tr H = {:.6g} ± {:.2g} (standard errors).",
                     NumberOf(log_det, "value"), NumberOf(log_det, "stderr"),
                     NumberOf(trace, "value"), NumberOf(trace, "stderr"));
}

}  // namespace

std::string ConclusionOf(const Json& result) {
  const std::string schema = result.value("schema", "");
  if (schema == "adamsde.simulate.v1") return OfSample(Part(result, "sample"));
  if (schema == "adamsde.check.v1") return Count(Part(result, "claims"), "claims");
  if (schema == "adamsde.converge.v1") return Count(Part(result, "inequalities"), "inequalities");
  if (schema == "adamsde.sweep.v1") return OfSweep(Part(result, "minimum"));
  if (schema == "adamsde.spectrum.v1") return OfSpectrum(result);
  if (schema == "adamsde.posterior.v1") return OfPaper(Part(result, "paper"));
  if (schema != "adamsde.bound.v1") return "";
  const std::string bound = OfBound(result);
  return bound.empty() ? OfCorollary3(Part(result, "corollary3")) : bound;
}

}  // namespace adamsde
