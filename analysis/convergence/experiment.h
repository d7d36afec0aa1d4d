#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "analysis/claims/claims.h"
#include "analysis/convergence/parameters.h"

namespace adamsde {

/// λ_k over a run.
enum class DecaySchedule {
  kConstant,      ///< λ
  kExponential,   ///< λ·ratio^k: AdamW-D, ℓ2-Adam-D
  kSecondMoment,  ///< λ(1 − β₂c∞²/δ)^k, what Theorems 2–4 assume
};

/// One convergence experiment: a loss with its noise, an optimizer, and what is asked of it.
struct ConvergenceSetup {
  const KnownLoss* loss = nullptr;
  AdditiveNoise noise;
  Hyperparameters hyper;  ///< η and β₁ come from the theorems
  TheoremConstants constants;
  Eigen::VectorXd start;  ///< x₀
  /// |x| ≤ radius is where the constants hold; infinite: everywhere.
  double radius = std::numeric_limits<double>::infinity();
  double epsilon = 0.1;
  DecaySchedule decay = DecaySchedule::kSecondMoment;
  double decay_ratio = 0.999;  ///< of kExponential
  std::int64_t runs = 64;
  double iteration_limit = 1e8;  ///< per run, all stages together
  int records = 200;             ///< points of a trajectory
  std::uint64_t seed = 1;
  int threads = 0;
  WorkUnits* units = nullptr;  ///< DescentOptions::units
  std::function<void(double fraction)> progress;
};

/// @throws std::invalid_argument  a field outside its range; names it.
void Validate(const ConvergenceSetup& setup);

/// left ≤ right, for the right side as printed and as the proof gives it. Sampled sides are judged
/// at four standard errors: HOLDS and FAILS are both beyond them, between is NOT APPLICABLE
/// ("undecided").
struct Inequality {
  std::string name = {};
  std::string parameters = {};  ///< whose hyperparameters: "printed", "corrected", …
  double left = 0;
  double left_stderr = 0;
  std::optional<double> right_print = {};
  std::optional<double> right_proof = {};
  Verdict verdict = Verdict::kNotApplicable;        ///< of right_proof (right_print where none)
  Verdict verdict_print = Verdict::kNotApplicable;  ///< of right_print
  std::string detail = {};

  [[nodiscard]] double Right() const { return right_proof ? *right_proof : *right_print; }
};

/// Fills the verdicts. A non-finite left side fails.
[[nodiscard]] Inequality Judge(Inequality inequality);

struct ParameterRow {
  std::string parameters;
  int stage = 0;  ///< of Theorem 4; else 0
  double epsilon = 0;
  RateParameters rate;
  bool run = true;
};

struct Trajectory {
  std::string run;
  std::vector<DescentRecord> records;
};

/// Averages over iterations and runs of everything measured, for one run.
struct MeasuredRun {
  std::string run;
  QuantityAverages average;
  double largest_x = 0;
  std::int64_t diverged = 0;
};

struct ConvergenceReport {
  std::vector<ParameterRow> parameters;
  std::vector<Inequality> inequalities;
  std::vector<MeasuredRun> measured;
  std::vector<Trajectory> trajectories;
  std::vector<std::string> notes;
};

/// λ_k from the iteration `offset` of the schedule on.
[[nodiscard]] Schedule WeightDecaySchedule(const ConvergenceSetup& setup, double offset = 0);

/// The run of a set of hyperparameters from x₀.
[[nodiscard]] DescentOptions MakeDescent(const ConvergenceSetup& setup, const RateParameters& rate);

/// Notes the run in the report and, where iterates left the region of the constants or the finite
/// numbers, says so.
/// @return  whether the constants hold for what was run
bool AddMeasured(const ConvergenceSetup& setup, const std::string& run, const DescentResult& result,
                 ConvergenceReport& report);

/// @throws std::invalid_argument  more iterations than setup.iteration_limit; names the nearest
///                                feasible ε by bisection of `iterations(ε)`, decreasing.
void RequireFeasible(const ConvergenceSetup& setup, const std::string& what,
                     const std::function<double(double epsilon)>& iterations);

/// Theorem 2 with printed and corrected hyperparameters: its three averages, Corollary 1.
[[nodiscard]] ConvergenceReport MeasureTheorem2(const ConvergenceSetup& setup);

/// Theorem 3: weighted averages, and Σ η_kβ_k against its logarithm.
[[nodiscard]] ConvergenceReport MeasureTheorem3(const ConvergenceSetup& setup);

/// Theorem 4 by Algorithm 2: stages from random output iterates.
/// @throws std::domain_error  the loss has no μ, or decay breaks it (λ > 0 where F + ½c‖x‖² is not
///                            known to be μ-PŁ).
[[nodiscard]] ConvergenceReport MeasureTheorem4(const ConvergenceSetup& setup, bool decaying);

}  // namespace adamsde
