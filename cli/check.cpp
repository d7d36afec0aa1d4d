#include <fmt/format.h>

#include "analysis/claims/claims.h"
#include "cli/commands.h"
#include "cli/ladder_report.h"
#include "cli/posterior_report.h"
#include "cli/progress.h"

namespace adamsde {
namespace {

Json ToJson(const Claim& claim) {
  Json json;
  json["id"] = claim.id;
  json["verdict"] = ToString(claim.verdict);
  SetNumber(json, "value", claim.value, claim.detail);
  SetNumber(json, "threshold", claim.threshold, claim.detail);
  if (claim.p_value) {
    json["p_value"] = *claim.p_value;
  } else {
    SetNull(json, "p_value", "closed form only");
  }
  json["detail"] = claim.detail;
  return json;
}

std::string Table(const std::vector<Claim>& claims, double family_wise_error) {
  std::string text = fmt::format("{:16} {:14} {:>11} {:>10} {:>9}  {}\n", "claim", "verdict",
                                 "value", "allowed", "sampled p", "what the value is");
  for (const Claim& claim : claims) {
    const bool judged = claim.verdict != Verdict::kNotApplicable;
    text += fmt::format("{:16} {:14} {:>11} {:>10} {:>9}  {}\n", claim.id, ToString(claim.verdict),
                        judged ? fmt::format("{:.4g}", claim.value) : "-",
                        judged ? fmt::format("{:.1e}", claim.threshold) : "-",
                        claim.p_value ? fmt::format("{:.3g}", *claim.p_value) : "-", claim.detail);
  }
  return text + fmt::format("sampled tests share a family-wise error of {:g}\n", family_wise_error);
}

}  // namespace

ExitCode RunCheck(const Arguments& arguments) {
  Result result(arguments);
  const Problem problem = LoadProblem(arguments.options);
  const OptimizerProblem& p = RequireOptimizerProblem(problem, "check");
  const Options options = CompleteOptions(arguments, problem, result);
  static_cast<void>(ParseLadderExtent(options.ladder));  // before any work
  ProgressBar bar(options.progress, "checking");
  const std::vector<Claim> claims =
      JudgeClaims(p.quadratic, p.hyper, p.preconditioner, options.bound,
                  {.identity_tolerance = options.identity_tolerance,
                   .approximation_tolerance = options.approximation_tolerance,
                   .order_tolerance = options.order_tolerance,
                   .family_wise_error = options.family_wise_error,
                   .time_step = options.TimeStep(),
                   .chains = options.chains,
                   .target_error = options.target_error,
                   .budget = options.ladder_budget,
                   .seed = options.seed,
                   .threads = options.threads,
                   .ranks = options.ranks,
                   .progress = bar.Callback(),
                   .loss = problem.data ? problem.data->loss.get() : nullptr,
                   .sampling = ParseSampling(options.sampling)});
  result.Root()["claims"] = Json::array();
  for (const Claim& claim : claims) result.Root()["claims"].push_back(ToJson(claim));
  result.Finish(AddFixedPoint(p.fixed_point, result) + Table(claims, options.family_wise_error) +
                AddLadder(problem, options, result));
  return ExitCode::kDone;
}

}  // namespace adamsde
