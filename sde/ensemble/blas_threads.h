#pragma once

#include <string>

namespace adamsde {

/// Pins BLAS to one thread, since chains are what runs in parallel: several BLAS threads are slower
/// inside an OpenMP loop and change result bits.
/// @throws std::runtime_error  the loaded BLAS is OpenBLAS's serial flavour, which gives wrong
///                             results when called from several threads.
void UseSingleThreadedBlas();

/// The loaded BLAS: its version and build, the kernels it chose for this CPU, its threading.
[[nodiscard]] std::string BlasDescription();

}  // namespace adamsde
