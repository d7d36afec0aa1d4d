#pragma once

#include <optional>
#include <string>
#include <utility>

#include "analysis/ladder/ladder.h"
#include "analysis/ladder/sampled_rung.h"
#include "sde/process/modal_system.h"

namespace adamsde {

/// A ladder being descended: each rung is added below the ones it is compared with.
struct LadderState {
  const LadderProblem& problem;
  const LadderOptions& options;
  double time_step;              ///< h
  QuadraticProblem paper_noise;  ///< the quadratic with C = H/b
  Ladder ladder;
  std::optional<SampledRung> evolving;  ///< rung 6, for the pair of optimizers

  LadderState(const LadderProblem& problem_, const LadderOptions& options_)
      : problem(problem_),
        options(options_),
        time_step(options_.time_step > 0 ? options_.time_step : problem_.hyper.learning_rate),
        paper_noise(problem_.quadratic) {
    paper_noise.gradient_noise =
        paper_noise.hessian / static_cast<double>(problem.hyper.batch_size);
    ladder.rungs.reserve(9);  // rungs are referred to by address
  }

  [[nodiscard]] ModalSystem Modal(const QuadraticProblem& quadratic,
                                  const Preconditioner& q) const {
    return MakeModalSystem(quadratic, problem.hyper, q);
  }
  /// With the optimizer's own preconditioner, which must exist.
  [[nodiscard]] ModalSystem OwnModal() const {
    return Modal(problem.quadratic, Preconditioner::Diagonal(ladder.preconditioner->q));
  }
  /// @throws std::domain_error  there is none.
  void RequireFixedPoint() const;
};

/// The rung of this id; null if there is none yet.
[[nodiscard]] const Rung* FindRung(const Ladder& ladder, const std::string& id);
[[nodiscard]] inline Rung* FindRung(Ladder& ladder, const std::string& id) {
  return const_cast<Rung*>(FindRung(std::as_const(ladder), id));
}

/// Adds rungs 0 to 5.
void AddClosedRungs(LadderState& state);
/// Rung 2 also by its steps, compared with its own law.
void SampleEulerMaruyama(LadderState& state);
/// Adds rungs 6, and 7 and 7' where there are data, and the pair of optimizers.
void AddSampledRungs(LadderState& state);
/// Says of rung `id` how much of E[g²] comes from a mean held away from x*, if that matters.
void ExplainShiftedMean(LadderState& state, const std::string& id, const std::string& why);
/// Names the rung that hurts most, the one that moves the mean most, and those that have not mixed.
void Conclude(Ladder& ladder);

}  // namespace adamsde
