#include "cli/ladder_report.h"

#include <fmt/format.h>

#include <cmath>

#include "analysis/ladder/ladder.h"
#include "cli/progress.h"

namespace adamsde {
namespace {

/// The noise that rung 3 turns to: the data's own, unless a file gives another.
QuadraticProblem WithTrueNoise(const Problem& problem, const Options& options) {
  QuadraticProblem quadratic = problem.optimizer->quadratic;
  if (problem.data == nullptr || options.gradient_noise != "hessian") return quadratic;
  MinibatchSampling sampling = ParseSampling(options.sampling);
  // Reshuffled passes have no C: that of a batch without replacement is the nearest.
  if (sampling == MinibatchSampling::kEpoch) sampling = MinibatchSampling::kBatch;
  quadratic.gradient_noise = EmpiricalGradientNoise(*problem.data->loss, quadratic.minimizer,
                                                    problem.optimizer->hyper.batch_size, sampling);
  return quadratic;
}

LadderOptions MakeOptions(const Options& options) {
  return {.sampled = ParseLadderExtent(options.ladder) == LadderExtent::kFull,
          .time_step = options.TimeStep(),
          .bound = options.bound,
          .convention = ParseConvention(options.convention),
          .posterior_mean = ParsePosteriorMean(options.posterior_mean),
          .range_only = options.range_only,
          .chains = options.chains,
          .target_error = options.target_error,
          .budget = options.ladder_budget,
          .seed = options.seed,
          .threads = options.threads,
          .ranks = options.ranks,
          .progress = {}};
}

Json SampleJson(const RungSample& sample) {
  Json json;
  json["chains"] = sample.chains;
  json["burn_in"] = sample.burn_in;
  json["record_every"] = sample.record_every;
  json["records"] = sample.records;
  json["expected_relative_error"] = sample.planned_error;
  json["transient"] = sample.transient;
  json["controlled"] = sample.controlled;
  json["uncontrolled_stderr"] = sample.raw_error;
  SetNumber(json, "uncontrolled_r_hat", sample.raw_r_hat, "the sample is constant");
  json["trace_stderr"] = sample.trace_stderr;
  SetNumber(json, "log_det_stderr", sample.log_det_stderr, "the covariance is singular");
  SetNumber(json, "mean_shift_stderr", sample.mean_shift_stderr, "the sample does not move");
  SetNumber(json, "r_hat", sample.r_hat, "the sample is constant");
  SetNumber(json, "ess", sample.ess, "the sample is constant");
  json["drift_z"] = sample.drift_z;
  json["mixed"] = sample.mixed;
  return json;
}

Json RungJson(const Rung& rung) {
  Json json;
  json["rung"] = rung.id;
  json["name"] = rung.name;
  const std::string why = rung.Exists() ? "no rung to compare with" : rung.missing;
  const std::string singular = rung.Exists() ? "the covariance is singular" : rung.missing;
  SetNumber(json, "mean_shift", rung.mean_shift, why);
  SetNumber(json, "mean_shift_sigma", rung.mean_shift_sigma, singular);
  SetNumber(json, "relative_change", rung.relative_change, why);
  SetNumber(json, "relative_to_lemma5", rung.relative_to_lemma5, why);
  SetNumber(json, "trace", rung.trace, why);
  SetNumber(json, "log_det", rung.law.log_det, singular);
  SetNumber(json, "err", rung.err, singular);
  SetNumber(json, "phi", rung.phi, singular);
  SetNumber(json, "stderr", rung.standard_error, rung.Exists() ? "closed form" : rung.missing);
  json["compared_with"] = rung.compared_with;
  json["statement"] = rung.statement;
  if (rung.sample) json["sample"] = SampleJson(*rung.sample);
  return json;
}

std::string Cell(double value) { return std::isnan(value) ? "-" : fmt::format("{:.4g}", value); }

std::string RungTable(const Ladder& ladder) {
  std::string text =
      fmt::format("\n{:4} {:>10} {:>9} {:>9} {:>9} {:>10} {:>10} {:>10} {:>9} {:>8}  {}\n", "rung",
                  "mean shift", "in sigma", "change", "to rung 0", "trace", "log det", "err", "phi",
                  "stderr", "what is new");
  for (const Rung& rung : ladder.rungs) {
    text +=
        fmt::format("{:4} {:>10} {:>9} {:>9} {:>9} {:>10} {:>10} {:>10} {:>9} {:>8}  {}\n", rung.id,
                    Cell(rung.mean_shift), Cell(rung.mean_shift_sigma), Cell(rung.relative_change),
                    Cell(rung.relative_to_lemma5), Cell(rung.trace), Cell(rung.law.log_det),
                    Cell(rung.err), Cell(rung.phi), Cell(rung.standard_error), rung.name);
  }
  return text;
}

/// What the control took off.
std::string ControlReport(const Rung& rung) {
  if (!rung.sample->controlled) return "";
  return fmt::format("; without its control (coefficient {:.3f}) {:.4f}, standard error {:.2g}",
                     rung.sample->control_coefficient, rung.sample->raw_r_hat,
                     rung.sample->raw_error);
}

std::string Statements(const Ladder& ladder) {
  std::string text = "\n";
  for (const Rung& rung : ladder.rungs) {
    text += fmt::format("{:3} {}\n", rung.id, rung.statement);
    if (rung.sample) {
      text +=
          fmt::format("    planned: {}\n    nested R-hat {:.4f}, ess {:.3g}{}\n", rung.sample->plan,
                      rung.sample->r_hat, rung.sample->ess, ControlReport(rung));
    }
  }
  for (const std::string& conclusion : ladder.conclusions) text += conclusion + "\n";
  return text;
}

Json PairJson(const OptimizerPair& pair) {
  Json json;
  json["first"] = "adamw";
  json["second"] = "l2-adam";
  json["mixed"] = pair.mixed;
  json["quantities"] = Json::array();
  for (const PairedQuantity& q : pair.quantities) {
    Json item;
    item["name"] = q.name;
    SetNumber(item, "adamw", q.first, "the covariance is singular");
    SetNumber(item, "l2_adam", q.second, "the covariance is singular");
    SetNumber(item, "difference", q.difference, "the covariance is singular");
    SetNumber(item, "stderr", q.standard_error, "the covariance is singular");
    SetNumber(item, "unpaired_stderr", q.unpaired_error, "the covariance is singular");
    json["quantities"].push_back(item);
  }
  return json;
}

std::string PairReport(const OptimizerPair& pair) {
  if (!pair.missing.empty()) {
    return fmt::format("AdamW against l2-Adam: none ({})\n", pair.missing);
  }
  std::string text = fmt::format(
      "\nAdamW minus l2-Adam on rung 6, same random numbers{}\n{:10} {:>12} {:>12} {:>12} {:>10} "
      "{:>16}\n",
      pair.mixed ? "" : " (NOT MIXED: do not trust these numbers)", "", "AdamW", "l2-Adam",
      "difference", "stderr", "unpaired stderr");
  for (const PairedQuantity& q : pair.quantities) {
    text += fmt::format("{:10} {:>12} {:>12} {:>12} {:>10} {:>16}\n", q.name, Cell(q.first),
                        Cell(q.second), Cell(q.difference), Cell(q.standard_error),
                        Cell(q.unpaired_error));
  }
  return text;
}

}  // namespace

std::string AddLadder(const Problem& problem, const Options& options, Result& result) {
  if (ParseLadderExtent(options.ladder) == LadderExtent::kNone) return "";
  const OptimizerProblem& p = *problem.optimizer;
  LadderOptions ladder_options = MakeOptions(options);
  ProgressBar bar(options.progress, "descending");
  ladder_options.progress = bar.Callback();
  const Ladder ladder = DescendLadder({.quadratic = WithTrueNoise(problem, options),
                                       .hyper = p.hyper,
                                       .preconditioner = p.preconditioner,
                                       .loss = problem.data ? problem.data->loss.get() : nullptr,
                                       .sampling = ParseSampling(options.sampling)},
                                      ladder_options);
  Json& root = result.Root();
  root["ladder"] = Json::array();
  for (const Rung& rung : ladder.rungs) root["ladder"].push_back(RungJson(rung));
  root["ladder_conclusions"] = ladder.conclusions;
  root["hurts_most"] = ladder.hurts_most;
  std::string report = RungTable(ladder) + Statements(ladder);
  if (ladder.preconditioner) {
    root["preconditioner"] = {{"iterations", ladder.preconditioner->iterations},
                              {"residual", ladder.preconditioner->residual}};
    report += fmt::format("self-consistent preconditioner: {} iterations, residual {:.2g}\n",
                          ladder.preconditioner->iterations, ladder.preconditioner->residual);
  }
  if (!ladder_options.sampled) return report;
  if (ladder.pair.missing.empty()) {
    root["paired"] = PairJson(ladder.pair);
  } else {
    SetNull(root, "paired", ladder.pair.missing);
  }
  return report + PairReport(ladder.pair);
}

}  // namespace adamsde
