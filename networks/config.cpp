#include "networks/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "cli/io/text.h"
#include "networks/config_reader.h"

namespace adamsde::networks {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kMostRows = std::int64_t{1} << 31;
constexpr double kTiny = std::numeric_limits<double>::min();

DataSource ReadSource(ConfigReader& reader, const std::string& files, const std::string& labels) {
  DataSource source{.files = reader.Files(files), .labels = reader.File(labels)};
  const std::string format = reader.Word("data.format", "idx", {"idx", "cifar10", "csv"});
  source.format = format == "idx"   ? DataFormat::kIdx
                  : format == "csv" ? DataFormat::kCsv
                                    : DataFormat::kCifar;
  source.target = reader.Text("data.target", "");
  source.image_shape = reader.Integers("data.image-shape", {}, 1, 1 << 16);
  if (!source.image_shape.empty() && source.image_shape.size() != 3) {
    reader.Refuse("data.image-shape", "must be [channels, height, width]");
  }
  if (source.files.size() > 1 && source.format != DataFormat::kCifar) {
    reader.Refuse(files, "only cifar10 takes several files");
  }
  return source;
}

DataOptions ReadData(ConfigReader& reader) {
  DataOptions data;
  data.train = ReadSource(reader, "data.train", "data.train-labels");
  if (data.train.files.empty()) reader.Refuse("data.train", "is missing: the file of the samples");
  data.test = ReadSource(reader, "data.test", "data.test-labels");
  data.train_rows = reader.Integer("data.train-rows", 0, 0, kMostRows);
  data.test_rows = reader.Integer("data.test-rows", 0, 0, kMostRows);
  data.validation_rows = reader.Integer("data.validation-rows", 0, 0, kMostRows);
  data.split_seed = static_cast<std::uint64_t>(reader.Integer("data.split-seed", 1, 0, kMostRows));
  const std::string how = reader.Word("data.normalize", "feature", {"none", "channel", "feature"});
  data.normalization = how == "none"      ? Normalization::kNone
                       : how == "channel" ? Normalization::kChannel
                                          : Normalization::kFeature;
  data.flip = reader.Flag("data.flip", false);
  data.shift = reader.Integer("data.shift", 0, 0, 1 << 10);
  return data;
}

ModelOptions ReadModel(ConfigReader& reader, const std::string& name) {
  const std::string at = "models." + name + ".";
  ModelOptions model{.name = name};
  const std::string kind =
      reader.Word(at + "kind", "mlp", {"softmax", "mlp", "resnet", "resnet18", "vit", "vit-small"});
  if (kind == "softmax") {
    model.kind = ModelKind::kSoftmax;
  } else if (kind == "mlp") {
    model.hidden = reader.Integers(at + "hidden", model.hidden, 1, 1 << 20);
    const std::string how = reader.Word(at + "activation", "relu", {"relu", "gelu", "tanh"});
    model.activation = how == "relu"   ? Activation::kRelu
                       : how == "gelu" ? Activation::kGelu
                                       : Activation::kTanh;
  } else if (kind.starts_with("resnet")) {
    model.kind = ModelKind::kResNet;
    if (kind == "resnet18") {
      model.width = 64;
      model.blocks = {2, 2, 2, 2};
    }
    model.width = reader.Integer(at + "width", model.width, 1, 1 << 16);
    model.blocks = reader.Integers(at + "blocks", model.blocks, 1, 1 << 10);
    model.large_stem = reader.Flag(at + "large-stem", false);
  } else {
    model.kind = ModelKind::kVit;
    if (kind == "vit-small") {
      model.dim = 384;
      model.depth = 12;
      model.heads = 6;
      model.patch = 16;
    }
    model.patch = reader.Integer(at + "patch", model.patch, 1, 1 << 10);
    model.dim = reader.Integer(at + "dim", model.dim, 1, 1 << 16);
    model.depth = reader.Integer(at + "depth", model.depth, 1, 1 << 10);
    model.heads = reader.Integer(at + "heads", model.heads, 1, 1 << 10);
    model.mlp_ratio = reader.Integer(at + "mlp-ratio", model.mlp_ratio, 1, 1 << 10);
  }
  return model;
}

MinibatchSampling ReadSampling(ConfigReader& reader) {
  const std::string how =
      reader.Word("optimizer.sampling", "epoch", {"replacement", "batch", "epoch"});
  return how == "replacement" ? MinibatchSampling::kReplacement
         : how == "batch"     ? MinibatchSampling::kBatch
                              : MinibatchSampling::kEpoch;
}

TrainingOptions ReadTraining(ConfigReader& reader) {
  TrainingOptions t;
  const auto number = [&](const char* key, double fallback, double low, double high) {
    return reader.Number(std::string("optimizer.") + key, fallback, low, high);
  };
  t.optimizer = reader.Word("optimizer.name", t.optimizer, OptimizerNames());
  t.convention = reader.Word("optimizer.convention", "paper", {"paper", "pytorch"}) == "paper"
                     ? OptimizerConvention::kPaper
                     : OptimizerConvention::kPytorch;
  t.learning_rate = number("learning-rate", t.learning_rate, kTiny, kInfinity);
  t.weight_decay = number("weight-decay", t.weight_decay, 0, kInfinity);
  t.decay_final = number("decay-final", t.decay_final, kTiny, 1);
  t.beta1 = number("beta1", t.beta1, kTiny, 1);
  t.beta2 = number("beta2", t.beta2, kTiny, 1);
  t.delta = number("delta", t.delta, kTiny, kInfinity);
  t.ridge = number("ridge", t.ridge, 0, kInfinity);
  t.batch_size = reader.Integer("optimizer.batch-size", t.batch_size, 1, kMostRows);
  t.sampling = ReadSampling(reader);
  t.epochs = reader.Integer("optimizer.epochs", t.epochs, 1, 1 << 20);
  const std::string schedule =
      reader.Word("optimizer.schedule", "constant", {"constant", "inverse-root", "cosine"});
  t.schedule = schedule == "constant"       ? RateSchedule::kConstant
               : schedule == "inverse-root" ? RateSchedule::kInverseRoot
                                            : RateSchedule::kCosine;
  t.warm_up = reader.Integer("optimizer.warm-up", 0, 0, kMostRows);
  if (t.warm_up > 0 && t.schedule != RateSchedule::kCosine) {
    reader.Refuse("optimizer.warm-up", "only schedule = \"cosine\" warms up");
  }
  t.seed = static_cast<std::uint64_t>(reader.Integer("seed", 1, 0, kMostRows));
  return t;
}

CurvatureOptions ReadCurvature(ConfigReader& reader) {
  CurvatureOptions c;
  const auto integer = [&](const char* key, std::int64_t fallback, std::int64_t low,
                           std::int64_t high) {
    return reader.Integer(std::string("spectrum.") + key, fallback, low, high);
  };
  c.rows = integer("rows", c.rows, 0, kMostRows);
  c.batch = integer("batch", c.batch, 1, kMostRows);
  c.steps = static_cast<int>(integer("lanczos-steps", c.steps, 2, 1 << 20));
  c.runs = static_cast<int>(integer("runs", c.runs, 1, 100000));
  c.diagonal_probes = static_cast<int>(integer("diagonal-probes", c.diagonal_probes, 1, 100000));
  c.diagonal_floor = reader.Number("spectrum.diagonal-floor", c.diagonal_floor, kTiny, kInfinity);
  c.policy.floor = reader.Number("spectrum.floor", c.policy.floor, 0, kInfinity);
  const std::string negative =
      reader.Word("spectrum.negative", "absolute", {"absolute", "clip", "drop", "reject"});
  c.policy.negative = negative == "absolute" ? NegativePolicy::kAbsolute
                      : negative == "clip"   ? NegativePolicy::kClip
                      : negative == "drop"   ? NegativePolicy::kDrop
                                             : NegativePolicy::kReject;
  c.prior_variance = reader.Number("spectrum.prior-variance", c.prior_variance, kTiny, kInfinity);
  c.seed = static_cast<std::uint64_t>(integer("seed", 1, 0, kMostRows));
  return c;
}

Table1Options ReadTable1(ConfigReader& reader, const std::vector<ModelOptions>& models) {
  Table1Options table;
  std::vector<std::string> names;
  for (const ModelOptions& model : models) names.push_back(model.name);
  table.models = reader.Words("table1.models", names, names);
  table.optimizers = reader.Words("table1.optimizers", table.optimizers, OptimizerNames());
  table.seeds.clear();
  for (const std::int64_t seed : reader.Integers("table1.seeds", {1, 2, 3}, 0, kMostRows)) {
    table.seeds.push_back(static_cast<std::uint64_t>(seed));
  }
  if (table.seeds.empty()) reader.Refuse("table1.seeds", "must not be empty");
  table.decays = reader.Numbers("table1.weight-decays", table.decays, 0, kInfinity);
  table.l2_decays = reader.Numbers("table1.weight-decays-l2", table.l2_decays, 0, kInfinity);
  return table;
}

}  // namespace

const std::vector<std::string>& OptimizerNames() {
  static const std::vector<std::string> names = {"adamw", "adamw-d", "l2-adam", "l2-adam-d",
                                                 "adam"};
  return names;
}

const ModelOptions& Config::Model(const std::string& name) const {
  if (name.empty() && models.size() == 1) return models.front();
  std::vector<std::string> known;
  for (const ModelOptions& model : models) {
    if (model.name == name) return model;
    known.push_back(model.name);
  }
  if (name.empty()) {
    throw std::invalid_argument(fmt::format("--model is missing (the configuration has {}: {})",
                                            models.size(), fmt::join(known, ", ")));
  }
  throw std::invalid_argument(
      fmt::format("model = '{}' is not in the configuration{}", name, Suggest(name, known)));
}

Config ReadConfig(const std::filesystem::path& path) {
  ConfigReader reader(path);
  Config config;
  config.precision = reader.Word("precision", "float", {"float", "double"}) == "float"
                         ? Precision::kFloat
                         : Precision::kDouble;
  config.data = ReadData(reader);
  for (const std::string& name : reader.Tables("models")) {
    config.models.push_back(ReadModel(reader, name));
  }
  if (config.models.empty()) {
    reader.Refuse("models", "is missing: a table [models.NAME] for each model");
  }
  config.training = ReadTraining(reader);
  config.curvature = ReadCurvature(reader);
  config.table1 = ReadTable1(reader, config.models);
  reader.RefuseUnknown();
  config.resolved = reader.Resolved();
  return config;
}

Json RunIdentity(const Config& config, const ModelOptions& model, const TrainingOptions& training) {
  Json identity = Json::object();
  for (const auto& [key, value] : config.resolved.items()) {
    const bool counts = key.starts_with("data.") || key.starts_with("optimizer.") ||
                        key.starts_with("models." + model.name + ".") || key == "precision";
    if (counts) identity[key] = value;
  }
  identity["model"] = model.name;
  identity["optimizer.name"] = training.optimizer;
  identity["optimizer.weight-decay"] = training.weight_decay;
  identity["seed"] = training.seed;
  return identity;
}

}  // namespace adamsde::networks
