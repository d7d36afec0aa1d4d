#include "cli/options.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cli/io/text.h"

namespace adamsde {
namespace {

template <typename Value>
Value Lookup(const char* option, const std::string& name,
             const std::vector<std::pair<std::string, Value>>& table) {
  std::vector<std::string> known;
  for (const auto& [candidate, value] : table) {
    if (candidate == name) return value;
    known.push_back(candidate);
  }
  throw std::invalid_argument(
      fmt::format("{} = '{}' is not known{}", option, name, Suggest(name, known)));
}

}  // namespace

OptimizerKind ParseOptimizer(const std::string& name) {
  return Lookup<OptimizerKind>(
      "optimizer", name, {{"adamw", OptimizerKind::kAdamW}, {"l2-adam", OptimizerKind::kL2Adam}});
}

OptimizerConvention ParseOptimizerConvention(const std::string& name) {
  return Lookup<OptimizerConvention>(
      "convention-optimizer", name,
      {{"paper", OptimizerConvention::kPaper}, {"pytorch", OptimizerConvention::kPytorch}});
}

LadderExtent ParseLadderExtent(const std::string& name) {
  return Lookup<LadderExtent>("ladder", name,
                              {{"none", LadderExtent::kNone},
                               {"closed", LadderExtent::kClosedForms},
                               {"full", LadderExtent::kFull}});
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

BoundConvention ParseConvention(const std::string& name) {
  return Lookup<BoundConvention>("convention", name,
                                 {{"derived", BoundConvention::kDerived},
                                  {"printed", BoundConvention::kPrinted},
                                  {"literal", BoundConvention::kLiteral}});
}

PosteriorMean ParsePosteriorMean(const std::string& name) {
  return Lookup<PosteriorMean>(
      "posterior-mean", name,
      {{"stationary", PosteriorMean::kStationary}, {"minimizer", PosteriorMean::kMinimizer}});
}

NegativePolicy ParseNegativePolicy(const std::string& name) {
  return Lookup<NegativePolicy>("negative", name,
                                {{"absolute", NegativePolicy::kAbsolute},
                                 {"clip", NegativePolicy::kClip},
                                 {"drop", NegativePolicy::kDrop},
                                 {"reject", NegativePolicy::kReject}});
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
  for (int k = 0; k < n; ++k) {
    grid.push_back(n == 1 ? *low : *low * std::exp(std::log(*high / *low) * k / (n - 1)));
  }
  return grid;
}

MinibatchSampling ParseSampling(const std::string& name) {
  return Lookup<MinibatchSampling>("sampling", name,
                                   {{"replacement", MinibatchSampling::kReplacement},
                                    {"batch", MinibatchSampling::kBatch},
                                    {"epoch", MinibatchSampling::kEpoch}});
}

Precision ParsePrecision(const std::string& name) {
  return Lookup<Precision>("precision", name,
                           {{"double", Precision::kDouble}, {"float", Precision::kFloat}});
}

ProbeKind ParseProbe(const std::string& name) {
  return Lookup<ProbeKind>(
      "probe", name, {{"rademacher", ProbeKind::kRademacher}, {"gaussian", ProbeKind::kGaussian}});
}

std::optional<Scheme> ParseScheme(const std::string& name) {
  return Lookup<std::optional<Scheme>>("scheme", name,
                                       {{"auto", std::nullopt},
                                        {"euler-maruyama", Scheme::kEulerMaruyama},
                                        {"modal", Scheme::kModal},
                                        {"leap", Scheme::kLeap},
                                        {"exact", Scheme::kExact}});
}

}  // namespace adamsde
