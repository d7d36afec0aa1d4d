#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/statistics/record_law.h"
#include "sde/ensemble/ensemble.h"
#include "sde/ensemble/sampled_system.h"

namespace adamsde {

/// What the user asks of an ensemble. What is set explicitly wins over what the target error would
/// plan. Counts are in time steps.
struct SamplingRequest {
  /// None: euler-maruyama while it stays under 10¹⁰ normals, else leap.
  std::optional<Scheme> scheme = std::nullopt;
  double time_step = 0;  ///< h > 0
  Precision precision = Precision::kDouble;
  std::int64_t chains = 1024;
  std::int64_t replicates = 32;
  double target_error = 0.01;  ///< of the relative error ‖M̂−M‖_F/‖M‖_F, > 0
  std::optional<std::int64_t> steps = std::nullopt;  ///< after burn-in
  std::optional<std::int64_t> burn_in = std::nullopt;
  std::optional<std::int64_t> record_every = std::nullopt;  ///< capped at steps
  /// Largest initial deviation from the mean in units of the law's standard deviation; the burn-in
  /// makes it negligible too.
  double initial_distance = 0;
};

/// A run, decided before it starts: everything in it follows from the law alone.
struct SamplingPlan {
  Scheme scheme = Scheme::kEulerMaruyama;
  double time_step = 0;
  Precision precision = Precision::kDouble;
  double precision_error = 0;  ///< FloatError of single precision, 0 in double
  std::int64_t chains = 0;
  std::int64_t replicates = 0;
  std::int64_t burn_in = 0;       ///< time steps
  std::int64_t record_every = 1;  ///< time steps
  std::int64_t records = 1;       ///< per chain
  double max_stable_step = 0;     ///< of Euler–Maruyama
  double expected_relative_error = 0;
  double normals = 0;              ///< to be generated in all
  double transient = 0;            ///< what is left of the initial state after burn_in, relative
  std::vector<std::string> notes;  ///< choices the user may want to know of

  [[nodiscard]] std::int64_t Steps() const { return record_every * records; }
};

/// Plans a run: stability of the step, exact burn-in until the transient of the slowest mode is
/// below target_error/10 (and below a tenth of the standard error), thinning by the slowest mode's
/// autocorrelation, and the number of records for the target error.
///
/// @throws std::invalid_argument  a request outside its range, or single precision where its error
///                                exceeds target_error/10.
/// @throws std::domain_error      no stationary law, or an unstable step (gives the limit).
[[nodiscard]] SamplingPlan PlanSampling(const SampledSystem& system,
                                        const SamplingRequest& request);

/// The plan in the stepper's transitions; seed, threads and callbacks are left to the caller.
[[nodiscard]] EnsembleOptions MakeEnsembleOptions(const SamplingPlan& plan);

}  // namespace adamsde
