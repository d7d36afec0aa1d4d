// A fixed piece of each kernel's work, for counting instructions: instruction_count
// fill|modal|dense|white.
#include <cstdio>
#include <cstring>

#include <Eigen/Core>

#include "sde/ensemble/stepper.h"
#include "sde/random/normal.h"

namespace {

using adamsde::kBlockChains;

constexpr adamsde::NormalStream kStream{.seed = 1, .stream = 0};
constexpr Eigen::Index kDimension = 100;

}  // namespace

// Named for the counter, which collects between their entry and their exit.

extern "C" __attribute__((noinline)) void measured_fill(double* even, double* odd) {
  for (std::uint64_t pair = 0; pair < 20; ++pair) {
    adamsde::FillNormals(kStream, 0, pair, kBlockChains, kDimension, even, odd, kBlockChains);
  }
}

extern "C" __attribute__((noinline)) void measured_modal(const double* decay, const double* noise,
                                                         double* state) {
  adamsde::AdvanceModal(kStream, 0, 0, 40, kBlockChains, kDimension, decay, noise, state,
                        kBlockChains);
}

extern "C" __attribute__((noinline)) void measured_steps(const adamsde::Stepper& stepper,
                                                         adamsde::Tile& tile) {
  stepper.Advance(kStream, 0, 10, tile);
}

int main(int argc, char** argv) {
  const char* const what = argc == 2 ? argv[1] : "";
  Eigen::MatrixXd x = Eigen::MatrixXd::Zero(kBlockChains, kDimension);
  Eigen::MatrixXd y = x;
  const Eigen::VectorXd decay = Eigen::VectorXd::Constant(kDimension, 0.9);
  if (std::strcmp(what, "fill") == 0) {
    measured_fill(x.data(), y.data());
  } else if (std::strcmp(what, "modal") == 0) {
    measured_modal(decay.data(), decay.data(), x.data());
  } else if (std::strcmp(what, "dense") == 0 || std::strcmp(what, "white") == 0) {
    Eigen::MatrixXd noise = Eigen::MatrixXd::Ones(kDimension, kDimension);
    const Eigen::MatrixXd increment = -0.01 * noise;
    noise = Eigen::MatrixXd(noise.triangularView<Eigen::Lower>());
    if (std::strcmp(what, "white") == 0) noise.setIdentity();
    const auto stepper = adamsde::MakeKernelStepper({.increment = increment, .noise = noise});
    adamsde::Tile tile(*stepper, 0);
    measured_steps(*stepper, tile);
  } else {
    std::fprintf(stderr, "usage: instruction_count fill|modal|dense|white\n");
    return 2;
  }
  return 0;
}
