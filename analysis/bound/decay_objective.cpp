#include "analysis/bound/decay_objective.h"

#include <cmath>

#include "analysis/stationary/errors.h"

namespace adamsde {
namespace {

bool Literal(const DecayObjective& o, DecayTarget target) {
  return target != DecayTarget::kErr && o.convention == BoundConvention::kLiteral;
}

}  // namespace

double ConstantOfRadicand(const DecayModel& model, const DecayObjective& o, DecayTarget target) {
  const double d = model.Dimension();
  const double rho = o.settings.prior_variance;
  const double err = d * std::log(Literal(o, target) ? rho / o.scale : rho);
  if (target == DecayTarget::kErr) return err;
  const double log_term = 2 * std::log(2 * o.settings.num_samples / o.settings.failure_probability);
  if (o.convention == BoundConvention::kDerived) return err - d + log_term;
  return err + o.minimizer_square / (2 * rho) - d / 2 + log_term;
}

double WeightOfTrace(const DecayObjective& o, DecayTarget target) {
  const double rho = o.settings.prior_variance;
  return o.noise_factor * (Literal(o, target) ? o.scale / rho : 1 / rho);
}

double WeightOfMean(const DecayObjective& o, DecayTarget target) {
  const bool counts = target != DecayTarget::kErr && o.convention == BoundConvention::kDerived;
  return counts ? 1 / o.settings.prior_variance : 0;
}

double Radicand(const DecayModel& model, const DecayObjective& o, DecayTarget target,
                const DecayNode& node) {
  const double log_det = node.log_det + model.Dimension() * std::log(o.noise_factor);
  return -log_det + WeightOfTrace(o, target) * node.trace +
         WeightOfMean(o, target) * node.mean_square + ConstantOfRadicand(model, o, target);
}

double RadicandSlope(const DecayObjective& o, DecayTarget target, const DecayNode& node) {
  return -node.log_det_slope + WeightOfTrace(o, target) * node.trace_slope +
         WeightOfMean(o, target) * node.mean_square_slope;
}

double LeastRadicand(const DecayModel& model, const DecayObjective& o, DecayTarget target) {
  const double d = model.Dimension();
  const double err = d * std::log(Literal(o, target) ? o.settings.prior_variance / o.scale
                                                     : o.settings.prior_variance);
  return d + ConstantOfRadicand(model, o, target) - err;
}

double DecayObjective::Value(const DecayModel& model, const DecayNode& node,
                             DecayTarget target) const {
  const double radicand = Radicand(model, *this, target, node);
  if (target == DecayTarget::kErr) return radicand;
  const double phi = std::sqrt(8 / settings.num_samples * radicand);
  return target == DecayTarget::kPhi ? phi : node.bias_risk + noise_factor * node.noise_risk + phi;
}

double DecayObjective::Slope(const DecayModel& model, const DecayNode& node,
                             DecayTarget target) const {
  const double slope = RadicandSlope(*this, target, node);
  if (target == DecayTarget::kErr) return slope;
  const double radicand = Radicand(model, *this, target, node);
  const double phi = std::sqrt(2 / settings.num_samples / radicand) * slope;
  if (target == DecayTarget::kPhi) return phi;
  return phi - 2 * node.pull_slope + node.pull_square_slope + noise_factor * node.noise_risk_slope;
}

double DecayObjective::Rounding(const DecayModel& model, const DecayNode& node,
                                DecayTarget target) const {
  const double rho = settings.prior_variance;
  const double d = model.Dimension();
  const double absolute = std::abs(node.log_det) + node.trace * noise_factor / rho +
                          d * std::abs(std::log(rho)) + d * std::abs(std::log(noise_factor)) +
                          node.mean_square / rho + minimizer_square / rho + d +
                          2 * std::log(2 * settings.num_samples / settings.failure_probability);
  constexpr double kUnits = 32;
  // Tr M/ρ reacts to the eigenvalues' errors no more than log det does, times Tr M/(ρd) or so.
  const double reaction = 1 + node.trace * noise_factor / (rho * d);
  const double radicand = node.rounding * reaction + kUnits * kEps * absolute;
  if (target == DecayTarget::kErr) return radicand;
  const double root = std::sqrt(8 / settings.num_samples * Radicand(model, *this, target, node));
  const double phi = root * radicand / (2 * Radicand(model, *this, target, node)) + 4 * kEps * root;
  if (target == DecayTarget::kPhi) return phi;
  return phi +
         kUnits * kEps * (model.PullAtZero() + node.noise_risk * noise_factor + node.bias_risk);
}

}  // namespace adamsde
