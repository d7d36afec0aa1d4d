#include <fmt/format.h>

#include <stdexcept>

#include "cli/io/npy.h"
#include "cli/io/npz.h"
#include "cli/io/spectrum.h"
#include "cli/matrix_free.h"
#include "cli/progress.h"
#include "networks/curvature/curvature_json.h"
#include "networks/net_result.h"
#include "networks/run_training.h"

namespace adamsde::networks {
namespace {

/// Everything but what the network computes in: a spectrum may be taken in double precision of a
/// network trained in single.
TrainingState ReadTrained(const NetArguments& arguments, const Config& config,
                          const ModelOptions& model) {
  Json identity = RunIdentity(config, model, config.training);
  identity.erase("precision");
  TrainingState state = ReadCheckpoint(arguments.checkpoint, identity);
  if (state.diverged) {
    throw std::domain_error(
        fmt::format("no spectrum of a diverged network ('{}': step {}, layer {})",
                    arguments.checkpoint.string(), state.diverged->step, state.diverged->layer));
  }
  return state;
}

void WriteSpectrum(const LanczosRuns& runs, const std::string& name, NetResult& result) {
  const NodeTable nodes = MakeQuadrature(runs, runs.Steps()).spectrum;
  WriteNpz(result.PathOf(name + ".npz"), {{"eig", nodes.values}, {"wt", nodes.weights}});
  result.MentionFile(name + ".npz");
  result.AddText(name + ".csv", SpectrumCsv(nodes));
}

void WriteArray(const std::string& name, const Eigen::VectorXd& values, NetResult& result) {
  WriteNpy(result.PathOf(name), values);
  result.MentionFile(name);
}

std::string Line(const char* what, const TruncatedEstimate& estimate) {
  return fmt::format("err/d {:<34} {}\n", what, ToReport(estimate));
}

std::string Report(const NetworkErr& err, const Corollary3Bounds& bounds,
                   const SpectrumShares& shares) {
  return Line("AdamW, Corollary 3", err.corollary3_adamw) +
         Line("l2-Adam, Corollary 3", err.corollary3_l2) +
         fmt::format(
             "      with any number of steps of these probes: AdamW {:.4g} to {:.4g}, l2-Adam "
             "{:.4g} to {:.4g}\n",
             bounds.adamw.low, bounds.adamw.high, bounds.l2_adam.low, bounds.l2_adam.high) +
         Line("AdamW, Theorem 6 (matrix-free)", err.theorem6_adamw) +
         Line("l2-Adam, H.3 as printed", err.theorem7_l2) +
         fmt::format(
             "eigenvalues from {:.4g} to {:.4g}; share with |sigma| <= 1: {:.5f}, negative: "
             "{:.3f}, at the floor: {:.3f}\n",
             shares.smallest, shares.largest, shares.unit.value, shares.negative.value,
             shares.at_floor.value);
}

void AddBounds(const Corollary3Bounds& bounds, Json& json) {
  const char* const why = "no floor, or negative eigenvalues left out";
  const std::pair<const char*, const Enclosure*> both[] = {{"adamw", &bounds.adamw},
                                                           {"l2_adam", &bounds.l2_adam}};
  for (const auto& [name, enclosure] : both) {
    SetNumber(json[name], "low", enclosure->low, why);
    SetNumber(json[name], "high", enclosure->high, why);
  }
}

}  // namespace

ExitCode RunSpectrum(const NetArguments& arguments) {
  const Config config = LoadConfig(arguments);
  const ModelOptions& model = config.Model(arguments.model);
  const TrainingState state = ReadTrained(arguments, config, model);
  const Data data = LoadData(config.data);
  Network network(model, data.samples.shape, static_cast<std::int64_t>(data.samples.classes.size()),
                  config.precision, arguments.device == "cuda" ? Device::kCuda : Device::kCpu);
  if (state.x.size() != network.Dimension()) {
    throw std::invalid_argument(fmt::format("'{}' has {} parameters, model '{}' {}",
                                            arguments.checkpoint.string(), state.x.size(),
                                            model.name, network.Dimension()));
  }
  network.SetParameters(state.x);
  network.SetBuffers(state.buffers);
  NetResult result(arguments, config);
  const DatasetHessian hessian(network, data, CurvatureRows(data, config.curvature),
                               config.curvature.batch, config.training.ridge);
  Curvature curvature;
  {
    ProgressBar bar(arguments.progress, "products");
    const auto show = bar.Callback();
    const auto part = [&](const std::string&, double fraction) {
      if (show) show(fraction);
    };
    curvature = MeasureCurvature(Interruptible(hessian, "the spectrum"), network.Dimension(),
                                 config.curvature, part);
  }
  const NetworkErr err =
      EvaluateErr(curvature, ErrHyperparameters(config.training), config.curvature);
  const NodeTable nodes = MakeQuadrature(curvature.hessian, curvature.hessian.Steps()).spectrum;
  const SpectrumShares shares = MeasureShares(nodes, config.curvature.policy.floor);
  const Corollary3Bounds bounds =
      BoundErr(nodes, ErrHyperparameters(config.training), config.curvature);
  Json& json = result.Root();
  json["model"] = model.name;
  json["dimension"] = network.Dimension();
  json["rows"] = hessian.Rows();
  json["batch_norm"] = "evaluation mode: running statistics held fixed";
  json["runs"] = curvature.hessian.Runs();
  json["nodes"] = curvature.hessian.Steps();
  json["spectrum"] = ToJson(shares);
  json["diagonal"] = DiagonalJson(curvature);
  json["err_per_parameter"] = ToJson(err, config.curvature);
  AddBounds(bounds, json["err_per_parameter"]["corollary3"]);
  WriteSpectrum(curvature.hessian, "spectrum", result);
  WriteSpectrum(curvature.sandwich, "sandwich_spectrum", result);
  WriteArray("diagonal.npy", curvature.diagonal.value, result);
  WriteArray("diagonal_stderr.npy", curvature.diagonal.standard_error, result);
  result.Finish(fmt::format("{}: {} parameters, Hessian over {} rows, {} runs of {} steps\n",
                            model.name, network.Dimension(), hessian.Rows(),
                            curvature.hessian.Runs(), curvature.hessian.Steps()) +
                Report(err, bounds, shares));
  return ExitCode::kDone;
}

}  // namespace adamsde::networks
