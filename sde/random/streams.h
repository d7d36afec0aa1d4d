#pragma once

#include <cstdint>

namespace adamsde {

// Stream numbers, one for each use, so that no random number serves two. Optimizers that share seed
// and chains share their noise: differences between them have small variance.
inline constexpr std::uint32_t kTransitionStream = 0;     ///< normals of a Stepper's transitions
inline constexpr std::uint32_t kGradientNoiseStream = 1;  ///< normals of Gaussian gradient noise
inline constexpr std::uint32_t kMinibatchStream = 2;      ///< bits that choose minibatches
inline constexpr std::uint32_t kInitialStateStream = 3;   ///< normals of initial states
inline constexpr std::uint32_t kProbeStream = 4;          ///< probes of Lanczos quadrature

}  // namespace adamsde
