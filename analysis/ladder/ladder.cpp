#include "analysis/ladder/ladder.h"

#include <stdexcept>
#include <utility>

#include "analysis/ladder/ladder_state.h"

namespace adamsde {

const Rung* FindRung(const Ladder& ladder, const std::string& id) {
  for (const Rung& rung : ladder.rungs) {
    if (rung.id == id) return &rung;
  }
  return nullptr;
}

void LadderState::RequireFixedPoint() const {
  if (!ladder.preconditioner) throw std::domain_error("no self-consistent preconditioner");
}

Ladder DescendLadder(const LadderProblem& problem, const LadderOptions& options) {
  Validate(problem.quadratic);
  Validate(problem.hyper);
  Validate(options.bound);
  RequirePositive("target-error", options.target_error);
  RequirePositive("ladder-budget", options.budget);
  LadderState state(problem, options);
  AddClosedRungs(state);
  if (options.sampled) {
    SampleEulerMaruyama(state);
    AddSampledRungs(state);
  }
  Conclude(state.ladder);
  return std::move(state.ladder);
}

}  // namespace adamsde
