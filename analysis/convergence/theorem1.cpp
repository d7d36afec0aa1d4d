#include "analysis/convergence/theorem1.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

/// One of the statement's schedules at horizon k, with its right sides.
struct Schedule1 {
  std::string name;
  DescentOptions options;
  double eta0 = 0;
  double print_factor = 0;  ///< of Λ
  double proof_factor = 0;
  double gradient_factor = 0;  ///< of τ
};

DescentOptions Base(const ConvergenceSetup& setup, std::int64_t k) {
  RateParameters unit;
  unit.iterations = static_cast<double>(k);
  ConvergenceSetup plain = setup;
  plain.decay = DecaySchedule::kConstant;
  DescentOptions options = MakeDescent(plain, unit);
  options.rule.start = MomentStart::kZero;
  options.track_gradient = true;
  return options;
}

Schedule1 AdamW(const ConvergenceSetup& setup, double alpha, std::int64_t horizon) {
  const auto k = static_cast<double>(horizon);
  const double root = std::sqrt(setup.hyper.delta);
  const double eta = 1.5 * root * std::pow(k, -1 - alpha);
  Schedule1 s{.name = "adamw",
              .options = Base(setup, horizon),
              .eta0 = eta,
              .print_factor = std::pow(1 - 1 / std::sqrt(k), 1.5 * k),
              .proof_factor = std::pow(1 - 1.5 / std::sqrt(k), k),
              .gradient_factor = std::pow(k, -0.5 - alpha)};
  s.options.rule.optimizer = OptimizerKind::kAdamW;
  s.options.rule.weight_decay = std::pow(k, 0.5 + alpha) / root;
  s.options.rule.learning_rate = eta;
  s.options.rule.beta1 = setup.hyper.beta1;
  return s;
}

Schedule1 L2Adam(const ConvergenceSetup& setup, const std::string& name, std::int64_t horizon,
                 double lambda) {
  const auto k = static_cast<double>(horizon);
  const double beta1 = 1 / std::sqrt(k);
  Schedule1 s{.name = name,
              .options = Base(setup, horizon),
              .eta0 = beta1,
              .print_factor = std::pow(1 - beta1, k / 2),
              .proof_factor = std::pow(1 - beta1, k / 2),
              .gradient_factor = 2 * beta1};
  s.options.rule.optimizer = OptimizerKind::kL2Adam;
  s.options.rule.weight_decay = lambda;
  s.options.rule.learning_rate = beta1;
  s.options.rule.beta1 = beta1;
  s.options.cancel_preconditioner = true;
  return s;
}

std::vector<Schedule1> Schedules(const ConvergenceSetup& setup, double alpha, std::int64_t k) {
  const double beta1 = 1 / std::sqrt(static_cast<double>(k));
  const double edge = 2 - beta1 - 2 * std::sqrt(1 - beta1);
  return {AdamW(setup, alpha, k), L2Adam(setup, "l2-adam", k, 1 / beta1),
          L2Adam(setup, "l2-adam-printed-edge", k, edge / beta1),
          L2Adam(setup, "l2-adam-corrected-edge", k, edge / (beta1 * beta1))};
}

Inequality Evaluate(const ConvergenceSetup& setup, const Schedule1& s, std::int64_t k,
                    ConvergenceReport& report) {
  const DescentResult result = RunDescent(*setup.loss, s.options);
  AddMeasured(setup, fmt::format("{}-{}", s.name, k), result, report);
  const double tau = *std::max_element(result.gradient.begin(), result.gradient.end());
  const double minimizer = setup.loss->Minimizer()(0);
  const double lambda0 = s.eta0 + std::abs(setup.start(0) - minimizer);
  const double noise = tau * s.gradient_factor;
  Inequality inequality{.name = fmt::format("horizon-{}", k),
                        .parameters = s.name,
                        .left = result.final_distance.mean,
                        .left_stderr = result.final_distance.StandardError(),
                        .right_print = s.print_factor * lambda0 + noise,
                        .right_proof = s.proof_factor * lambda0 + noise,
                        .detail = fmt::format("E|x_k - x*|, lambda = {:.4g}, tau = {:.4g}",
                                              s.options.rule.weight_decay.At(0), tau)};
  if (minimizer != 0) {
    const double at = result.final_state.x.mean();
    inequality.detail += fmt::format(
        "; x* = {:g} is not 0 and decay points away from it: E x_k = {:.4g}, and "
        "E|x_k - x*| / |x*| = {:.4g}",
        minimizer, at, inequality.left / std::abs(minimizer));
  }
  return Judge(std::move(inequality));
}

void Validate1(const ConvergenceSetup& setup, const Theorem1Options& options) {
  Validate(setup);
  RequirePositive("alpha", options.alpha);
  if (setup.loss->Dimension() != 1) {
    throw std::invalid_argument("theorem 1 is about one dimension (use --loss least-square)");
  }
  for (const std::int64_t k : options.horizons) {
    if (k < 3) {
      throw std::invalid_argument(
          fmt::format("horizons has {} (theorem 1 needs k >= 3, for 1 - 3/(2 sqrt k) > 0)", k));
    }
  }
}

}  // namespace

Theorem1Report MeasureTheorem1(const ConvergenceSetup& setup, const Theorem1Options& options) {
  Validate1(setup, options);
  Theorem1Report result;
  struct Points {
    std::vector<double> x, y, error;
  };
  std::vector<std::pair<std::string, Points>> lines;
  std::uint32_t stream = 0;
  for (const std::int64_t k : options.horizons) {
    for (Schedule1& s : Schedules(setup, options.alpha, k)) {
      s.options.stream = stream;  // independent noise, so that the slope's error is right
      stream += 2;
      const Inequality& inequality =
          result.report.inequalities.emplace_back(Evaluate(setup, s, k, result.report));
      auto line = std::find_if(lines.begin(), lines.end(),
                               [&](const auto& l) { return l.first == s.name; });
      if (line == lines.end()) line = lines.insert(lines.end(), {s.name, {}});
      if (!(inequality.left > 0 && inequality.left_stderr > 0)) continue;
      line->second.x.push_back(static_cast<double>(k));
      line->second.y.push_back(inequality.left);
      line->second.error.push_back(inequality.left_stderr / inequality.left);
    }
  }
  for (const auto& [name, points] : lines) {
    if (points.x.size() < 3) continue;
    result.slopes.push_back({.name = name, .slope = FitLogLog(points.x, points.y, points.error)});
  }
  return result;
}

}  // namespace adamsde
