#include "analysis/convergence/constants.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

/// Standard deviations within which Gaussian noise is taken to stay.
constexpr double kGaussianReach = 5;

enum class Weaker { kLarger, kSmaller };

/// value, or the override where it is weaker than what the loss has.
void Override(const char* name, const std::optional<double>& given, Weaker weaker, double& value) {
  if (!given) return;
  RequirePositive(name, *given);
  const bool valid = weaker == Weaker::kLarger ? *given >= value : *given <= value;
  if (!valid) {
    throw std::invalid_argument(
        fmt::format("{} = {:g} is not allowed (the loss has {:.6g}) give a {} value", name, *given,
                    value, weaker == Weaker::kLarger ? "larger" : "smaller"));
  }
  value = *given;
}

double NoiseReach(const AdditiveNoise& noise) {
  if (std::isfinite(noise.Bound())) return noise.Bound();
  return kGaussianReach * noise.scale / std::sqrt(static_cast<double>(noise.batch_size));
}

}  // namespace

double TheoremConstants::C1() const { return std::sqrt(delta); }

double TheoremConstants::C2() const { return std::sqrt(gradient_bound * gradient_bound + delta); }

const char* ToString(Reading reading) {
  switch (reading) {
    case Reading::kPrinted:
      return "printed";
    case Reading::kProof:
      return "proof";
    case Reading::kCorrected:
      break;
  }
  return "corrected";
}

bool ConstantOverrides::Any() const {
  return smoothness || gradient_bound || noise_variance || gap || pl_constant;
}

TheoremConstants MakeTheoremConstants(const KnownLoss& loss, const AdditiveNoise& noise,
                                      const Hyperparameters& hyper, const Eigen::VectorXd& start,
                                      double radius, const ConstantOverrides& overrides) {
  const LossConstants& known = loss.Constants();
  TheoremConstants c{.smoothness = known.smoothness,
                     .gradient_bound = known.gradient_bound + NoiseReach(noise),
                     .noise_variance = noise.SampleVariance(loss.Dimension()),
                     .batch_size = static_cast<double>(noise.batch_size),
                     .delta = hyper.delta,
                     .weight_decay = hyper.weight_decay,
                     .gap = 0,
                     .regularizer = 0,
                     .dimension = static_cast<double>(loss.Dimension()),
                     .pl_constant = known.pl_constant};
  Eigen::VectorXd gradient(loss.Dimension());
  loss.Evaluate(1, start.data(), gradient.data(), &c.gap);
  Override("smoothness", overrides.smoothness, Weaker::kLarger, c.smoothness);
  Override("gradient-bound", overrides.gradient_bound, Weaker::kLarger, c.gradient_bound);
  Override("noise-variance", overrides.noise_variance, Weaker::kLarger, c.noise_variance);
  Override("gap0", overrides.gap, Weaker::kLarger, c.gap);
  if (overrides.pl_constant) {
    double pl = c.pl_constant.value_or(*overrides.pl_constant);
    Override("pl-constant", overrides.pl_constant, Weaker::kSmaller, pl);
    c.pl_constant = pl;
  }
  if (hyper.optimizer == OptimizerKind::kL2Adam) {
    c.regularizer = hyper.weight_decay / 2 * start.squaredNorm();
    c.smoothness += hyper.weight_decay;
    c.gradient_bound += hyper.weight_decay * radius;
    c.weight_decay = 0;
  } else {
    const Eigen::ArrayXd reach = gradient.array().abs() + NoiseReach(noise);
    const Eigen::ArrayXd scale = (reach.square() + hyper.delta).sqrt();
    c.regularizer = hyper.weight_decay / 2 * (scale * start.array().square()).sum();
  }
  return c;
}

}  // namespace adamsde
