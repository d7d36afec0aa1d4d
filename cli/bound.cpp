#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "analysis/bound/alternatives.h"
#include "analysis/bound/corollary3.h"
#include "cli/bound_report.h"
#include "cli/commands.h"
#include "cli/matrix_free.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

Json ToJson(const SpectralErr& err, double stderr_per_parameter, double dimension) {
  Json json = {{"err", err.err},
               {"err_per_parameter", err.err_per_parameter},
               {"floor_sensitivity", err.floor_sensitivity}};
  constexpr const char* kOneRun = "needs two runs or more";
  SetNumber(json, "err_stderr", dimension * stderr_per_parameter, kOneRun);
  SetNumber(json, "err_per_parameter_stderr", stderr_per_parameter, kOneRun);
  return json;
}

std::string WithError(double value, double error) {
  return std::isfinite(error) ? fmt::format("{:.6g} +- {:.2g}", value, error)
                              : fmt::format("{:.6g}", value);
}

std::string AddCorollary3(const SpectrumRuns& spectrum, const Options& options, Result& result) {
  const Hyperparameters hyper = options.ParseHyperparameters();
  const SpectrumBound bound =
      EvaluateRuns(spectrum, hyper, options.bound.prior_variance,
                   {.negative = ParseNegativePolicy(options.negative), .floor = options.floor});
  const Corollary3& c = bound.mean;
  const double d = spectrum.Dimension();
  Json& json = result.Root()["corollary3"];
  json["adamw"] = ToJson(c.adamw, bound.adamw_stderr, d);
  json["l2_adam"] = ToJson(c.l2_adam, bound.l2_adam_stderr, d);
  json["runs"] = spectrum.runs.size();
  json["nodes"] = Pool(spectrum).values.size();
  json["mass_below_one"] = c.mass_below_one;
  json["mass_ordered"] = c.mass_ordered;
  json["mass_touched"] = c.mass_touched;
  json["floor_sensitivity"] = c.l2_adam.floor_sensitivity;
  return fmt::format(
      "Corollary 3 (Q = H^(-1/2), {} runs): err per parameter AdamW {} ({:.6g} in all), l2-Adam {} "
      "({:.6g})\n"
      "mass with sigma < 1: {:.4g}; with x_l2 > x_AdamW > 1: {:.4g}; touched by policy: {:.4g}\n"
      "a floor ten times lower moves err per parameter by {:.3g} (AdamW), {:.3g} (l2-Adam)\n",
      spectrum.runs.size(), WithError(c.adamw.err_per_parameter, bound.adamw_stderr), c.adamw.err,
      WithError(c.l2_adam.err_per_parameter, bound.l2_adam_stderr), c.l2_adam.err, c.mass_below_one,
      c.mass_ordered, c.mass_touched, c.adamw.floor_sensitivity, c.l2_adam.floor_sensitivity);
}

std::string AddAlternatives(double kl, const Options& options, Result& result) {
  if (!options.empirical_risk) return "";
  const BoundSettings& s = options.bound;
  const RiskBounds bounds = BoundRisk(kl, s.num_samples, s.failure_probability,
                                      *options.empirical_risk, options.catoni_parameter);
  Json& json = result.Root()["alternatives"];
  json = {{"maurer", bounds.maurer}, {"seeger", bounds.seeger}, {"catoni", bounds.catoni}};
  std::string report = fmt::format(
      "bounds on the true risk, each with probability >= {:g}, for a loss in [0, 1], i.i.d. "
      "samples "
      "and a prior that does not depend on them:\n"
      "  Maurer  {:.6g}   n >= 8\n"
      "  Seeger  {:.6g}   inverse kl; n >= 8; never above Maurer\n"
      "  Catoni  {:.6g}   gamma = {:g} fixed before the data were seen\n",
      1 - s.failure_probability, bounds.maurer, bounds.seeger, bounds.catoni,
      options.catoni_parameter);
  if (options.catoni_grid.empty()) return report;
  const std::vector<double> grid = ParseGrid("catoni-grid", options.catoni_grid);
  const CatoniOverGrid best = BoundRiskByCatoniGrid(kl, s.num_samples, s.failure_probability,
                                                    *options.empirical_risk, grid);
  json["catoni_grid"] = {
      {"bound", best.bound}, {"parameter", best.parameter}, {"count", grid.size()}};
  return report +
         fmt::format(
             "  Catoni  {:.6g}   gamma = {:.4g}, the best of {} fixed beforehand: each holds "
             "at tau/{}, so all do\n",
             best.bound, best.parameter, grid.size(), grid.size());
}

/// Chooses ρ by the data: each of the K priors' bounds holds at τ/K, so the best one holds at τ.
std::string ChoosePriorVariance(const PosteriorSummary& summary, Options& options, Result& result) {
  if (options.prior_variance_grid.empty()) return "";
  const std::vector<double> grid = ParseGrid("prior-variance-grid", options.prior_variance_grid);
  const auto kl_at = [&](double rho) {
    BoundSettings settings = options.bound;
    settings.prior_variance = rho;
    return KlDivergence(summary, settings);
  };
  const double best = *std::min_element(grid.begin(), grid.end(),
                                        [&](double a, double b) { return kl_at(a) < kl_at(b); });
  const double tau = options.bound.failure_probability;
  options.bound.prior_variance = best;
  options.bound.failure_probability = tau / static_cast<double>(grid.size());
  result.Root()["prior_variance_grid"] = {
      {"count", grid.size()},
      {"chosen", best},
      {"failure_probability_each", options.bound.failure_probability},
      {"price", std::log(static_cast<double>(grid.size()))}};
  return fmt::format(
      "rho = {:.6g}, the best of {} for these data: each bound below is at tau/{} = {:.3g} (ln {} "
      "= "
      "{:.3g} more complexity), so it holds at tau = {:g}\n",
      best, grid.size(), grid.size(), options.bound.failure_probability, grid.size(),
      std::log(static_cast<double>(grid.size())), tau);
}

std::string AddProblemBound(const OptimizerProblem& problem, Options options, Result& result) {
  const ModalSystem system =
      MakeModalSystem(problem.quadratic, problem.hyper, problem.preconditioner);
  const GaussianLaw law = StationaryLaw(system);
  const PosteriorSummary summary = SummarizePosterior(problem, system, law, options);
  if (!std::isfinite(summary.log_det)) {
    throw std::domain_error(
        "infinite KL (the posterior covariance is singular) use --range-only, or --ridge");
  }
  const std::string choice = ChoosePriorVariance(summary, options, result);
  result.Root()["bound"] = BoundJson(summary, options.bound);
  WarnOfBound(result);
  result.Root()["bound"]["rank_tolerance"] = RankTolerance(law.covariance.rows());
  const double kl = KlDivergence(summary, options.bound);
  std::string report = choice + fmt::format("KL = {:.6g}, about {:.0f} digits, dimension {}\n", kl,
                                            KlDigits(summary, options.bound), summary.dimension);
  if (summary.dimension < law.covariance.rows()) {
    report += fmt::format(
        "restricted to the range of the covariance: rank {} of {} (eigenvalues below {:.2g} of the "
        "largest, at unit diagonal, count as zero)\n",
        summary.dimension, law.covariance.rows(), RankTolerance(law.covariance.rows()));
  }
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
    const WeightedSpectrum all{
        .values = sigma, .weights = Eigen::VectorXd::Constant(sigma.size(), 1 / d), .dimension = d};
    report += AddCorollary3({.runs = {all}}, options, result);
    const Json& err = result.Root()["corollary3"]["l2_adam"]["err"];
    if (err.is_number() && !(options.floor > 0)) {
      WarnOfDigits(result, "corollary3.l2_adam.err", DigitsOfLogDet(sigma, err.get<double>()));
    }
  } else {
    SetNull(result.Root(), "corollary3", "the hessian is singular: set a --floor");
  }
  return report;
}

}  // namespace

ExitCode RunBound(const Arguments& arguments) {
  Result result(arguments);
  static_cast<void>(ParseConvention(arguments.options.convention));
  const Problem problem =
      arguments.options.matrix_free
          ? LoadMatrixFreeProblem(arguments.options, PreconditionerUse::kDiagonal)
          : LoadProblem(arguments.options);
  const Options options = CompleteOptions(arguments, problem, result);
  std::string report;
  if (problem.matrix_free) {
    report = AddMatrixFreeBound(*problem.matrix_free, options, result);
  } else if (problem.spectrum) {
    if (!options.prior_variance_grid.empty()) {
      throw std::invalid_argument("--prior-variance-grid needs a posterior (a spectrum has none)");
    }
    SetNull(result.Root(), "bound", "a spectrum alone has no covariance");
    report = AddCorollary3(*problem.spectrum, options, result);
  } else {
    report = AddProblemBound(RequireOptimizerProblem(problem, "bound"), options, result);
  }
  result.Finish(report);
  return ExitCode::kDone;
}

}  // namespace adamsde
