#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "analysis/bound/alternatives.h"
#include "analysis/bound/corollary3.h"
#include "cli/commands.h"
#include "cli/posterior_report.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

Json ToJson(const SpectralErr& err) {
  return {{"err", err.err},
          {"err_per_parameter", err.err_per_parameter},
          {"floor_sensitivity", err.floor_sensitivity}};
}

std::string AddCorollary3(const WeightedSpectrum& spectrum, const Options& options,
                          Result& result) {
  Hyperparameters hyper = options.hyper;
  Validate(hyper);
  const Corollary3 c = EvaluateCorollary3(
      spectrum, hyper, options.bound.prior_variance,
      {.negative = ParseNegativePolicy(options.negative), .floor = options.floor});
  Json& json = result.Root()["corollary3"];
  json["adamw"] = ToJson(c.adamw);
  json["l2_adam"] = ToJson(c.l2_adam);
  json["mass_below_one"] = c.mass_below_one;
  json["mass_ordered"] = c.mass_ordered;
  json["mass_touched"] = c.mass_touched;
  json["floor_sensitivity"] = c.l2_adam.floor_sensitivity;
  return fmt::format(
      "Corollary 3 (Q = H^(-1/2)): err AdamW {:.6g} ({:.6g} per parameter), l2-Adam {:.6g} "
      "({:.6g})\n"
      "mass with sigma < 1: {:.4g}; with x_l2 > x_AdamW > 1: {:.4g}; touched by policy: {:.4g}\n",
      c.adamw.err, c.adamw.err_per_parameter, c.l2_adam.err, c.l2_adam.err_per_parameter,
      c.mass_below_one, c.mass_ordered, c.mass_touched);
}

std::string AddAlternatives(double kl, const Options& options, Result& result) {
  if (!options.empirical_risk) return "";
  const RiskBounds bounds =
      BoundRisk(kl, options.bound.num_samples, options.bound.failure_probability,
                *options.empirical_risk, options.catoni_parameter);
  result.Root()["alternatives"] = {
      {"maurer", bounds.maurer}, {"seeger", bounds.seeger}, {"catoni", bounds.catoni}};
  return fmt::format(
      "risk bounds for a loss in [0, 1]: Maurer {:.6g}, Seeger {:.6g}, Catoni (gamma = {:g}) "
      "{:.6g}\n",
      bounds.maurer, bounds.seeger, options.catoni_parameter, bounds.catoni);
}

std::string AddProblemBound(const OptimizerProblem& problem, const Options& options,
                            Result& result) {
  const GaussianLaw law =
      StationaryLaw(MakeModalSystem(problem.quadratic, problem.hyper, problem.preconditioner));
  const PosteriorSummary summary = SummarizePosterior(problem, law, options);
  if (!std::isfinite(summary.log_det)) {
    throw std::domain_error(
        "infinite KL (the posterior covariance is singular) use --range-only, or --ridge");
  }
  result.Root()["bound"] = BoundJson(summary, options.bound);
  const double kl = KlDivergence(summary, options.bound);
  std::string report = fmt::format("KL = {:.6g}, dimension {}\n", kl, summary.dimension);
  const std::pair<const char*, BoundConvention> conventions[] = {
      {"derived", BoundConvention::kDerived},
      {"printed", BoundConvention::kPrinted},
      {"literal", BoundConvention::kLiteral}};
  for (const auto& [name, convention] : conventions) {
    const BoundValue value = PacBayesBound(summary, options.bound, convention);
    report +=
        fmt::format("Phi {}{:8} = {:.6g}   (err {:.6g}, c0 {:.6g})\n",
                    name == options.convention ? "*" : " ", name, value.phi, value.err, value.c0);
  }
  report += AddAlternatives(kl, options, result);
  const Eigen::VectorXd sigma = SymmetricEigenvalues(problem.quadratic.hessian);
  if (sigma(0) > 0 || options.floor > 0) {
    const auto d = static_cast<double>(sigma.size());
    report += AddCorollary3({.values = sigma,
                             .weights = Eigen::VectorXd::Constant(sigma.size(), 1 / d),
                             .dimension = d},
                            options, result);
  } else {
    SetNull(result.Root(), "corollary3", "the hessian is singular: set a --floor");
  }
  return report;
}

}  // namespace

ExitCode RunBound(const Arguments& arguments) {
  Result result(arguments);
  static_cast<void>(ParseConvention(arguments.options.convention));
  const Problem problem = LoadProblem(arguments.options);
  const Options options = CompleteOptions(arguments, problem, result);
  std::string report;
  if (problem.spectrum) {
    SetNull(result.Root(), "bound", "a spectrum alone has no covariance");
    report = AddCorollary3(*problem.spectrum, options, result);
  } else {
    report = AddProblemBound(RequireOptimizerProblem(problem, "bound"), options, result);
  }
  result.Finish(report);
  return ExitCode::kDone;
}

}  // namespace adamsde
