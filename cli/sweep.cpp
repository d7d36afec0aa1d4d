#include "analysis/bound/sweep.h"

#include <fmt/format.h>

#include "cli/commands.h"

namespace adamsde {
namespace {

std::string Csv(const Sweep& sweep) {
  std::string text =
      "lambda,err,phi_derived,phi_printed,phi_literal,risk,risk_plus_phi,trace,log_det\n";
  for (const SweepPoint& p : sweep.points) {
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", p.lambda, p.err, p.phi_derived,
                        p.phi_printed, p.phi_literal, p.risk, p.risk_plus_phi, p.trace, p.log_det);
  }
  return text;
}

Json ToJson(const SweepMinimum& minimum) {
  Json json;
  json["lambda"] = minimum.lambda;
  json["value"] = minimum.value;
  SetNull(json, "lower_bound", "not certified");
  json["certified"] = false;
  return json;
}

}  // namespace

ExitCode RunSweep(const Arguments& arguments) {
  Result result(arguments);
  const Problem problem = LoadProblem(arguments.options);
  const OptimizerProblem& p = RequireOptimizerProblem(problem, "sweep");
  const Options options = CompleteOptions(arguments, problem, result);
  const Sweep sweep =
      SweepWeightDecay(p.quadratic, p.hyper, p.preconditioner,
                       {.settings = options.bound,
                        .convention = ParseConvention(options.convention),
                        .posterior_mean = ParsePosteriorMean(options.posterior_mean),
                        .lambda_min = options.lambda_min,
                        .lambda_max = options.lambda_max,
                        .points = options.points});
  Json& json = result.Root();
  json["minimum"] = {{"err", ToJson(sweep.err)},
                     {"phi", ToJson(sweep.phi)},
                     {"risk_plus_phi", ToJson(sweep.risk_plus_phi)}};
  json["interior"] = sweep.interior;
  if (sweep.criterion) {
    json["criterion"] = *sweep.criterion;
  } else {
    SetNull(json, "criterion", "defined for AdamW with C = H/b and a nonsingular hessian");
  }
  result.AddText("sweep.csv", Csv(sweep));
  std::string report = fmt::format("minimum over lambda in [{:g}, {:g}], {} points, refined\n",
                                   options.lambda_min, options.lambda_max, options.points);
  const std::pair<const char*, const SweepMinimum*> minima[] = {
      {"err", &sweep.err}, {"phi", &sweep.phi}, {"risk + phi", &sweep.risk_plus_phi}};
  for (const auto& [name, minimum] : minima) {
    report +=
        fmt::format("{:12} {:>14.8g} at lambda = {:.6g}\n", name, minimum->value, minimum->lambda);
  }
  if (sweep.criterion) report += fmt::format("slope of err at 0 is {:.6g}\n", *sweep.criterion);
  result.Finish(report);
  return ExitCode::kDone;
}

}  // namespace adamsde
