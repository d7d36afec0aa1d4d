// Theorems 2 and 3: the averages of Algorithm 1 on a smooth loss.
#include <fmt/format.h>

#include <cmath>

#include "analysis/convergence/experiment.h"

namespace adamsde {
namespace {

Inequality OfAverage(const std::string& name, const std::string& parameters, const RunAverage& left,
                     std::optional<double> print, std::optional<double> proof) {
  return {.name = name,
          .parameters = parameters,
          .left = left.mean,
          .left_stderr = left.StandardError(),
          .right_print = print,
          .right_proof = proof,
          .detail = {}};
}

void AddJudged(bool applicable, Inequality inequality, ConvergenceReport& report) {
  if (applicable) {
    inequality = Judge(std::move(inequality));
  } else {
    inequality.detail = "iterates left the region of the constants";
  }
  report.inequalities.push_back(std::move(inequality));
}

void AddCorollary1(const std::string& parameters, const DescentResult& result, bool applicable,
                   ConvergenceReport& report) {
  Inequality corollary = OfAverage("corollary-1", parameters, result.average[kViolated], 0.0, 0.0);
  const double rho = std::sqrt(result.average[kScale].mean / result.average[kGradient].mean);
  corollary.detail = fmt::format(
      "share of steps violating it; rho' = |v|/|grad F| = {:.4g} (root mean squares), "
      "it says nothing (lambda rho' |x| >= 1) in {:.3g} % of the steps",
      rho, 100 * result.average[kVacuous].mean);
  AddJudged(applicable, std::move(corollary), report);
}

void AddTheorem2(const ConvergenceSetup& setup, const std::string& parameters,
                 const RateParameters& rate, ConvergenceReport& report) {
  const DescentResult result = RunDescent(*setup.loss, MakeDescent(setup, rate));
  const bool applicable = AddMeasured(setup, parameters, result, report);
  const double target = rate.target;
  const double eta2 = rate.eta * rate.eta;
  AddJudged(applicable,
            OfAverage("gradient", parameters, result.average[kSurrogateGradient], target, target),
            report);
  AddJudged(
      applicable,
      OfAverage("move", parameters, result.average[kMove], eta2 * target / 4, 4 * eta2 * target),
      report);
  AddJudged(applicable,
            OfAverage("move-weighted", parameters, result.average[kMoveWeighted], eta2 * target / 4,
                      std::nullopt),
            report);
  AddJudged(
      applicable,
      OfAverage("momentum", parameters, result.average[kMomentumError], 8 * target, 8 * target),
      report);
  AddCorollary1(parameters, result, applicable, report);
}

/// Runs `measure` for the printed and the corrected hyperparameters; a printed T beyond the limit
/// is only reported.
template <typename Calculator, typename Measure>
ConvergenceReport MeasureReadings(const ConvergenceSetup& setup, const std::string& what,
                                  const Calculator& calculate, const Measure& measure) {
  Validate(setup);
  RequireFeasible(setup, what, [&](double epsilon) {
    return calculate(epsilon, Reading::kCorrected).iterations;
  });
  ConvergenceReport report;
  for (const Reading reading : {Reading::kPrinted, Reading::kProof, Reading::kCorrected}) {
    ParameterRow row{.parameters = ToString(reading),
                     .epsilon = setup.epsilon,
                     .rate = calculate(setup.epsilon, reading)};
    row.run = reading != Reading::kProof && row.rate.iterations <= setup.iteration_limit;
    for (const std::string& note : row.rate.notes) {
      report.notes.push_back(row.parameters + ": " + note);
    }
    if (row.run) measure(row.parameters, row.rate, report);
    report.parameters.push_back(std::move(row));
  }
  return report;
}

/// Σ η_kβ_k ≤ κγ²·log T as printed, κγ²(1 + log T) as derived, for the statement's own (unclamped)
/// sequences: κγ² times the harmonic number of T.
Inequality LogarithmOfSum(const std::string& parameters, const RateParameters& rate) {
  const double scale = rate.eta * rate.beta1;
  const double log = std::log(rate.iterations);
  return Judge({.name = "sum-eta-beta",
                .parameters = parameters,
                .left = scale * HarmonicNumber(rate.iterations),
                .right_print = scale * log,
                .right_proof = scale * (1 + log),
                .detail = "sum of eta_k beta_k against gamma1^2 gamma2 times log T, 1 + log T"});
}

}  // namespace

ConvergenceReport MeasureTheorem2(const ConvergenceSetup& setup) {
  return MeasureReadings(
      setup, "theorem 2",
      [&](double epsilon, Reading reading) {
        return Theorem2Parameters(setup.constants, epsilon, reading);
      },
      [&](const std::string& parameters, const RateParameters& rate, ConvergenceReport& report) {
        AddTheorem2(setup, parameters, rate, report);
      });
}

ConvergenceReport MeasureTheorem3(const ConvergenceSetup& setup) {
  return MeasureReadings(
      setup, "theorem 3",
      [&](double epsilon, Reading reading) {
        return Theorem3Parameters(setup.constants, epsilon, reading);
      },
      [&](const std::string& parameters, const RateParameters& rate, ConvergenceReport& report) {
        const DescentResult result = RunDescent(*setup.loss, MakeDescent(setup, rate));
        const bool applicable = AddMeasured(setup, parameters, result, report);
        const TheoremConstants& c = setup.constants;
        Inequality gradient =
            OfAverage("weighted-gradient", parameters, result.average[kSurrogateGradient],
                      rate.target, rate.target);
        gradient.detail = fmt::format(
            "the proof's own inequality bounds it by {:.4g} at this T",
            ProofBound(c, rate, c.gap + c.regularizer, c.BatchVariance(), rate.iterations));
        AddJudged(applicable, std::move(gradient), report);
        report.inequalities.push_back(LogarithmOfSum(parameters, rate));
        AddCorollary1(parameters, result, applicable, report);
      });
}

}  // namespace adamsde
