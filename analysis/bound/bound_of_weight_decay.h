#pragma once

#include <Eigen/Core>
#include <optional>

#include "analysis/bound/sweep.h"
#include "sde/problem/preconditioner.h"
#include "sde/problem/quadratic.h"
#include "sde/process/modal_system.h"

namespace adamsde {

/// The bound as a function of λ from the law itself, with no shortcut: dense matrix products for
/// each λ, for ℓ2-Adam an eigendecomposition too. For laws that no DecayModel describes.
class BoundOfWeightDecay {
 public:
  BoundOfWeightDecay(const QuadraticProblem& problem, const Hyperparameters& hyper,
                     const Preconditioner& preconditioner, SweepOptions options);

  /// @throws std::domain_error  no stationary law at this λ, or an infinite KL (singular M).
  [[nodiscard]] SweepPoint operator()(double lambda) const;
  [[nodiscard]] double Phi(const SweepPoint& point) const;

  /// Σ (1 − κ₀w_i)/s_i, the slope of err at λ = 0 (THEORY §4.1); none unless AdamW with C = H/b.
  [[nodiscard]] std::optional<double> Criterion() const;

 private:
  [[nodiscard]] ModalSystem SystemAt(double lambda) const;

  const QuadraticProblem& problem_;
  Hyperparameters hyper_;
  const Preconditioner& preconditioner_;
  SweepOptions options_;
  ModalSystem at_zero_;              // AdamW: shared by every λ
  Eigen::VectorXd modal_minimizer_;  // VᵀQ^(−½)x*
};

}  // namespace adamsde
