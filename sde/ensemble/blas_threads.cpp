#include "sde/ensemble/blas_threads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "sde/random/instruction_set.h"

extern "C" {
void openblas_set_num_threads(int num_threads);
int openblas_get_parallel(void);
char* openblas_get_config(void);
char* openblas_get_corename(void);
// What the library runs when it is loaded and unloaded; absent where it was built for one CPU only.
__attribute__((weak)) void gotoblas_dynamic_init(void);
__attribute__((weak)) void gotoblas_dynamic_quit(void);
}

namespace adamsde {

void UseSingleThreadedBlas() {
  if (openblas_get_parallel() == 0) {
    throw std::runtime_error(
        "the serial OpenBLAS is loaded (it is not safe under threads) install and select "
        "libopenblas0-pthread");
  }
  openblas_set_num_threads(1);
}

std::string BlasCore() { return openblas_get_corename(); }

std::string BlasDescription() {
  const char* const flavours[] = {"serial", "pthread", "OpenMP"};
  const int flavour = openblas_get_parallel();
  const char* const name = flavour >= 0 && flavour <= 2 ? flavours[flavour] : "unknown";
  // OpenBLAS's own line names its version and build first, and a maximum of threads last.
  return fmt::format("{}, {} kernels, {} flavour", openblas_get_config(), openblas_get_corename(),
                     name);
}

void UseFastBlasKernels() {
  constexpr const char* kVariable = "OPENBLAS_CORETYPE";
  constexpr std::array<std::string_view, 6> kModern = {"Haswell",  "Zen",        "Excavator",
                                                       "SkylakeX", "Cooperlake", "SapphireRapids"};
  const InstructionSet set = BestInstructionSet();
  const bool modern =
      std::find(kModern.begin(), kModern.end(), openblas_get_corename()) != kModern.end();
  if (modern || set == InstructionSet::kBaseline || std::getenv(kVariable) != nullptr ||
      gotoblas_dynamic_init == nullptr || gotoblas_dynamic_quit == nullptr) {
    return;
  }
  setenv(kVariable, set == InstructionSet::kX86_64V4 ? "SkylakeX" : "Haswell", 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(kVariable);
}

}  // namespace adamsde
