#include "analysis/bound/decay_interval.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace adamsde {
namespace {

double Chord(double a, double fa, double b, double fb, double x) {
  return x == b ? fb : fa + (fb - fa) * ((x - a) / (b - a));
}

/// Where the tangents at the ends of a convex function meet; the middle where they do not.
double Meet(double a, double fa, double slope_a, double b, double fb, double slope_b) {
  const double x = (fa - fb + slope_b * b - slope_a * a) / (slope_b - slope_a);
  return x > a && x < b ? x : 0.5 * (a + b);
}

}  // namespace

double DecayInterval::TraceWeight() const { return WeightOfTrace(objective_, target_); }

bool DecayInterval::MeanCounts() const { return WeightOfMean(objective_, target_) > 0; }

/// An upper bound of |d²‖μ‖²/dλ²| = |2‖μ'‖² + 2 μ·μ''| on [a, b].
double DecayInterval::MeanCurvature() const {
  if (model_.MeanSquareIsConvex()) return 0;
  const auto largest = [&](std::size_t k) {
    // At the left end plus what the next derivative can add, or the bound that falls with λ.
    return std::min(a_.mean_reach[k], a_.mean_norm[k] + Width() * a_.mean_reach[k + 1]);
  };
  return 2 * largest(1) * largest(1) + 2 * largest(0) * largest(2);
}

/// A lower bound of ‖μ‖² at x in [a, b]; linear in x by chord, else constant (or convex tangents).
double DecayInterval::MeanAt(double x, bool by_chord) const {
  if (model_.MeanSquareIsConvex()) {
    return std::max(a_.mean_square + a_.mean_square_slope * (x - a_.lambda),
                    b_.mean_square + b_.mean_square_slope * (x - b_.lambda));
  }
  const double w = Width();
  if (by_chord) {
    return Chord(a_.lambda, a_.mean_square, b_.lambda, b_.mean_square, x) -
           MeanCurvature() * w * w / 8;
  }
  // ‖μ(λ)‖ ≥ ‖μ(a)‖ − √(max q)‖(r(a) − r(b)) ∘ ẑ‖, and (r_a − r_b)² ≤ r_a² − r_b².
  const double by_difference = std::sqrt(
      std::max(a_.mean_reach[0] * a_.mean_reach[0] - b_.mean_reach[0] * b_.mean_reach[0], 0.0));
  const double moved = std::min(by_difference, w * a_.mean_reach[1]);
  const double left = std::max(a_.mean_norm[0] - moved, b_.mean_norm[0] - moved);
  return left > 0 ? left * left : 0;
}

double DecayInterval::RadicandAt(double x, bool by_chord) const {
  const double log_det = Chord(a_.lambda, a_.log_det, b_.lambda, b_.log_det, x) +
                         model_.Dimension() * std::log(objective_.noise_factor);
  const double trace = std::max(a_.trace + a_.trace_slope * (x - a_.lambda),
                                b_.trace + b_.trace_slope * (x - b_.lambda));
  double sum = -log_det + TraceWeight() * trace + ConstantOfRadicand(model_, objective_, target_);
  if (MeanCounts()) sum += WeightOfMean(objective_, target_) * MeanAt(x, by_chord);
  return sum;
}

/// A lower bound of the risk at x: by the shapes of its terms, or by monotony alone (wide
/// intervals).
double DecayInterval::RiskAt(double x, bool by_shape) const {
  if (target_ != DecayTarget::kRiskPlusPhi) return 0;
  const double f = objective_.noise_factor;
  if (!by_shape) return a_.bias_risk + f * b_.noise_risk;
  const double at_a = f * a_.noise_risk + a_.pull_square +
                      (f * a_.noise_risk_slope + a_.pull_square_slope) * (x - a_.lambda);
  const double at_b = f * b_.noise_risk + b_.pull_square +
                      (f * b_.noise_risk_slope + b_.pull_square_slope) * (x - b_.lambda);
  return model_.PullAtZero() - 2 * Chord(a_.lambda, a_.pull, b_.lambda, b_.pull, x) +
         std::max(at_a, at_b);
}

double DecayInterval::Combine(double risk, double radicand) const {
  const double least = std::max(radicand, LeastRadicand(model_, objective_, target_));
  if (target_ == DecayTarget::kErr) return least;
  return risk + std::sqrt(8 / objective_.settings.num_samples * least);
}

DecayInterval::Range DecayInterval::RadicandSlope() const {
  const double t = TraceWeight();
  Range slope{-b_.log_det_slope + t * a_.trace_slope, -a_.log_det_slope + t * b_.trace_slope};
  if (!MeanCounts()) return slope;
  const double m = WeightOfMean(objective_, target_);
  if (model_.MeanSquareIsConvex()) {
    return {slope.low + m * a_.mean_square_slope, slope.high + m * b_.mean_square_slope};
  }
  const double change = Width() * MeanCurvature();
  slope.low += m * (std::max(a_.mean_square_slope, b_.mean_square_slope) - change);
  slope.high += m * (std::min(a_.mean_square_slope, b_.mean_square_slope) + change);
  return slope;
}

DecayInterval::Range DecayInterval::RiskSlope() const {
  const double f = objective_.noise_factor;
  return {-2 * b_.pull_slope + a_.pull_square_slope + f * a_.noise_risk_slope,
          -2 * a_.pull_slope + b_.pull_square_slope + f * b_.noise_risk_slope};
}

/// Of the objective; for Φ alone the radicand's sign decides.
DecayInterval::Range DecayInterval::Slope(double lowest_radicand) const {
  const Range radicand = RadicandSlope();
  if (target_ != DecayTarget::kRiskPlusPhi) return radicand;
  const Range risk = RiskSlope();
  const double least = std::max(lowest_radicand, LeastRadicand(model_, objective_, target_));
  const double rate = std::sqrt(2 / objective_.settings.num_samples / least);
  return {risk.low + rate * std::min(radicand.low, 0.0),
          risk.high + rate * std::max(radicand.high, 0.0)};
}

std::array<double, 5> DecayInterval::Breakpoints() const {
  const double a = a_.lambda;
  const double b = b_.lambda;
  const double f = objective_.noise_factor;
  return {
      a, Meet(a, a_.trace, a_.trace_slope, b, b_.trace, b_.trace_slope),
      Meet(a, a_.mean_square, a_.mean_square_slope, b, b_.mean_square, b_.mean_square_slope),
      Meet(a, f * a_.noise_risk + a_.pull_square, f * a_.noise_risk_slope + a_.pull_square_slope, b,
           f * b_.noise_risk + b_.pull_square, f * b_.noise_risk_slope + b_.pull_square_slope),
      b};
}

DecayInterval::Least DecayInterval::LeastOf(bool mean_by_chord, bool risk_by_shape) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Least least{.value = kInfinity, .radicand = kInfinity};
  double risk_alone = kInfinity;
  for (const double x : Breakpoints()) {
    const double radicand = RadicandAt(x, mean_by_chord);
    const double risk = RiskAt(x, risk_by_shape);
    least.value = std::min(least.value, Combine(risk, radicand));
    least.radicand = std::min(least.radicand, radicand);
    risk_alone = std::min(risk_alone, risk);
  }
  // Where the radicand's bound is cut off from below, the whole is not concave between breakpoints.
  if (least.radicand < LeastRadicand(model_, objective_, target_)) {
    least.value = std::min(least.value, Combine(risk_alone, least.radicand));
  }
  return least;
}

double DecayInterval::LowerBound() const {
  double best = -std::numeric_limits<double>::infinity();
  double radicand = best;
  for (const bool mean_by_chord : {true, false}) {
    for (const bool risk_by_shape : {true, false}) {
      const Least least = LeastOf(mean_by_chord, risk_by_shape);
      best = std::max(best, least.value);
      radicand = std::max(radicand, least.radicand);
    }
  }
  const Range slope = Slope(radicand);
  if (slope.low >= 0) best = std::max(best, objective_.Value(model_, a_, target_));
  if (slope.high <= 0) best = std::max(best, objective_.Value(model_, b_, target_));
  return best;
}

}  // namespace adamsde
