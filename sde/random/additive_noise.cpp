#include "sde/random/additive_noise.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace adamsde {
namespace {

/// Bits of one Philox call.
constexpr std::uint64_t kCallBits = 128;

}  // namespace

double AdditiveNoise::Bound() const {
  if (kind == Kind::kTwoPoint || scale == 0) return scale;
  return std::numeric_limits<double>::infinity();
}

double AdditiveNoise::SampleVariance(std::ptrdiff_t dimension) const {
  return static_cast<double>(dimension) * scale * scale;
}

void Validate(const AdditiveNoise& noise) {
  if (!(std::isfinite(noise.scale) && noise.scale >= 0)) {
    throw std::invalid_argument(
        fmt::format("noise-scale = {} is not allowed (must be >= 0)", noise.scale));
  }
  if (noise.batch_size < 1) {
    throw std::invalid_argument(
        fmt::format("batch-size = {} is not allowed (must be >= 1)", noise.batch_size));
  }
}

NoiseGenerator::NoiseGenerator(const AdditiveNoise& noise, const NormalStream& stream,
                               std::uint32_t first_chain, std::ptrdiff_t chains,
                               std::ptrdiff_t components)
    : noise_(noise),
      stream_(stream),
      first_chain_(first_chain),
      chains_(chains),
      components_(components) {
  Validate(noise);
  const auto size = static_cast<std::size_t>(chains * components);
  if (noise.kind == AdditiveNoise::Kind::kGaussian) {
    for (auto& half : normals_) half.resize(size);
  } else if (noise.batch_size == 1) {
    for (auto& half : bits_) half.resize(size);
  }
}

void NoiseGenerator::Add(std::uint64_t step, double* gradient) {
  if (noise_.scale == 0) return;
  if (noise_.kind == AdditiveNoise::Kind::kGaussian) {
    AddNormals(step, gradient);
  } else if (noise_.batch_size == 1) {
    AddSigns(step, gradient);
  } else {
    AddCounts(step, gradient);
  }
}

void NoiseGenerator::AddSigns(std::uint64_t step, double* gradient) {
  if (const std::uint64_t group = step / kCallBits; group != held_) {
    held_ = group;
    for (std::ptrdiff_t c = 0; c < components_; ++c) {
      for (std::ptrdiff_t i = 0; i < chains_; ++i) {
        const auto words =
            PhiloxBits({first_chain_ + static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(c),
                        static_cast<std::uint32_t>(group), stream_.stream},
                       stream_.seed);
        const auto at = static_cast<std::size_t>(c * chains_ + i);
        bits_[0][at] = words[0] | std::uint64_t{words[1]} << 32;
        bits_[1][at] = words[2] | std::uint64_t{words[3]} << 32;
      }
    }
  }
  const std::uint64_t* const bits = bits_[step % kCallBits / 64].data();
  const auto lift = static_cast<unsigned>(63 - step % 64);
  const auto magnitude = std::bit_cast<std::uint64_t>(noise_.scale);
  const std::ptrdiff_t size = chains_ * components_;
  for (std::ptrdiff_t i = 0; i < size; ++i) {
    // The bit becomes the sign.
    gradient[i] +=
        std::bit_cast<double>(magnitude | ((bits[i] << lift) & (std::uint64_t{1} << 63)));
  }
}

void NoiseGenerator::AddCounts(std::uint64_t step, double* gradient) const {
  const auto b = static_cast<std::uint64_t>(noise_.batch_size);
  const std::uint64_t calls = (b + kCallBits - 1) / kCallBits;
  const auto b_real = static_cast<double>(b);
  for (std::ptrdiff_t c = 0; c < components_; ++c) {
    for (std::ptrdiff_t i = 0; i < chains_; ++i) {
      int ones = 0;
      std::uint64_t left = b;
      for (std::uint64_t call = step * calls; left > 0; ++call) {
        const auto words =
            PhiloxBits({first_chain_ + static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(c),
                        static_cast<std::uint32_t>(call), stream_.stream},
                       stream_.seed);
        for (const std::uint32_t word : words) {
          const std::uint64_t take = left < 32 ? left : 32;
          ones += std::popcount(word & static_cast<std::uint32_t>((std::uint64_t{1} << take) - 1));
          left -= take;
        }
      }
      // The signs' convention is AddSigns': a one is minus.
      gradient[c * chains_ + i] += noise_.scale * (b_real - 2.0 * ones) / b_real;
    }
  }
}

void NoiseGenerator::AddNormals(std::uint64_t step, double* gradient) {
  if (const std::uint64_t pair = step / 2; pair != held_) {
    held_ = pair;
    FillNormals(stream_, first_chain_, pair, chains_, components_, normals_[0].data(),
                normals_[1].data(), chains_);
  }
  const double* const normals = normals_[step % 2].data();
  const double scale = noise_.scale / std::sqrt(static_cast<double>(noise_.batch_size));
  const std::ptrdiff_t size = chains_ * components_;
  for (std::ptrdiff_t i = 0; i < size; ++i) gradient[i] += scale * normals[i];
}

}  // namespace adamsde
