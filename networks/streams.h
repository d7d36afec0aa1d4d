#pragma once

#include <cstdint>

namespace adamsde::networks {

// Stream numbers beside those of sde/random/streams.h.
inline constexpr std::uint32_t kParameterStream = 64;      ///< normals of initial parameters
inline constexpr std::uint32_t kSplitStream = 65;          ///< which rows validate
inline constexpr std::uint32_t kAugmentationStream = 66;   ///< shifts and flips
inline constexpr std::uint32_t kCurvatureRowsStream = 67;  ///< which rows a Hessian is over

}  // namespace adamsde::networks
