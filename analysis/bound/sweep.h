#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "analysis/bound/pac_bayes.h"
#include "sde/problem/preconditioner.h"
#include "sde/process/modal_system.h"

namespace adamsde {

/// Where the posterior of a bound is centred.
enum class PosteriorMean {
  kStationary,  ///< at c, the SDE's own mean
  kMinimizer,   ///< at x*, as the paper has it
};

struct SweepOptions {
  BoundSettings settings;
  BoundConvention convention = BoundConvention::kDerived;  ///< of phi and risk_plus_phi
  PosteriorMean posterior_mean = PosteriorMean::kStationary;
  double lambda_min = 0;
  double lambda_max = 10;
  int points = 121;  ///< λ = 0 first if lambda_min is 0, the others spaced evenly in log λ
};

/// One row of sweep.csv.
struct SweepPoint {
  double lambda = 0;
  double err = 0;
  double phi_derived = 0;
  double phi_printed = 0;
  double phi_literal = 0;
  double risk = 0;
  double risk_plus_phi = 0;  ///< with phi in the convention chosen
  double trace = 0;
  double log_det = 0;
};

/// The bound as a function of λ, everything else fixed. AdamW: one eigendecomposition, then matrix
/// products for each λ; ℓ2-Adam: one eigendecomposition for each λ.
class BoundOfWeightDecay {
 public:
  BoundOfWeightDecay(const QuadraticProblem& problem, const Hyperparameters& hyper,
                     const Preconditioner& preconditioner, const SweepOptions& options);

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

/// A minimum over the swept range, refined by Brent's method in the best bracket of the grid. Not
/// certified: err may have several minima.
struct SweepMinimum {
  double lambda = 0;
  double value = 0;
};

struct Sweep {
  std::vector<SweepPoint> points;
  SweepMinimum err;
  SweepMinimum phi;
  SweepMinimum risk_plus_phi;
  bool interior = false;  ///< err's minimizer is > 0
  std::optional<double> criterion;
};

/// @throws std::invalid_argument  a range that is empty or negative, fewer than 3 points.
/// @throws std::domain_error      infinite KL, or no stationary law, anywhere on the grid.
[[nodiscard]] Sweep SweepWeightDecay(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                     const Preconditioner& preconditioner,
                                     const SweepOptions& options);

}  // namespace adamsde
