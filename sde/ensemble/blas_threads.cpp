#include "sde/ensemble/blas_threads.h"

#include <fmt/format.h>

#include <stdexcept>

extern "C" {
void openblas_set_num_threads(int num_threads);
int openblas_get_parallel(void);
char* openblas_get_config(void);
char* openblas_get_corename(void);
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

std::string BlasDescription() {
  const char* const flavours[] = {"serial", "pthread", "OpenMP"};
  const int flavour = openblas_get_parallel();
  const char* const name = flavour >= 0 && flavour <= 2 ? flavours[flavour] : "unknown";
  // OpenBLAS's own line names its version and build first, and a maximum of threads last.
  return fmt::format("{}, {} kernels, {} flavour", openblas_get_config(), openblas_get_corename(),
                     name);
}

}  // namespace adamsde
