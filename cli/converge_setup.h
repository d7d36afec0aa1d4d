#pragma once

#include <memory>
#include <vector>

#include "analysis/convergence/complexity.h"
#include "analysis/convergence/surrogate.h"
#include "analysis/convergence/theorem1.h"
#include "cli/result.h"

namespace adamsde {

/// What `converge` is asked to do.
enum class ConvergeMode { kTheorem1, kTheorem2, kTheorem3, kTheorem4, kSurrogate, kComplexity };

/// The experiment that the options describe, with the loss it points to.
struct ConvergeExperiment {
  ConvergeMode mode = ConvergeMode::kTheorem2;
  std::unique_ptr<KnownLoss> loss;
  ConvergenceSetup setup;
  Theorem1Options theorem1;
  SurrogateOptions surrogate;
  bool decaying_rate = false;
  bool constants_overridden = false;  ///< then there is nothing to measure in --complexity
};

/// Fills what was left to defaults by mode and loss, and notes each value in the result.
/// @throws std::invalid_argument  no mode or two, an unknown loss, schedule or rate, a bad number.
[[nodiscard]] ConvergeExperiment MakeConvergeExperiment(const Arguments& arguments, Result& result);

}  // namespace adamsde
