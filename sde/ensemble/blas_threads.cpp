#include "sde/ensemble/blas_threads.h"

#include <stdexcept>

extern "C" {
void openblas_set_num_threads(int num_threads);
int openblas_get_parallel(void);
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

}  // namespace adamsde
