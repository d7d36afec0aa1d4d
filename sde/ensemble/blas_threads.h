#pragma once

#include <string>

namespace adamsde {

/// Pins BLAS to one thread, since chains are what runs in parallel: several BLAS threads are slower
/// inside an OpenMP loop and change result bits.
/// @throws std::runtime_error  the loaded BLAS is OpenBLAS's serial flavour, which gives wrong
///                             results when called from several threads.
void UseSingleThreadedBlas();

/// The CPU that the loaded BLAS has chosen its kernels for.
[[nodiscard]] std::string BlasCore();

/// The loaded BLAS: its version and build, the kernels it chose for this CPU, its threading.
[[nodiscard]] std::string BlasDescription();

/// Lets OpenBLAS use the vectors of a CPU it does not know. It takes one newer than itself for one
/// of 2004 (Debian 12's takes a Xeon of 2023 so) and is five to ten times slower there. Does
/// nothing where it knows better, or where OPENBLAS_CORETYPE says what the user wants. Call before
/// any thread uses matrix products.
void UseFastBlasKernels();

}  // namespace adamsde
