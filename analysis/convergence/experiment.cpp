#include "analysis/convergence/experiment.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

constexpr double kSigmas = 4;

Verdict Compare(double left, double standard_error, double right) {
  if (!std::isfinite(left)) return Verdict::kFails;
  // Rounding only where nothing was sampled.
  const double margin = standard_error > 0 ? kSigmas * standard_error : -1e-12 * std::abs(right);
  if (left + margin <= right) return Verdict::kHolds;
  if (left - margin > right) return Verdict::kFails;
  return Verdict::kNotApplicable;
}

}  // namespace

void Validate(const ConvergenceSetup& setup) {
  RequirePositive("epsilon", setup.epsilon);
  RequirePositive("iterations", setup.iteration_limit);
  Hyperparameters hyper = setup.hyper;
  Validate(hyper);
  const TheoremConstants& c = setup.constants;
  for (const double value :
       {c.smoothness, c.gradient_bound, c.noise_variance, c.gap, c.regularizer}) {
    if (!std::isfinite(value)) {
      throw std::invalid_argument(
          "the theorem's constants overflow (the start is too far from the minimizer) use a "
          "smaller "
          "--initial-value");
    }
  }
  if (setup.runs < 2) {
    throw std::invalid_argument(
        fmt::format("runs = {} is not allowed (standard errors need at least 2)", setup.runs));
  }
}

Inequality Judge(Inequality inequality) {
  const double left = inequality.left;
  const double error = inequality.left_stderr;
  if (inequality.right_print) {
    inequality.verdict_print = Compare(left, error, *inequality.right_print);
  }
  inequality.verdict = Compare(left, error, inequality.Right());
  if (inequality.verdict == Verdict::kNotApplicable) {
    inequality.detail += inequality.detail.empty() ? "" : "; ";
    inequality.detail += "undecided within 4 standard errors: more --runs";
  }
  return inequality;
}

Schedule WeightDecaySchedule(const ConvergenceSetup& setup, double offset) {
  const double lambda = setup.hyper.weight_decay;
  if (lambda == 0 || setup.decay == DecaySchedule::kConstant) return lambda;
  double ratio = setup.decay_ratio;
  if (setup.decay == DecaySchedule::kSecondMoment) {
    const double bound = setup.constants.gradient_bound;
    const double beta2 = setup.hyper.beta2;
    // Refuses beta2*c_inf^2 >= delta, naming the values.
    static_cast<void>(Schedule::SecondMomentDecay(lambda, beta2, bound, setup.hyper.delta));
    ratio = 1 - beta2 * bound * bound / setup.hyper.delta;
  }
  return Schedule::Geometric(lambda * std::pow(ratio, offset), ratio);
}

DescentOptions MakeDescent(const ConvergenceSetup& setup, const RateParameters& rate) {
  DescentOptions options{.rule = {.optimizer = setup.hyper.optimizer,
                                  .convention = OptimizerConvention::kPaper,
                                  .start = MomentStart::kFirstGradient,
                                  .learning_rate = rate.LearningRate(),
                                  .weight_decay = WeightDecaySchedule(setup),
                                  .beta1 = rate.Beta1(),
                                  .beta2 = setup.hyper.beta2,
                                  .delta = setup.hyper.delta},
                         .noise = setup.noise,
                         .runs = setup.runs,
                         .iterations = static_cast<std::int64_t>(rate.iterations),
                         .start = setup.start,
                         .weight_by_rate = rate.decaying,
                         .records = {},
                         .seed = setup.seed,
                         .threads = setup.threads,
                         .units = setup.units,
                         .progress = setup.progress};
  options.records = LogSpacedIterations(options.iterations, setup.records);
  return options;
}

bool AddMeasured(const ConvergenceSetup& setup, const std::string& run, const DescentResult& result,
                 ConvergenceReport& report) {
  report.measured.push_back({.run = run,
                             .average = result.average,
                             .largest_x = result.largest_x,
                             .diverged = result.diverged});
  report.trajectories.push_back({.run = run, .records = result.records});
  if (result.diverged > 0) {
    report.notes.push_back(
        fmt::format("{}: {} of {} runs left the finite numbers", run, result.diverged, setup.runs));
    return true;  // a verdict in itself
  }
  if (result.largest_x > setup.radius) {
    report.notes.push_back(
        fmt::format("{}: an iterate reached |x| = {:.4g}, outside |x| <= {:g} where the constants "
                    "hold: no verdict; use a larger --radius",
                    run, result.largest_x, setup.radius));
    return false;
  }
  return true;
}

void RequireFeasible(const ConvergenceSetup& setup, const std::string& what,
                     const std::function<double(double epsilon)>& iterations) {
  const double needed = iterations(setup.epsilon);
  if (needed <= setup.iteration_limit) return;
  double low = setup.epsilon;
  double high = low;
  while (iterations(high) > setup.iteration_limit && high < 1e12) high *= 2;
  for (int i = 0; i < 40; ++i) {
    const double middle = std::sqrt(low * high);
    (iterations(middle) > setup.iteration_limit ? low : high) = middle;
  }
  throw std::invalid_argument(
      fmt::format("{} needs {:.3g} iterations per run (--iterations allows {:.3g}) use --epsilon "
                  "{:.3g} or more",
                  what, needed, setup.iteration_limit, high));
}

}  // namespace adamsde
