#include "analysis/bound/corollary3.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace adamsde {
namespace {

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

double H(double x) { return std::log(x) + 1 / x; }

}  // namespace

PolicyNodes ApplyPolicy(const WeightedSpectrum& spectrum, const SpectrumPolicy& policy) {
  Validate(spectrum, policy);
  PolicyNodes nodes{.values = Eigen::VectorXd(spectrum.values.size()),
                    .weights = Eigen::VectorXd(spectrum.values.size()),
                    .at_floor = {}};
  Eigen::Index kept = 0;
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
        nodes.mass_touched += weight;
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
    if (changed) nodes.mass_touched += weight;
    nodes.values(kept) = sigma;
    nodes.weights(kept++) = weight;
    nodes.at_floor.push_back(at_floor);
  }
  nodes.values.conservativeResize(kept);
  nodes.weights.conservativeResize(kept);
  return nodes;
}

Corollary3 EvaluateCorollary3(const WeightedSpectrum& spectrum, const Hyperparameters& hyper,
                              double prior_variance, const SpectrumPolicy& policy) {
  const double scale =
      2 * prior_variance * static_cast<double>(hyper.batch_size) / hyper.learning_rate;
  const auto adamw = [&](double sigma) { return scale * (std::sqrt(sigma) + hyper.weight_decay); };
  const auto l2_adam = [&](double sigma) {
    return scale * (std::sqrt(sigma) + hyper.weight_decay / std::sqrt(sigma));
  };
  Corollary3 result;
  const PolicyNodes nodes = ApplyPolicy(spectrum, policy);
  result.mass_touched = nodes.mass_touched;
  for (Eigen::Index k = 0; k < nodes.values.size(); ++k) {
    const double sigma = nodes.values(k);
    const double weight = nodes.weights(k);
    const double xa = adamw(sigma);
    const double xl = l2_adam(sigma);
    result.adamw.err_per_parameter += weight * H(xa);
    result.l2_adam.err_per_parameter += weight * H(xl);
    if (sigma < 1) result.mass_below_one += weight;
    if (xl > xa && xa > 1) result.mass_ordered += weight;
    if (nodes.at_floor[static_cast<std::size_t>(k)]) {
      const double lower = sigma / 10;
      result.adamw.floor_sensitivity += weight * (H(adamw(lower)) - H(xa));
      result.l2_adam.floor_sensitivity += weight * (H(l2_adam(lower)) - H(xl));
    }
  }
  result.adamw.err = spectrum.dimension * result.adamw.err_per_parameter;
  result.l2_adam.err = spectrum.dimension * result.l2_adam.err_per_parameter;
  return result;
}

}  // namespace adamsde
