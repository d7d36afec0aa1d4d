#pragma once

#include <cstddef>
#include <cstdint>

#include "sde/random/float_panel.h"

/// The vector kernels behind FillNormals and AdvanceModal, one namespace per instruction set. Plain
/// types only (see box_muller.h).

namespace adamsde {

struct KernelArguments {
  std::uint32_t key[2];
  std::uint32_t stream;
  std::uint32_t first_chain;
  std::uint32_t step_pair;  ///< first pair of steps
  std::ptrdiff_t chains;    ///< multiple of 8
  std::ptrdiff_t components;
  std::ptrdiff_t stride;
};

/// Steps from the first pair on: its odd step alone (or not), whole pairs, the even step of one
/// more pair (or not).
struct StepRange {
  bool leading_odd;
  std::ptrdiff_t pairs;
  bool trailing_even;
};

/// Steps of one panel of kFloatPanel chains in single precision.
struct FloatPanel {
  std::uint32_t key[2];
  std::uint32_t stream;
  std::uint32_t first_chain;
  std::ptrdiff_t components;
};

struct NormalKernel {
  const char* name;
  void (*fill)(const KernelArguments& arguments, double* even, double* odd);
  void (*advance)(const KernelArguments& arguments, const StepRange& steps, const double* decay,
                  const double* noise, double* state);
};

struct FloatNormalKernel {
  void (*fill)(const FloatPanel& panel, std::uint32_t step_quad, float* const* normals);
  void (*advance)(const FloatPanel& panel, std::uint64_t first_step, std::uint64_t steps,
                  const float* increment, const float* noise, float* state);
};

/// The kernels this build has and this CPU runs, fastest first; the last runs everywhere.
struct NormalKernelList {
  NormalKernel kernels[3];
  FloatNormalKernel float_kernels[3];
  int count;
};
[[nodiscard]] NormalKernelList AvailableNormalKernels();

namespace baseline {
extern const NormalKernel kNormalKernel;
extern const FloatNormalKernel kFloatNormalKernel;
}  // namespace baseline
namespace x86_64_v3 {
extern const NormalKernel kNormalKernel;
extern const FloatNormalKernel kFloatNormalKernel;
}  // namespace x86_64_v3
namespace x86_64_v4 {
extern const NormalKernel kNormalKernel;
extern const FloatNormalKernel kFloatNormalKernel;
}  // namespace x86_64_v4

}  // namespace adamsde
