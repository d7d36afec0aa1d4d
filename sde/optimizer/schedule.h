#pragma once

#include <cstdint>

namespace adamsde {

/// A hyperparameter as a function of the step k = 0, 1, … (THEORY §5):
///
///   constant v                constant
///   v·ratio^k                 geometric ("AdamW-D", "ℓ2-Adam-D")
///   v/√(k+1)                  inverse root (Theorem 3)
///
/// each capped at `cap`.
class Schedule {
 public:
  Schedule(double value = 0) : value_(value) {}  // NOLINT: a number is a constant schedule

  /// @throws std::invalid_argument  ratio outside (0, 1].
  [[nodiscard]] static Schedule Geometric(double value, double ratio);
  /// λ(1 − β₂c∞²/δ)^k, what the paper's analysis of a decaying λ_k takes.
  /// @throws std::invalid_argument  unless β₂c∞² < δ; names the values.
  [[nodiscard]] static Schedule SecondMomentDecay(double value, double beta2, double gradient_bound,
                                                  double delta);
  [[nodiscard]] static Schedule InverseRoot(double value);

  /// The same schedule with min(value_k, cap) for value_k: β₁k = γ/√(k+1) must stay ≤ 1.
  [[nodiscard]] Schedule CappedAt(double cap) const;
  /// Steps k < StepsAboveCap() are the ones the cap changes (all shapes fall with k).
  [[nodiscard]] std::int64_t StepsAboveCap() const;

  [[nodiscard]] double At(std::int64_t step) const;
  [[nodiscard]] bool IsConstant() const { return shape_ == Shape::kConstant; }

 private:
  enum class Shape { kConstant, kGeometric, kInverseRoot };
  [[nodiscard]] double Uncapped(std::int64_t step) const;

  Shape shape_ = Shape::kConstant;
  double value_ = 0;
  double ratio_ = 1;
  double cap_ = 0;  // 0: none
};

}  // namespace adamsde
