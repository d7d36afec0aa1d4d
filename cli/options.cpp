#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cli/builtin_problems.h"
#include "cli/io/text.h"

namespace adamsde {
namespace {

template <typename Value>
using Table = std::vector<std::pair<std::string, Value>>;

const Table<OptimizerKind> kOptimizers = {{"adamw", OptimizerKind::kAdamW},
                                          {"l2-adam", OptimizerKind::kL2Adam}};
const Table<OptimizerConvention> kOptimizerConventions = {
    {"paper", OptimizerConvention::kPaper}, {"pytorch", OptimizerConvention::kPytorch}};
const Table<LadderExtent> kLadderExtents = {{"full", LadderExtent::kFull},
                                            {"closed", LadderExtent::kClosedForms},
                                            {"none", LadderExtent::kNone}};
const Table<BoundConvention> kConventions = {{"derived", BoundConvention::kDerived},
                                             {"printed", BoundConvention::kPrinted},
                                             {"literal", BoundConvention::kLiteral}};
const Table<PosteriorMean> kPosteriorMeans = {{"stationary", PosteriorMean::kStationary},
                                              {"minimizer", PosteriorMean::kMinimizer}};
const Table<NegativePolicy> kNegativePolicies = {{"absolute", NegativePolicy::kAbsolute},
                                                 {"clip", NegativePolicy::kClip},
                                                 {"drop", NegativePolicy::kDrop},
                                                 {"reject", NegativePolicy::kReject}};
const Table<MinibatchSampling> kSamplings = {{"replacement", MinibatchSampling::kReplacement},
                                             {"batch", MinibatchSampling::kBatch},
                                             {"epoch", MinibatchSampling::kEpoch}};
const Table<Precision> kPrecisions = {{"double", Precision::kDouble}, {"float", Precision::kFloat}};
const Table<ProbeKind> kProbes = {{"rademacher", ProbeKind::kRademacher},
                                  {"gaussian", ProbeKind::kGaussian}};
const Table<std::optional<Scheme>> kSchemes = {
    {"auto", std::nullopt},  {"euler-maruyama", Scheme::kEulerMaruyama}, {"modal", Scheme::kModal},
    {"leap", Scheme::kLeap}, {"modal-leap", Scheme::kModalLeap},         {"exact", Scheme::kExact}};
const Table<DecaySchedule> kDecaySchedules = {{"constant", DecaySchedule::kConstant},
                                              {"exponential", DecaySchedule::kExponential},
                                              {"second-moment", DecaySchedule::kSecondMoment}};

template <typename Value>
std::vector<std::string> Names(const Table<Value>& table) {
  std::vector<std::string> names;
  for (const auto& [name, value] : table) names.push_back(name);
  return names;
}

template <typename Value>
Value Lookup(const std::string& option, const std::string& name, const Table<Value>& table) {
  RequireChoice(option, name);
  return std::find_if(table.begin(), table.end(),
                      [&](const auto& row) { return row.first == name; })
      ->second;
}

}  // namespace

const std::map<std::string, std::vector<std::string>>& OptionChoices() {
  static const std::map<std::string, std::vector<std::string>> choices = {
      {"convention", Names(kConventions)},
      {"convention-optimizer", Names(kOptimizerConventions)},
      {"decay-schedule", Names(kDecaySchedules)},
      {"gradient-noise", {"hessian", "empirical"}},
      {"ladder", Names(kLadderExtents)},
      {"loss", {"least-square", "saturating", "pl", "rank-deficient", "dataset"}},
      {"map", {"learning-rate", "batch-size", "prior-variance", "num-samples"}},
      {"model", {"least-squares", "logistic", "softmax"}},
      {"negative", Names(kNegativePolicies)},
      {"noise", {"two-point", "gaussian"}},
      {"optimizer", Names(kOptimizers)},
      {"posterior-mean", Names(kPosteriorMeans)},
      {"precision", Names(kPrecisions)},
      {"preconditioner", {"lemma5", "minibatch", "self-consistent", "identity"}},
      {"probe", Names(kProbes)},
      {"problem", BuiltinProblemNames()},
      {"progress", {"auto", "always", "never"}},
      {"rate", {"constant", "decaying"}},
      {"sampling", Names(kSamplings)},
      {"scheme", Names(kSchemes)},
      {"theorem", {"1", "2", "3", "4"}}};
  return choices;
}

void RequireChoice(const std::string& option, const std::string& name) {
  const std::vector<std::string>& known = OptionChoices().at(option);
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  throw std::invalid_argument(
      fmt::format("{} = '{}' is not known{}", option, name, Suggest(name, known)));
}

Hyperparameters Options::ParseHyperparameters() const {
  Hyperparameters result = hyper;
  result.optimizer = ParseOptimizer(optimizer);
  result.convention = ParseOptimizerConvention(convention_optimizer);
  if (result.convention == OptimizerConvention::kPytorch) {
    for (const auto& [name, beta] : {std::pair{"beta1", hyper.beta1}, {"beta2", hyper.beta2}}) {
      if (!(beta >= 0 && beta < 1)) {
        throw std::invalid_argument(
            fmt::format("{} = {} is not allowed (in PyTorch's convention it is the weight of the "
                        "old) choose a value in [0, 1)",
                        name, beta));
      }
    }
    result.beta1 = 1 - hyper.beta1;
    result.beta2 = 1 - hyper.beta2;
  }
  Validate(result);
  return result;
}

std::vector<double> ParseGrid(const char* option, const std::string& text) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first == std::string::npos ? first : first + 1);
  std::optional<double> low;
  std::optional<double> high;
  std::optional<double> count;
  if (second != std::string::npos) {
    low = ParseNumber(text.substr(0, first));
    high = ParseNumber(text.substr(first + 1, second - first - 1));
    count = ParseNumber(text.substr(second + 1));
  }
  const bool valid = low && high && count && *low > 0 && *high >= *low && std::isfinite(*high) &&
                     *count >= 1 && *count <= 10000 && *count == std::floor(*count);
  if (!valid) {
    throw std::invalid_argument(fmt::format(
        "{} = '{}' is not allowed (MIN:MAX:COUNT with 0 < MIN <= MAX, COUNT 1 to 10000)", option,
        text));
  }
  std::vector<double> grid;
  const auto n = static_cast<int>(*count);
  grid.reserve(static_cast<std::size_t>(n));
  for (int k = 0; k < n; ++k) {
    grid.push_back(n == 1 ? *low : *low * std::exp(std::log(*high / *low) * k / (n - 1)));
  }
  return grid;
}

OptimizerKind ParseOptimizer(const std::string& name) {
  return Lookup("optimizer", name, kOptimizers);
}

OptimizerConvention ParseOptimizerConvention(const std::string& name) {
  return Lookup("convention-optimizer", name, kOptimizerConventions);
}

LadderExtent ParseLadderExtent(const std::string& name) {
  return Lookup("ladder", name, kLadderExtents);
}

BoundConvention ParseConvention(const std::string& name) {
  return Lookup("convention", name, kConventions);
}

PosteriorMean ParsePosteriorMean(const std::string& name) {
  return Lookup("posterior-mean", name, kPosteriorMeans);
}

NegativePolicy ParseNegativePolicy(const std::string& name) {
  return Lookup("negative", name, kNegativePolicies);
}

MinibatchSampling ParseSampling(const std::string& name) {
  return Lookup("sampling", name, kSamplings);
}

Precision ParsePrecision(const std::string& name) { return Lookup("precision", name, kPrecisions); }

ProbeKind ParseProbe(const std::string& name) { return Lookup("probe", name, kProbes); }

std::optional<Scheme> ParseScheme(const std::string& name) {
  return Lookup("scheme", name, kSchemes);
}

DecaySchedule ParseDecaySchedule(const std::string& name) {
  return Lookup("decay-schedule", name, kDecaySchedules);
}

}  // namespace adamsde
