#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/bound/pac_bayes.h"
#include "sde/parallel/rank_group.h"
#include "sde/problem/loss.h"
#include "sde/problem/preconditioner.h"
#include "sde/problem/quadratic.h"

namespace adamsde {

enum class Verdict { kHolds, kFails, kNotApplicable };
[[nodiscard]] std::string ToString(Verdict verdict);

/// One claim of the paper (THEORY §7), judged on one problem.
struct Claim {
  std::string id;
  Verdict verdict = Verdict::kNotApplicable;
  double value = 0;               ///< the number that decides it
  double threshold = 0;           ///< HOLDS iff value ≤ threshold, and the sample does not object
  std::optional<double> p_value;  ///< of the sampled test, where there is one
  std::string detail;             ///< one line: what value is, and what else was seen
};

/// How to judge.
struct ClaimOptions {
  double identity_tolerance = 1e-8;  ///< relative, for identities; widened to the digits expected
  double approximation_tolerance = 0.05;  ///< relative, for sde-step, no-momentum and A4
  double order_tolerance = 0.5;           ///< for C3-order: share of directions out of order
  double family_wise_error = 1e-3;        ///< over all sampled tests together
  double time_step = 0;                   ///< of sde-step; 0: the learning rate
  std::int64_t chains = 1024;
  double target_error = 0.01;  ///< of each ensemble, where the budget allows it
  double budget = 60;          ///< core-seconds of each ensemble, by a fixed model of its cost
  std::uint64_t seed = 1;
  int threads = 0;
  RankGroup* ranks = &Alone();  ///< who shares the chains
  std::function<void(double fraction)> progress{};
  const SampledLoss* loss = nullptr;  ///< for A4: the data; nothing: Fisher stands for b·C
  MinibatchSampling sampling = MinibatchSampling::kReplacement;
};

/// Judges L5-cov, L5-mean, L5-decay, L2-cov, adam-eq, T6-kl (three conventions), C3-eq,
/// C3-order, sde-step, no-momentum, surrogate, A4-a to A4-c and C1, in closed form, lists T1 to T4
/// (which `adamsde converge` judges on their own losses), and judges L5-cov,
/// L5-mean, L2-cov, sde-step also on samples: AdamW's and ℓ2-Adam's SDE by the exact transition (no
/// step bias), and Euler–Maruyama at time_step. The four sampled tests share family_wise_error
/// (Bonferroni). What target_error the budget bought is said as `expected`.
///
/// hyper.optimizer does not matter: each claim is about its own optimizer.
///
/// @throws std::domain_error  no stationary law of AdamW.
[[nodiscard]] std::vector<Claim> JudgeClaims(const QuadraticProblem& problem,
                                             const Hyperparameters& hyper,
                                             const Preconditioner& preconditioner,
                                             const BoundSettings& settings,
                                             const ClaimOptions& options);

}  // namespace adamsde
