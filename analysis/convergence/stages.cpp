// Theorem 4: stages of Algorithm 1 on a PŁ loss, each from the random output of the one before.
#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <stdexcept>

#include "analysis/convergence/experiment.h"

namespace adamsde {
namespace {

double TotalIterations(const std::vector<StageParameters>& stages) {
  return std::accumulate(
      stages.begin(), stages.end(), 0.0,
      [](double sum, const StageParameters& s) { return sum + s.rate.iterations; });
}

void AddStage(const ConvergenceSetup& setup, const std::string& parameters,
              const StageParameters& stage, const DescentResult& result,
              ConvergenceReport& report) {
  const std::string run = fmt::format("{}-stage-{}", parameters, stage.stage);
  const bool applicable = AddMeasured(setup, run, result, report);
  const double mu = *setup.constants.pl_constant;
  const auto add = [&](const char* what, const RunAverage& left, double right) {
    Inequality inequality{.name = fmt::format("stage-{}-{}", stage.stage, what),
                          .parameters = parameters,
                          .left = left.mean,
                          .left_stderr = left.StandardError(),
                          .right_print = right,
                          .right_proof = right,
                          .detail = {}};
    if (applicable) {
      inequality = Judge(std::move(inequality));
    } else {
      inequality.detail = "iterates left the region of the constants";
    }
    report.inequalities.push_back(std::move(inequality));
  };
  add("gap", result.output[kSurrogate], stage.epsilon);
  add("gradient", result.average[kSurrogateGradient], mu * stage.epsilon / 8);
  add("momentum", result.output[kMomentumError], mu * stage.epsilon);
}

/// Stages of one reading, run one after the other.
void RunStages(const ConvergenceSetup& setup, const std::string& parameters,
               const std::vector<StageParameters>& stages, ConvergenceReport& report) {
  DescentState state;
  double iterations = 0;
  const double total = TotalIterations(stages);
  for (const StageParameters& stage : stages) {
    DescentOptions options = MakeDescent(setup, stage.rate);
    options.random_output = true;
    options.stream = static_cast<std::uint32_t>(2 * stage.stage);
    options.rule.weight_decay = WeightDecaySchedule(setup, iterations);
    if (setup.progress) {
      const double share = stage.rate.iterations / total;
      const double before = iterations / total;
      options.progress = [&setup, share, before](double f) { setup.progress(before + share * f); };
    }
    if (stage.stage > 1) {
      options.resume = &state;
      options.rule.start = MomentStart::kZero;  // m and n go on from the output iterate
    }
    DescentResult result = RunDescent(*setup.loss, options);
    AddStage(setup, parameters, stage, result, report);
    if (result.diverged > 0) return;
    state = std::move(result.output_state);
    iterations += stage.rate.iterations;
  }
}

/// What the constants of a reading add up to, exactly: no run decides it.
Inequality ShareSum(Reading reading) {
  return Judge({.name = "stage-share",
                .parameters = ToString(reading),
                .left = Theorem4ShareSum(reading),
                .right_print = 0.125,
                .right_proof = 0.125,
                .detail = "sum of the three terms of a stage's bound over mu eps_k, against 1/8"});
}

void RequirePlWithDecay(const ConvergenceSetup& setup) {
  if (setup.hyper.weight_decay == 0) return;
  if (setup.loss->Constants().pl_with_decay) return;
  throw std::domain_error(
      "theorem 4 has no mu for F_k (weight decay moves or bends the minimum of this loss) use "
      "--weight-decay 0 or --loss pl");
}

}  // namespace

ConvergenceReport MeasureTheorem4(const ConvergenceSetup& setup, bool decaying) {
  Validate(setup);
  RequirePlWithDecay(setup);
  const auto calculate = [&](double epsilon, Reading reading) {
    return Theorem4Parameters(setup.constants, epsilon, decaying, reading);
  };
  RequireFeasible(setup, "theorem 4", [&](double epsilon) {
    return TotalIterations(calculate(epsilon, Reading::kCorrected));
  });
  ConvergenceReport report;
  for (const Reading reading : {Reading::kPrinted, Reading::kProof, Reading::kCorrected}) {
    const auto stages = calculate(setup.epsilon, reading);
    const bool run = reading != Reading::kProof && TotalIterations(stages) <= setup.iteration_limit;
    for (const StageParameters& stage : stages) {
      report.parameters.push_back({.parameters = ToString(reading),
                                   .stage = stage.stage,
                                   .epsilon = stage.epsilon,
                                   .rate = stage.rate,
                                   .run = run});
      for (const std::string& note : stage.rate.notes) {
        report.notes.push_back(
            fmt::format("{} stage {}: {}", ToString(reading), stage.stage, note));
      }
    }
    if (run) RunStages(setup, ToString(reading), stages, report);
    if (!decaying && reading != Reading::kPrinted) {
      report.inequalities.push_back(ShareSum(reading));
    }
  }
  return report;
}

}  // namespace adamsde
