#pragma once

#include <cstdint>

#include "networks/model/options.h"

namespace adamsde::networks {

/// A move of an image and whether it is mirrored.
struct Augmentation {
  std::int64_t down = 0;
  std::int64_t right = 0;
  bool mirror = false;
};

/// Of the image at `place` in the batch of step `step`: a function of (seed, place, step).
/// @param shift  moves are uniform on −shift … shift each way
[[nodiscard]] Augmentation DrawAugmentation(std::uint64_t seed, std::uint32_t place,
                                            std::uint32_t step, bool flip, std::int64_t shift);

/// Applies it in place; what comes from outside the image is 0, the mean of normalized pixels.
/// @param image    channels × height × width
/// @param scratch  as long
void Augment(const Augmentation& how, const InputShape& shape, double* image, double* scratch);

}  // namespace adamsde::networks
