#pragma once

namespace adamsde {

/// Pins BLAS to one thread, since chains are what runs in parallel: several BLAS threads are slower
/// inside an OpenMP loop and change result bits.
/// @throws std::runtime_error  the loaded BLAS is OpenBLAS's serial flavour, which gives wrong
///                             results when called from several threads.
void UseSingleThreadedBlas();

}  // namespace adamsde
