#include "sde/ensemble/sampled_system.h"

#include <stdexcept>
#include <utility>

#include "sde/process/gaussian_kernel.h"
#include "sde/process/optimizer_sde.h"

namespace adamsde {

std::string ToString(Scheme scheme) {
  switch (scheme) {
    case Scheme::kEulerMaruyama:
      return "euler-maruyama";
    case Scheme::kModal:
      return "modal";
    case Scheme::kLeap:
      return "leap";
    case Scheme::kExact:
      break;
  }
  return "exact";
}

SampledSystem MakeSampledSystem(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                const Preconditioner& preconditioner) {
  ModalSystem modal = MakeModalSystem(problem, hyper, preconditioner);
  LinearSde sde = MakeOptimizerSde(problem, hyper, preconditioner, modal.center);
  return {.sde = std::move(sde), .modal = std::move(modal)};
}

std::unique_ptr<Stepper> MakeStepper(const SampledSystem& system, Scheme scheme, double time_step,
                                     std::int64_t record_every, Precision precision) {
  switch (scheme) {
    case Scheme::kEulerMaruyama:
      return MakeWhiteStepper(EulerMaruyamaKernel(system.sde, time_step), precision);
    case Scheme::kModal:
      if (!system.modal) {
        throw std::invalid_argument(
            "scheme = modal is not for a general drift (it has no symmetrized coordinates) use "
            "--scheme euler-maruyama, leap or exact");
      }
      return MakeModalStepper(*system.modal, time_step, precision);
    case Scheme::kLeap:
      return MakeWhiteStepper(LeapKernel(system.sde, time_step, record_every), precision);
    case Scheme::kExact:
      break;
  }
  return MakeWhiteStepper(ExactKernel(system.sde, time_step * static_cast<double>(record_every)),
                          precision);
}

}  // namespace adamsde
