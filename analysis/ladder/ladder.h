#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/bound/pac_bayes.h"
#include "analysis/bound/sweep.h"
#include "analysis/stationary/self_consistent.h"
#include "sde/parallel/rank_group.h"
#include "sde/problem/loss.h"
#include "sde/problem/preconditioner.h"
#include "sde/problem/quadratic.h"

namespace adamsde {

/// What the ladder descends on.
struct LadderProblem {
  QuadraticProblem quadratic;     ///< C is the true gradient noise; H/b is taken where Lemma 5 does
  Hyperparameters hyper;          ///< the optimizer whose ladder it is
  Preconditioner preconditioner;  ///< of rungs 0 to 3
  const SampledLoss* loss = nullptr;  ///< of a dataset: rungs 7 and 7' need it
  MinibatchSampling sampling = MinibatchSampling::kReplacement;
};

struct LadderOptions {
  bool sampled = true;   ///< rungs 6, 7, 7', and a sample of rung 2; else closed forms only
  double time_step = 0;  ///< h of rungs 2 to 4 and 7'; 0: the learning rate
  BoundSettings bound;
  BoundConvention convention = BoundConvention::kDerived;     ///< of phi
  PosteriorMean posterior_mean = PosteriorMean::kStationary;  ///< of err's bound
  bool range_only = false;                                    ///< err on the covariance's range
  std::int64_t chains = 1024;  ///< at most; fewer where their burn-in would cost too much
  double target_error = 0.01;  ///< of each sampled covariance, relative
  /// Core-seconds of one sampled rung, by a fixed model of its cost (so that plans do not depend on
  /// the machine's load). Where the target error would cost more, it is raised, and the plan says
  /// so.
  double budget = 120;
  std::uint64_t seed = 1;
  int threads = 0;
  RankGroup* ranks = &Alone();  ///< who shares the chains
  std::function<void(double fraction)> progress;
};

/// What a sampled rung knows about its own sample.
struct RungSample {
  std::int64_t chains = 0;
  std::int64_t burn_in = 0;  ///< steps discarded
  std::int64_t record_every = 1;
  std::int64_t records = 0;  ///< per chain
  double planned_error = 0;  ///< relative, of the covariance
  double transient = 0;      ///< at most this share of the rung's change is still missing
  /// Whether it ran beside a control of known law on the same random numbers, which takes away the
  /// error that both share; the standard errors, r_hat, ess and drift_z below are what is left.
  bool controlled = false;
  double control_coefficient = 0;  ///< of the covariance's regression on the control's
  double raw_error = 0;            ///< relative standard error of the covariance without control
  double raw_r_hat = 0;            ///< without control
  double trace_stderr = 0;
  double log_det_stderr = 0;
  double mean_shift_stderr = 0;
  double r_hat = 0;
  double ess = 0;  ///< of the mean; may exceed the number of records where a control sharpens it
  double drift_z = 0;  ///< trace of the second half against the first, in standard errors
  bool mixed = false;  ///< r_hat ≤ 1.01 and |drift_z| ≤ 4
  /// Rank and log det on the range of the control's law, if there is a control.
  std::optional<RangeSummary> range;
  Eigen::VectorXd second_moment;  ///< E[n_t], length d; empty where n is frozen
  Eigen::VectorXd second_moment_stderr;
  std::string plan;  ///< one line
};

/// One rung (THEORY §6). Numbers are NaN where `missing` says why there are none.
struct Rung {
  std::string id;             ///< "0" … "7", "7'"
  std::string name;           ///< what is new on it
  std::string compared_with;  ///< the rung that relative_change is measured from
  std::string missing;        ///< why the rung has no law; else empty
  GaussianLaw law;            ///< digits = 0 where sampled
  double mean_shift;          ///< ‖mean − x*‖₂
  double mean_shift_sigma;    ///< its Mahalanobis length under this covariance, a sampled
                              ///< rung's under that of the closed form before it
  double mean_change_sigma;   ///< the same of the mean's move from the rung compared with
  double relative_change;     ///< ‖M − M_before‖_F/‖M_before‖_F
  double relative_to_lemma5;  ///< ‖M − M_Lemma5‖_F/‖M_Lemma5‖_F
  double trace;
  double err;
  double phi;
  /// Standard error of the covariance, relative: √Σ stderr²/‖M‖_F. NaN in closed form.
  double standard_error;
  std::optional<RungSample> sample;
  std::string statement;  ///< one line: what changed, and by how much it moved the covariance

  [[nodiscard]] bool Exists() const { return missing.empty(); }
};

/// A quantity of two optimizers that were run on the same random numbers.
struct PairedQuantity {
  std::string name;  ///< trace, risk, log_det or err
  double first = 0;
  double second = 0;
  double difference = 0;      ///< first − second
  double standard_error = 0;  ///< of the difference, paired
  double unpaired_error = 0;  ///< what independent samples of the same size would have
};

/// AdamW against ℓ2-Adam on rung 6, same λ, same noise (seed, chain, step).
struct OptimizerPair {
  std::string missing;  ///< why there is none; else empty
  std::vector<PairedQuantity> quantities;
  bool mixed = false;
};

struct Ladder {
  std::vector<Rung> rungs;
  /// Of rungs 4 to 6; nothing where there is no fixed point.
  std::optional<SelfConsistentPreconditioner> preconditioner;
  std::string hurts_most;  ///< id of the rung that moved the covariance most; empty if none did
  std::vector<std::string> conclusions;  ///< in words
  OptimizerPair pair;
};

/// Descends from Lemma 5 to the real optimizer, dropping one approximation a rung:
///
///   0  Lemma 5 (ℓ2-Adam: H.3) as printed, N(x*, M)
///   1  the SDE's own stationary law, mean c
///   2  Euler–Maruyama at step h (also sampled, and compared with its law)
///   3  the true gradient noise C for H/b
///   4  the optimizer's own preconditioner (self-consistent)
///   5  momentum
///   6  n_t evolving; Gaussian noise, quadratic loss: sampled
///   7  real minibatches of the real loss: sampled (needs a dataset)
///   7' the SDE of the real loss with the noise of the current x: Euler–Maruyama with rung 4's
///      preconditioner, compared with rung 4: what "quadratic" and "constant noise" cost: sampled.
///      Where steps of h would exceed the budget, they are longer (h·max κ ≤ 0.1), and the law of
///      rung 4 that it is compared with has the same step
///
/// Sampled rungs start from the previous rung's mean, spreads and E[n], with rung 5's (7': 4's)
/// correlations. Each runs beside a control: the linear optimizer of rung 5 with frozen n (7': of
/// rung 4), whose law is known, on the same random numbers (for rung 7 the same minibatches, with
/// gradients at x*). Only the difference between the two is estimated, so that the slow modes'
/// sampling error cancels, and the burn-in (the memory of the slowest mode and of n_t, 1/β₂ steps
/// each) matters to the change only. Reshuffled epochs have no control. Mixing comes first,
/// target_error second, within the budget. The first rung whose chains have not mixed says so, and
/// no sampled rung after it is run.
[[nodiscard]] Ladder DescendLadder(const LadderProblem& problem, const LadderOptions& options);

}  // namespace adamsde
