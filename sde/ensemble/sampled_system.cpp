#include "sde/ensemble/sampled_system.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "sde/process/gaussian_kernel.h"
#include "sde/process/optimizer_sde.h"

namespace adamsde {
namespace {

const ModalSystem& Modal(const SampledSystem& system, Scheme scheme) {
  if (!system.modal) {
    throw std::invalid_argument(
        fmt::format("scheme = {} is not for a general drift (it has no symmetrized coordinates) "
                    "use --scheme euler-maruyama, leap or exact",
                    ToString(scheme)));
  }
  return *system.modal;
}

}  // namespace

std::string ToString(Scheme scheme) {
  switch (scheme) {
    case Scheme::kEulerMaruyama:
      return "euler-maruyama";
    case Scheme::kModal:
      return "modal";
    case Scheme::kLeap:
      return "leap";
    case Scheme::kModalLeap:
      return "modal-leap";
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
      return MakeModalStepper(Modal(system, scheme), time_step, precision);
    case Scheme::kModalLeap:
      return MakeModalLeapStepper(Modal(system, scheme), time_step, record_every, precision);
    case Scheme::kLeap:
      return MakeWhiteStepper(LeapKernel(system.sde, time_step, record_every), precision);
    case Scheme::kExact:
      break;
  }
  return MakeWhiteStepper(ExactKernel(system.sde, time_step * static_cast<double>(record_every)),
                          precision);
}

}  // namespace adamsde
