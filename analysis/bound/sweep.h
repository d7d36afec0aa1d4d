#pragma once

#include <Eigen/Core>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "analysis/bound/certified_minimum.h"
#include "analysis/bound/corollary3.h"
#include "analysis/bound/decay_model.h"
#include "analysis/bound/pac_bayes.h"
#include "sde/parallel/work_units.h"
#include "sde/problem/preconditioner.h"
#include "sde/process/modal_system.h"

namespace adamsde {

struct SweepOptions {
  BoundSettings settings;
  BoundConvention convention = BoundConvention::kDerived;  ///< of phi and risk_plus_phi
  PosteriorMean posterior_mean = PosteriorMean::kStationary;
  double lambda_min = 0;
  double lambda_max = 10;
  int points = 121;         ///< λ = 0 first if lambda_min is 0, the others spaced evenly in log λ
  double gap = 1e-9;        ///< relative, of the certified minima
  bool range_only = false;  ///< restrict to the range of a singular M
  std::function<void(double fraction)> progress{};  ///< of the rows
  /// Who computes the rows, and what is known of them from a run before; nothing: this process,
  /// all.
  WorkUnits* units = nullptr;
};

/// One row of sweep.csv. Φ, risk and their sum are NaN where only a spectrum is known.
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

/// λ = 0 first if lambda_min is 0, the others evenly spaced in log λ over at most six decades.
[[nodiscard]] std::vector<double> LambdaGrid(double lambda_min, double lambda_max, int points);

/// The fixed part of the bounds for this problem.
[[nodiscard]] DecayObjective MakeDecayObjective(const QuadraticProblem& problem,
                                                const Hyperparameters& hyper,
                                                const SweepOptions& options);

/// One row from a model's node. Φ and the risk are NaN where only a spectrum is known.
[[nodiscard]] SweepPoint MakeSweepPoint(const DecayModel& model, const DecayObjective& objective,
                                        const DecayNode& node);

struct Sweep {
  std::vector<SweepPoint> points;
  CertifiedMinimum err;
  CertifiedMinimum phi;
  CertifiedMinimum risk_plus_phi;
  bool interior = false;  ///< err's minimizer is > 0
  std::optional<double> criterion;
  double rank = 0;  ///< dimensions that count: d, or the rank of M with range_only
};

/// Rows over a grid of λ and the minima over [lambda_min, lambda_max]: certified where a DecayModel
/// exists (AdamW, any C; ℓ2-Adam where Q commutes with H), else the best of the grid refined by
/// Brent's method in the brackets of all its local minima, without a proof. All laws are those of
/// the SDE: in discrete time M need not fall with λ, and no such bound holds.
///
/// @throws std::invalid_argument  a range that is empty or negative, fewer than 3 points.
/// @throws std::domain_error      infinite KL, or no stationary law, anywhere on the grid.
[[nodiscard]] Sweep SweepWeightDecay(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                     const Preconditioner& preconditioner,
                                     const SweepOptions& options);

/// The same for Corollary 3 on a spectrum of positive nodes: err only; phi and risk_plus_phi stay
/// without a value (NaN).
[[nodiscard]] Sweep SweepSpectrum(const Eigen::VectorXd& sigma, const Eigen::VectorXd& weights,
                                  double dimension, const Hyperparameters& hyper,
                                  const SweepOptions& options);

}  // namespace adamsde
