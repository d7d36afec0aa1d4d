#pragma once

#include <array>

#include "analysis/bound/decay_objective.h"

namespace adamsde {

/// Bounds of an objective on [a, b] from the terms at the two ends (MinimizeOverDecay says how).
class DecayInterval {
 public:
  DecayInterval(const DecayModel& model, const DecayObjective& objective, DecayTarget target,
                const DecayNode& a, const DecayNode& b)
      : model_(model), objective_(objective), target_(target), a_(a), b_(b) {}

  /// No value on [a, b] is below it, up to the rounding of the nodes.
  [[nodiscard]] double LowerBound() const;

 private:
  struct Range {
    double low = 0;
    double high = 0;
  };
  struct Least {
    double value = 0;
    double radicand = 0;
  };

  [[nodiscard]] double Width() const { return b_.lambda - a_.lambda; }
  [[nodiscard]] bool MeanCounts() const;
  [[nodiscard]] double TraceWeight() const;
  [[nodiscard]] double MeanCurvature() const;
  [[nodiscard]] double MeanAt(double x, bool by_chord) const;
  [[nodiscard]] double RadicandAt(double x, bool by_chord) const;
  [[nodiscard]] double RiskAt(double x, bool by_shape) const;
  [[nodiscard]] double Combine(double risk, double radicand) const;
  [[nodiscard]] std::array<double, 5> Breakpoints() const;
  [[nodiscard]] Least LeastOf(bool mean_by_chord, bool risk_by_shape) const;
  [[nodiscard]] Range RadicandSlope() const;
  [[nodiscard]] Range RiskSlope() const;
  [[nodiscard]] Range Slope(double lowest_radicand) const;

  const DecayModel& model_;
  const DecayObjective& objective_;
  DecayTarget target_;
  const DecayNode& a_;
  const DecayNode& b_;
};

}  // namespace adamsde
