#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sde/ensemble/stepper.h"
#include "sde/process/linear_sde.h"
#include "sde/process/modal_system.h"

namespace adamsde {

/// How a transition of the chains is made (all but kExact follow the same law, Euler–Maruyama's).
enum class Scheme {
  kEulerMaruyama,  ///< step by step in the original coordinates: uses none of the theory under test
  kModal,          ///< step by step in §3.1's basis; not for a general drift
  kLeap,           ///< many Euler–Maruyama steps at once, exactly in law
  kModalLeap,      ///< the same in §3.1's basis; not for a general drift
  kExact,          ///< the SDE's exact transition: no step bias
};

[[nodiscard]] std::string ToString(Scheme scheme);

/// An SDE to be sampled: as a linear SDE, and in modal coordinates where it is an optimizer's.
struct SampledSystem {
  LinearSde sde;
  std::optional<ModalSystem> modal;

  [[nodiscard]] Eigen::Index Dimension() const { return sde.Dimension(); }
};

/// An optimizer's SDE in both coordinates. Cost O(d³): one eigendecomposition.
[[nodiscard]] SampledSystem MakeSampledSystem(const QuadraticProblem& problem,
                                              const Hyperparameters& hyper,
                                              const Preconditioner& preconditioner);

/// Whether one transition of this scheme covers a whole recording interval.
[[nodiscard]] inline bool LeapsOverRecords(Scheme scheme) {
  return scheme == Scheme::kLeap || scheme == Scheme::kModalLeap || scheme == Scheme::kExact;
}

/// The stepper of a scheme. Its transitions cover one time step (euler-maruyama, modal) or
/// record_every of them (leap, modal-leap, exact).
/// @throws std::invalid_argument  kModal, kModalLeap for a system without modal coordinates.
[[nodiscard]] std::unique_ptr<Stepper> MakeStepper(const SampledSystem& system, Scheme scheme,
                                                   double time_step, std::int64_t record_every,
                                                   Precision precision = Precision::kDouble);

}  // namespace adamsde
