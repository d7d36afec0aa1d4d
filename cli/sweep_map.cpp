#include "cli/sweep_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

#include "analysis/bound/sweep_map.h"
#include "cli/progress.h"

namespace adamsde {
namespace {

std::shared_ptr<const DecayModel> MakeModel(const OptimizerProblem& problem,
                                            const SweepOptions& sweep) {
  auto model = DecayModel::FromProblem(problem.quadratic, problem.hyper, problem.preconditioner,
                                       sweep.posterior_mean, sweep.range_only);
  if (!model) {
    throw std::invalid_argument(
        "--map needs minima that can be certified (this law of l2-adam rotates with lambda) use "
        "adamw, or a preconditioner that commutes with the hessian");
  }
  return std::make_shared<const DecayModel>(std::move(*model));
}

/// One value of the parameter at a time. Where Q does not depend on it, learning rate and batch
/// size only scale the noise, and one eigendecomposition serves all.
class ModelMaker {
 public:
  ModelMaker(const OptimizerProblem& problem, const Options& options, const SweepOptions& sweep)
      : problem_(problem), options_(options), sweep_(sweep), model_(MakeModel(problem, sweep)) {}

  MappedModel operator()(double value) const {
    SweepOptions sweep = sweep_;
    if (options_.map == "prior-variance") sweep.settings.prior_variance = value;
    if (options_.map == "num-samples") sweep.settings.num_samples = value;
    Hyperparameters hyper = problem_.hyper;
    if (options_.map == "learning-rate") hyper.learning_rate = value;
    if (options_.map == "batch-size") hyper.batch_size = std::llround(value);
    MappedModel mapped{.model = model_,
                       .objective = MakeDecayObjective(problem_.quadratic, hyper, sweep)};
    if (options_.map != "learning-rate" && options_.map != "batch-size") return mapped;
    if (!OnlyScales()) return Rebuilt(hyper, sweep);
    mapped.objective.noise_factor =
        hyper.learning_rate / problem_.hyper.learning_rate *
        (static_cast<double>(problem_.hyper.batch_size) / static_cast<double>(hyper.batch_size));
    return mapped;
  }

 private:
  [[nodiscard]] bool OnlyScales() const {
    const std::string& q = options_.preconditioner;
    if (q == "self-consistent") return false;
    if (options_.map == "learning-rate") return true;
    return q != "minibatch" && options_.gradient_noise == "hessian";
  }

  [[nodiscard]] MappedModel Rebuilt(const Hyperparameters& hyper, const SweepOptions& sweep) const {
    Options changed = options_;
    changed.hyper.learning_rate = hyper.learning_rate;
    changed.hyper.batch_size = hyper.batch_size;
    const Problem rebuilt = LoadProblem(changed);
    return {.model = MakeModel(*rebuilt.optimizer, sweep),
            .objective = MakeDecayObjective(rebuilt.optimizer->quadratic, hyper, sweep)};
  }

  const OptimizerProblem& problem_;
  const Options& options_;
  const SweepOptions& sweep_;
  std::shared_ptr<const DecayModel> model_;
};

Json ToJson(const SweepMap& map, const std::string& parameter) {
  Json json;
  json["parameter"] = parameter;
  json["minima"] = Json::array();
  for (const MapPoint& p : map.points) {
    json["minima"].push_back({{"value", p.parameter},
                              {"err_lambda", p.err.lambda},
                              {"err", p.err.value},
                              {"phi_lambda", p.phi.lambda},
                              {"phi", p.phi.value},
                              {"certified", p.err.certified && p.phi.certified}});
  }
  json["boundaries"] = Json::array();
  for (const MapBoundary& b : map.boundaries) {
    json["boundaries"].push_back(
        {{"at_zero", b.at_zero}, {"interior", b.interior}, {"lambda", b.lambda}});
  }
  return json;
}

}  // namespace

std::string AddSweepMap(const OptimizerProblem& problem, const Options& options,
                        const SweepOptions& sweep, Result& result) {
  RequireChoice("map", options.map);
  const ModelMaker model_at(problem, options, sweep);
  ProgressBar bar(options.progress, "map");
  const auto progress = bar.Callback();
  int done = 0;
  std::string csv = options.map + ",lambda,err,phi\n";
  const SweepMap map =
      MapMinima(model_at, {.map_min = options.map_min,
                           .map_max = options.map_max,
                           .map_points = options.map_points,
                           .whole_numbers = options.map == "batch-size",
                           .lambda_min = sweep.lambda_min,
                           .lambda_max = sweep.lambda_max,
                           .points = sweep.points,
                           .gap = sweep.gap,
                           .on_points = [&](double parameter, std::span<const SweepPoint> points) {
                             for (const SweepPoint& p : points) {
                               const double phi =
                                   sweep.convention == BoundConvention::kDerived   ? p.phi_derived
                                   : sweep.convention == BoundConvention::kPrinted ? p.phi_printed
                                                                                   : p.phi_literal;
                               csv += fmt::format("{},{},{},{}\n", parameter, p.lambda, p.err, phi);
                             }
                             if (progress)
                               progress(static_cast<double>(++done) / options.map_points);
                           }});
  result.AddText("sweep_map.csv", csv);
  result.Root()["map"] = ToJson(map, options.map);
  std::string report = fmt::format("\n{:>16} {:>14} {:>14} {:>14} {:>14}\n", options.map,
                                   "lambda* of err", "err", "lambda* of phi", "phi");
  for (const MapPoint& p : map.points) {
    report += fmt::format("{:>16.6g} {:>14.6g} {:>14.6g} {:>14.6g} {:>14.6g}\n", p.parameter,
                          p.err.lambda, p.err.value, p.phi.lambda, p.phi.value);
  }
  for (const MapBoundary& b : map.boundaries) {
    report += fmt::format(
        "lambda* of err leaves {:g} between {} = {:.10g} and {:.10g} ({} {:.4g})\n",
        sweep.lambda_min, options.map, b.at_zero, b.interior,
        b.lambda > sweep.lambda_min * 1.001 + 1e-6 * sweep.lambda_max ? "by a jump to"
                                                                      : "continuously, there",
        b.lambda);
  }
  return report;
}

}  // namespace adamsde
