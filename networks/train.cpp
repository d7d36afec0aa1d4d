#include <fmt/format.h>

#include "cli/io/npy.h"
#include "cli/progress.h"
#include "networks/net_result.h"
#include "networks/run_training.h"

namespace adamsde::networks {
namespace {

constexpr const char* kCheckpoint = "network.ckpt";

Json ToJson(const Score& score) {
  Json json;
  SetNumber(json, "loss", score.loss, "no rows");
  SetNumber(json, "accuracy", score.accuracy, "no rows");
  SetNumber(json, "accuracy_stderr", score.accuracy_stderr, "no rows");
  return json;
}

std::string ToReport(const char* name, const Score& score) {
  if (!(score.accuracy >= 0)) return "";
  return fmt::format("{:<11} loss {:.6g}, accuracy {:.4f} +- {:.4f}\n", name, score.loss,
                     score.accuracy, score.accuracy_stderr);
}

std::string Diverged(const Divergence& divergence, NetResult& result) {
  result.Root()["diverged"] = ToJson(divergence);
  return fmt::format("diverged at step {}: {} not finite, first in layer {}\n", divergence.step,
                     divergence.what, divergence.layer);
}

}  // namespace

ExitCode RunTrain(const NetArguments& arguments) {
  const Config config = LoadConfig(arguments);
  const ModelOptions& model = config.Model(arguments.model);
  const Data data = LoadData(config.data);
  Network network(model, data.samples.shape, static_cast<std::int64_t>(data.samples.classes.size()),
                  config.precision, arguments.device == "cuda" ? Device::kCuda : Device::kCpu);
  Trainer trainer(network, data, config.training);
  const Json identity = RunIdentity(config, model, config.training);
  NetResult result(arguments, config);
  TrainingState state =
      arguments.resume ? ReadCheckpoint(result.PathOf(kCheckpoint), identity) : trainer.Start();
  {
    ProgressBar bar(arguments.progress, "training");
    RunWithCheckpoints(trainer, state,
                       {.file = result.PathOf(kCheckpoint),
                        .identity = identity,
                        .every = arguments.checkpoint_every},
                       bar.Callback());
  }
  Json& json = result.Root();
  json["model"] = model.name;
  json["dimension"] = network.Dimension();
  json["steps"] = state.step;
  std::string report =
      fmt::format("{}: {} parameters, {} by {}, {} steps of {} rows\n", model.name,
                  network.Dimension(), config.training.optimizer,
                  config.training.convention == OptimizerConvention::kPaper ? "the paper's rule"
                                                                            : "PyTorch's rule",
                  state.step, config.training.batch_size);
  for (const ParameterBlock& block : network.Blocks()) {
    json["layers"].push_back({{"name", block.name}, {"shape", block.shape}});
  }
  result.MentionFile(kCheckpoint);
  result.AddText("curves.csv", CurvesCsv(state.curves));
  if (state.diverged) {
    report += Diverged(*state.diverged, result);
    result.Finish(report);
    return ExitCode::kDiverged;
  }
  const std::pair<const char*, const std::vector<Eigen::Index>*> parts[] = {
      {"train", &data.train}, {"validation", &data.validation}, {"test", &data.test}};
  for (const auto& [name, rows] : parts) {
    const Score score = Evaluate(network, data, *rows);
    json[name] = ToJson(score);
    json[name]["rows"] = rows->size();
    report += ToReport(name, score);
  }
  WriteNpy(result.PathOf("parameters.npy"), state.x);
  result.MentionFile("parameters.npy");
  result.Finish(report);
  return ExitCode::kDone;
}

}  // namespace adamsde::networks
