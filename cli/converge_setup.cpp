#include "cli/converge_setup.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "cli/dataset_source.h"
#include "cli/io/text.h"

namespace adamsde {
namespace {

ConvergeMode ModeOf(const Options& options) {
  const int modes = static_cast<int>(options.theorem != 0) + static_cast<int>(options.surrogate) +
                    static_cast<int>(options.complexity);
  if (modes != 1) {
    throw std::invalid_argument(
        "converge needs exactly one of --theorem 1|2|3|4, --surrogate, --complexity");
  }
  if (options.surrogate) return ConvergeMode::kSurrogate;
  if (options.complexity) return ConvergeMode::kComplexity;
  switch (options.theorem) {
    case 1:
      return ConvergeMode::kTheorem1;
    case 2:
      return ConvergeMode::kTheorem2;
    case 3:
      return ConvergeMode::kTheorem3;
    case 4:
      return ConvergeMode::kTheorem4;
    default:
      throw std::invalid_argument(
          fmt::format("theorem = {} is not known (known: 1, 2, 3, 4)", options.theorem));
  }
}

/// Values that depend on the mode or the loss, where the user gave none.
class Defaults {
 public:
  Defaults(const Arguments& arguments, Result& result) : arguments_(arguments), result_(result) {}

  /// The given value, else `fallback`, noted.
  template <typename Value>
  Value Choose(const char* option, const Value& given, const Value& fallback) const {
    if (arguments_.given.contains(option)) return given;
    result_.Resolve(option, fallback);
    return fallback;
  }
  template <typename Value>
  Value Choose(const char* option, const std::optional<Value>& given, const Value& fallback) const {
    if (given) return *given;
    result_.Resolve(option, fallback);
    return fallback;
  }
  [[nodiscard]] bool Given(const char* option) const { return arguments_.given.contains(option); }

 private:
  const Arguments& arguments_;
  Result& result_;
};

std::string DefaultLoss(ConvergeMode mode, const Options& options) {
  if (!options.dataset.empty()) return "dataset";
  if (mode == ConvergeMode::kTheorem1 || mode == ConvergeMode::kSurrogate) return "least-square";
  return mode == ConvergeMode::kTheorem4 ? "pl" : "saturating";
}

double DefaultStart(const std::string& loss, ConvergeMode mode, double target_mean) {
  if (mode == ConvergeMode::kSurrogate) return target_mean;  // at F's minimum
  if (loss == "least-square") return 1;
  if (loss == "pl") return 2.5;
  return loss == "dataset" ? 0 : 2;
}

std::unique_ptr<KnownLoss> LoadDatasetLoss(const Options& options, double radius) {
  if (options.dataset.empty()) throw std::invalid_argument("--loss dataset needs a --dataset");
  DatasetProblem problem = LoadDatasetProblem(options);
  if (options.model == "logistic") {
    return MakeKnownLogistic(std::move(problem.loss), options.ridge, radius);
  }
  if (options.model == "least-squares") {
    const Eigen::VectorXd zero = Eigen::VectorXd::Zero(problem.loss->Dimension());
    return MakeKnownQuadratic(problem.loss->Hessian(zero), -problem.loss->Gradient(zero), radius);
  }
  const std::vector<std::string> known = {"least-squares", "logistic"};
  throw std::invalid_argument(fmt::format("model = '{}' is not known to converge{}", options.model,
                                          Suggest(options.model, known)));
}

std::unique_ptr<KnownLoss> LoadKnownLoss(const std::string& name, const Options& options,
                                         double target_mean, double radius) {
  RequireChoice("loss", name);
  const auto dimension = static_cast<Eigen::Index>(options.dimension > 0 ? options.dimension : 1);
  if (name == "least-square") return MakeScalarLeastSquare(1, target_mean, radius);
  if (name == "saturating") return MakeSaturatingLoss(dimension, options.loss_scale, target_mean);
  if (name == "pl") return MakeSineQuadraticLoss(dimension, radius);
  if (name == "rank-deficient") return MakeRankDeficientLeastSquares(radius);
  return LoadDatasetLoss(options, radius);
}

AdditiveNoise MakeNoise(const Options& options, const Defaults& defaults, const std::string& loss,
                        std::int64_t batch_size) {
  // Problem (3) has Gaussian noise of scale a = 1: it is the noise of xi.
  const bool gaussian_loss = loss == "least-square";
  const auto kind = defaults.Choose<std::string>("noise", options.noise,
                                                 gaussian_loss ? "gaussian" : "two-point");
  AdditiveNoise noise{.scale = defaults.Choose("noise-scale", options.noise_scale,
                                               gaussian_loss  ? 1.0
                                               : loss == "pl" ? 0.2
                                                              : 0.25),
                      .batch_size = batch_size};
  RequireChoice("noise", kind);
  if (kind == "gaussian") noise.kind = AdditiveNoise::Kind::kGaussian;
  Validate(noise);
  return noise;
}

std::vector<std::int64_t> ParseHorizons(const std::string& text) {
  std::vector<std::int64_t> horizons;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const auto number = ParseNumber(Trim(std::string_view(text).substr(begin, end - begin)));
    if (!number || *number != std::floor(*number) || !(*number >= 1 && *number <= 1e9)) {
      throw std::invalid_argument(fmt::format(
          "horizons = '{}' is not a list of whole numbers (such as 10,100,1000)", text));
    }
    horizons.push_back(static_cast<std::int64_t>(*number));
    begin = end + 1;
  }
  return horizons;
}

Hyperparameters MakeHyper(const Options& options, const Defaults& defaults, ConvergeMode mode,
                          const std::string& loss) {
  Hyperparameters hyper = options.hyper;
  hyper.optimizer = ParseOptimizer(options.optimizer);
  if (options.convention_optimizer != "paper") {
    throw std::invalid_argument(fmt::format(
        "convention-optimizer = {} is not for converge (the theorems are about the paper's update)",
        options.convention_optimizer));
  }
  hyper.batch_size = defaults.Choose<std::int64_t>("batch-size", hyper.batch_size, 1);
  const bool small = mode == ConvergeMode::kTheorem1 || mode == ConvergeMode::kSurrogate;
  hyper.delta = defaults.Choose("delta", hyper.delta,
                                small                             ? 1.0
                                : mode == ConvergeMode::kTheorem4 ? 100.0
                                                                  : 0.5);
  if (mode == ConvergeMode::kTheorem4 && loss != "pl") {
    hyper.weight_decay = defaults.Choose("weight-decay", hyper.weight_decay, 0.0);
  }
  if (mode == ConvergeMode::kSurrogate) {
    hyper.weight_decay = defaults.Choose("weight-decay", hyper.weight_decay, 0.5);
    hyper.learning_rate = defaults.Choose("learning-rate", hyper.learning_rate, 0.01);
  }
  Validate(hyper);
  return hyper;
}

}  // namespace

ConvergeExperiment MakeConvergeExperiment(const Arguments& arguments, Result& result) {
  const Options& options = arguments.options;
  const Defaults defaults(arguments, result);
  ConvergeExperiment experiment;
  experiment.mode = ModeOf(options);
  const ConvergeMode mode = experiment.mode;
  const bool free_region = mode == ConvergeMode::kTheorem1 || mode == ConvergeMode::kSurrogate;
  const auto name = defaults.Choose<std::string>("loss", options.loss, DefaultLoss(mode, options));
  const double target_mean = defaults.Choose("target-mean", options.target_mean,
                                             mode == ConvergeMode::kSurrogate ? 1.0 : 0.0);
  const double start = defaults.Choose("initial-value", options.initial_value,
                                       DefaultStart(name, mode, target_mean));
  const double radius =
      defaults.Choose("radius", options.radius,
                      name == "pl" ? std::max(3.0, 1.2 * std::abs(start))
                                   : 10 + 2 * std::abs(start) + 2 * std::abs(target_mean));
  experiment.loss = LoadKnownLoss(name, options, target_mean, radius);
  result.SetDimension(experiment.loss->Dimension());

  ConvergenceSetup& setup = experiment.setup;
  setup.loss = experiment.loss.get();
  setup.hyper = MakeHyper(options, defaults, mode, name);
  setup.noise = MakeNoise(options, defaults, name, setup.hyper.batch_size);
  setup.start = Eigen::VectorXd::Constant(experiment.loss->Dimension(), start);
  const ConstantOverrides overrides{.smoothness = options.smoothness,
                                    .gradient_bound = options.gradient_bound,
                                    .noise_variance = options.noise_variance,
                                    .gap = options.gap0,
                                    .pl_constant = options.pl_constant};
  experiment.constants_overridden = overrides.Any();
  setup.constants = MakeTheoremConstants(*experiment.loss, setup.noise, setup.hyper, setup.start,
                                         radius, overrides);
  const bool l2 = setup.hyper.optimizer == OptimizerKind::kL2Adam;
  if (!free_region && (experiment.loss->Constants().radius || l2)) setup.radius = radius;
  setup.epsilon =
      defaults.Choose("epsilon", options.epsilon, mode == ConvergeMode::kTheorem4 ? 0.5 : 0.1);
  setup.decay = ParseDecaySchedule(defaults.Choose<std::string>(
      "decay-schedule", options.decay_schedule, free_region ? "constant" : "second-moment"));
  setup.decay_ratio = options.decay_ratio;
  setup.runs = defaults.Choose<std::int64_t>("runs", options.runs,
                                             mode == ConvergeMode::kTheorem1 ? 1024 : 64);
  const double iterations = defaults.Choose("iterations", options.iterations,
                                            mode == ConvergeMode::kSurrogate ? 20000.0 : 1e8);
  setup.iteration_limit = iterations;
  setup.seed = options.seed;
  setup.threads = options.threads == 0 ? omp_get_max_threads() : options.threads;
  result.Resolve("threads", setup.threads);
  Validate(setup);
  experiment.theorem1 = {.horizons = ParseHorizons(options.horizons), .alpha = options.alpha};
  experiment.surrogate = {.learning_rate = setup.hyper.learning_rate,
                          .beta1 = setup.hyper.beta1,
                          .iterations = static_cast<std::int64_t>(std::min(iterations, 9e18))};
  RequireChoice("rate", options.rate);
  experiment.decaying_rate = options.rate == "decaying";
  return experiment;
}

}  // namespace adamsde
