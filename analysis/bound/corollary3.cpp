#include "analysis/bound/corollary3.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace adamsde {
namespace {

struct Node {
  double sigma;
  double weight;
  bool at_floor;
};

void Validate(const WeightedSpectrum& spectrum, const SpectrumPolicy& policy) {
  if (!(spectrum.dimension >= 1)) {
    throw std::invalid_argument(
        fmt::format("dimension = {} is not allowed (must be >= 1)", spectrum.dimension));
  }
  if (spectrum.values.size() == 0 || spectrum.values.size() != spectrum.weights.size()) {
    throw std::invalid_argument(
        fmt::format("spectrum has {} values and {} weights (must be as many, and some)",
                    spectrum.values.size(), spectrum.weights.size()));
  }
  if (!spectrum.values.allFinite() || !spectrum.weights.allFinite() ||
      spectrum.weights.minCoeff() < 0) {
    throw std::invalid_argument("spectrum has a non-finite entry or a negative weight");
  }
  if (const double sum = spectrum.weights.sum(); std::abs(sum - 1) > 1e-6) {
    throw std::invalid_argument(
        fmt::format("spectrum weights sum to {:.9g} (must be 1 within 1e-6)", sum));
  }
  if (!(std::isfinite(policy.floor) && policy.floor >= 0)) {
    throw std::invalid_argument(
        fmt::format("floor = {} is not allowed (must be >= 0)", policy.floor));
  }
}

/// Applies the policy; `touched` collects the mass it changed.
std::vector<Node> Nodes(const WeightedSpectrum& spectrum, const SpectrumPolicy& policy,
                        double& touched) {
  std::vector<Node> nodes;
  const double total = spectrum.weights.sum();
  for (Eigen::Index k = 0; k < spectrum.values.size(); ++k) {
    double sigma = spectrum.values(k);
    const double weight = spectrum.weights(k) / total;
    bool changed = sigma < 0;
    if (sigma < 0) {
      if (policy.negative == NegativePolicy::kReject) {
        throw std::invalid_argument(fmt::format(
            "spectrum node {} is {:.6g} (negative) choose --negative absolute, clip or drop", k + 1,
            sigma));
      }
      if (policy.negative == NegativePolicy::kDrop) {
        touched += weight;
        continue;
      }
      sigma = policy.negative == NegativePolicy::kAbsolute ? -sigma : policy.floor;
    }
    const bool at_floor = sigma <= policy.floor;
    if (at_floor && policy.floor > 0) {
      changed = changed || sigma < policy.floor;
      sigma = policy.floor;
    }
    if (sigma == 0) {
      throw std::domain_error(fmt::format(
          "spectrum node {} is zero (Corollary 3 divides by it) set a positive --floor", k + 1));
    }
    if (changed) touched += weight;
    nodes.push_back({sigma, weight, at_floor});
  }
  return nodes;
}

double H(double x) { return std::log(x) + 1 / x; }

}  // namespace

Corollary3 EvaluateCorollary3(const WeightedSpectrum& spectrum, const Hyperparameters& hyper,
                              double prior_variance, const SpectrumPolicy& policy) {
  Validate(spectrum, policy);
  const double scale =
      2 * prior_variance * static_cast<double>(hyper.batch_size) / hyper.learning_rate;
  const auto adamw = [&](double sigma) { return scale * (std::sqrt(sigma) + hyper.weight_decay); };
  const auto l2_adam = [&](double sigma) {
    return scale * (std::sqrt(sigma) + hyper.weight_decay / std::sqrt(sigma));
  };
  Corollary3 result;
  for (const Node& node : Nodes(spectrum, policy, result.mass_touched)) {
    const double xa = adamw(node.sigma);
    const double xl = l2_adam(node.sigma);
    result.adamw.err_per_parameter += node.weight * H(xa);
    result.l2_adam.err_per_parameter += node.weight * H(xl);
    if (node.sigma < 1) result.mass_below_one += node.weight;
    if (xl > xa && xa > 1) result.mass_ordered += node.weight;
    if (node.at_floor) {
      const double lower = node.sigma / 10;
      result.adamw.floor_sensitivity += node.weight * (H(adamw(lower)) - H(xa));
      result.l2_adam.floor_sensitivity += node.weight * (H(l2_adam(lower)) - H(xl));
    }
  }
  result.adamw.err = spectrum.dimension * result.adamw.err_per_parameter;
  result.l2_adam.err = spectrum.dimension * result.l2_adam.err_per_parameter;
  return result;
}

}  // namespace adamsde
