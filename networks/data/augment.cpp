#include "networks/data/augment.h"

#include <algorithm>

#include "networks/streams.h"
#include "sde/random/uniform_integer.h"

namespace adamsde::networks {

Augmentation DrawAugmentation(std::uint64_t seed, std::uint32_t place, std::uint32_t step,
                              bool flip, std::int64_t shift) {
  UniformIntegers integers(seed, kAugmentationStream, place, step);
  const auto range = static_cast<std::uint32_t>(2 * shift + 1);
  Augmentation how;
  how.down = static_cast<std::int64_t>(integers.Below(range)) - shift;
  how.right = static_cast<std::int64_t>(integers.Below(range)) - shift;
  how.mirror = flip && integers.Below(2) == 1;
  return how;
}

void Augment(const Augmentation& how, const InputShape& shape, double* image, double* scratch) {
  std::copy(image, image + shape.Features(), scratch);
  for (std::int64_t c = 0; c < shape.channels; ++c) {
    for (std::int64_t i = 0; i < shape.height; ++i) {
      const std::int64_t from_i = i - how.down;
      for (std::int64_t j = 0; j < shape.width; ++j) {
        std::int64_t from_j = j - how.right;
        const bool inside =
            from_i >= 0 && from_i < shape.height && from_j >= 0 && from_j < shape.width;
        if (how.mirror) from_j = shape.width - 1 - from_j;
        image[(c * shape.height + i) * shape.width + j] =
            inside ? scratch[(c * shape.height + from_i) * shape.width + from_j] : 0.0;
      }
    }
  }
}

}  // namespace adamsde::networks
