#pragma once

#include "analysis/bound/decay_model.h"
#include "analysis/bound/pac_bayes.h"

namespace adamsde {

/// What is minimized over λ.
enum class DecayTarget {
  kErr,          ///< err (of kDerived and kPrinted)
  kPhi,          ///< Φ in the convention chosen
  kRiskPlusPhi,  ///< E_P[F − F*] + Φ
};

/// The bounds as functions of a model's terms: what is fixed while λ moves.
struct DecayObjective {
  BoundSettings settings;
  BoundConvention convention = BoundConvention::kDerived;
  double scale = 1;             ///< η/(2b), for kLiteral
  double noise_factor = 1;      ///< the gradient noise is this times the model's
  double minimizer_square = 0;  ///< ‖x*‖², for kPrinted and kLiteral

  [[nodiscard]] double Value(const DecayModel& model, const DecayNode& node,
                             DecayTarget target) const;
  /// d/dλ of Value; needs nodes with slopes.
  [[nodiscard]] double Slope(const DecayModel& model, const DecayNode& node,
                             DecayTarget target) const;
  /// Error of Value by rounding: of the sums, and of the eigenvalues behind the node.
  [[nodiscard]] double Rounding(const DecayModel& model, const DecayNode& node,
                                DecayTarget target) const;
};

/// err + c₀ (for kErr: err) at a node; what Φ is the root of.
[[nodiscard]] double Radicand(const DecayModel& model, const DecayObjective& objective,
                              DecayTarget target, const DecayNode& node);

/// d/dλ of the radicand at a node with slopes.
[[nodiscard]] double RadicandSlope(const DecayObjective& objective, DecayTarget target,
                                   const DecayNode& node);

/// A number that the radicand is never below: err ≥ d.
[[nodiscard]] double LeastRadicand(const DecayModel& model, const DecayObjective& objective,
                                   DecayTarget target);

/// The radicand is −log det M + these times Tr M and ‖c‖² + the constant.
[[nodiscard]] double WeightOfTrace(const DecayObjective& objective, DecayTarget target);
[[nodiscard]] double WeightOfMean(const DecayObjective& objective, DecayTarget target);
[[nodiscard]] double ConstantOfRadicand(const DecayModel& model, const DecayObjective& objective,
                                        DecayTarget target);

}  // namespace adamsde
