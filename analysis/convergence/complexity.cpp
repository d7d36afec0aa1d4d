#include "analysis/convergence/complexity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace adamsde {
namespace {

constexpr int kPoints = 5;

struct Measured {
  double iterations;
  double relative_error;
};

/// Where the running average of E‖∇F_k‖² falls below ε² for good, between two records by
/// interpolation of logarithms; nothing if it has not. Its error is the average's, over the local
/// slope of log average against log T.
std::optional<Measured> IterationsToEpsilon(const std::vector<DescentRecord>& records,
                                            double target) {
  for (std::size_t i = records.size(); i-- > 0;) {
    const double average = records[i].running_average.mean;
    if (average <= target) continue;
    if (i + 1 == records.size()) return std::nullopt;
    const double next = records[i + 1].running_average.mean;
    const double t0 = std::log(static_cast<double>(records[i].iteration) + 1);
    const double t1 = std::log(static_cast<double>(records[i + 1].iteration) + 1);
    const double slope = std::log(next / average) / (t1 - t0);
    const double error = records[i + 1].running_average.StandardError() / next / std::abs(slope);
    return Measured{.iterations = std::exp(t0 + std::log(target / average) / slope),
                    .relative_error = error};
  }
  return std::nullopt;
}

RateParameters ParametersOf(const TheoremConstants& c, bool decaying, double epsilon) {
  return decaying ? Theorem3Parameters(c, epsilon, Reading::kCorrected)
                  : Theorem2Parameters(c, epsilon, Reading::kCorrected);
}

void MeasureRow(const ConvergenceSetup& setup, bool decaying, ComplexityRow& row,
                ComplexityReport& report) {
  std::vector<double> epsilons;
  std::vector<double> iterations;
  std::vector<double> errors;
  for (int i = 0; i < kPoints; ++i) {
    const double epsilon = setup.epsilon * std::pow(2, 0.5 * i);
    const RateParameters rate = ParametersOf(setup.constants, decaying, epsilon);
    if (i == 0) row.theorem = rate.iterations;
    if (!(rate.iterations <= setup.iteration_limit)) {
      report.notes.push_back(fmt::format("{} at epsilon = {:.4g} needs T = {:.3g}: not measured",
                                         row.name, epsilon, rate.iterations));
      continue;
    }
    DescentOptions options = MakeDescent(setup, rate);
    options.records = LogSpacedIterations(options.iterations, 2000);
    const DescentResult result = RunDescent(*setup.loss, options);
    const auto measured = IterationsToEpsilon(result.records, rate.target);
    if (!measured) {
      report.notes.push_back(fmt::format(
          "{} at epsilon = {:.4g}: the running average of |grad F_k|^2 never crosses epsilon^2",
          row.name, epsilon));
      continue;
    }
    if (i == 0) {
      row.measured = measured->iterations;
      row.measured_relative_error = measured->relative_error;
    }
    report.points.push_back({.name = row.name,
                             .epsilon = epsilon,
                             .theorem = rate.iterations,
                             .measured = measured->iterations,
                             .relative_error = measured->relative_error});
    epsilons.push_back(epsilon);
    iterations.push_back(measured->iterations);
    errors.push_back(std::max(measured->relative_error, 1e-6));
  }
  if (epsilons.size() < 3) return;
  Slope slope = FitLogLog(epsilons, iterations, errors);
  slope.value = -slope.value;
  row.exponent = slope;
}

}  // namespace

std::vector<ComplexityRow> PredictComplexity(const TheoremConstants& c, double epsilon) {
  RequirePositive("epsilon", epsilon);
  const double bound = c.gradient_bound;
  const double variance = c.noise_variance;
  const double gap = c.gap + c.regularizer;
  const double e4 = std::pow(epsilon, -4);
  const double log = std::max(1.0, std::log(1 / epsilon));
  const double g2 = std::sqrt(c.dimension) * bound;
  const double first =
      std::pow(bound, 2.5) * c.smoothness * gap * variance / std::pow(c.delta, 1.25) * e4;
  const double second = bound * bound * variance * variance / (c.delta * c.batch_size) * e4;
  const double guo =
      std::max(std::pow(bound / c.delta, 2.5) * c.smoothness * c.smoothness * variance * e4,
               bound * bound * variance * variance / (c.delta * c.delta) * e4);
  const auto row = [](const char* name, const char* formula, double predicted) {
    ComplexityRow r;
    r.name = name;
    r.formula = formula;
    r.predicted = predicted;
    return r;
  };
  return {row("constant-rate",
              "max{c_inf^2.5 L Delta sigma^2/(delta^1.25 eps^4), c_inf^2 sigma^4/(delta b eps^4)}",
              std::max(first, second)),
          row("decaying-rate", "the same times log^2(1/eps)", std::max(first, second) * log * log),
          row("adam-type", "c_inf sqrt(d) eps^-4", bound * std::sqrt(c.dimension) * e4),
          row("adabelief", "g2^6 eps^-4", std::pow(g2, 6) * e4),
          row("lamb", "g2 sqrt(d) eps^-4", g2 * std::sqrt(c.dimension) * e4),
          row("rmsprop-padam", "sqrt(c_inf) d eps^-4", std::sqrt(bound) * c.dimension * e4),
          row("guo-et-al",
              "max{c_inf^2.5 L^2 sigma^2/(delta^2.5 eps^4), c_inf^2 sigma^4/(delta^2 eps^4)} "
              "log(1/eps)",
              guo * log),
          row("lower-bound", "eps^-4", e4)};
}

ComplexityReport MeasureComplexity(const ConvergenceSetup& setup) {
  Validate(setup);
  ComplexityReport report;
  report.rows = PredictComplexity(setup.constants, setup.epsilon);
  MeasureRow(setup, false, report.rows[0], report);
  MeasureRow(setup, true, report.rows[1], report);
  return report;
}

}  // namespace adamsde
