#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sde/random/normal.h"

namespace adamsde {

/// Unbiased noise added to each component of a gradient: the mean of b independent draws of one
/// sample's noise, standard deviation s per component.
struct AdditiveNoise {
  enum class Kind {
    kTwoPoint,  ///< ±s with probability ½ each: |noise| ≤ s, so that gradient bounds are exact
    kGaussian,  ///< N(0, s²): unbounded
  };
  Kind kind = Kind::kTwoPoint;
  double scale = 0;             ///< s ≥ 0
  std::int64_t batch_size = 1;  ///< b ≥ 1

  /// sup |noise| of one component; infinite for Gaussian noise with s > 0.
  [[nodiscard]] double Bound() const;
  /// σ² = d·s², the variance of ONE sample's gradient in d dimensions (THEORY §5).
  [[nodiscard]] double SampleVariance(std::ptrdiff_t dimension) const;
};

/// @throws std::invalid_argument  s < 0 or not finite, b < 1.
void Validate(const AdditiveNoise& noise);

/// Adds the noise of successive steps to tiles of gradients (components × chains, chain fastest).
///
/// A draw is a pure function of (seed, stream, chain, step, component). Two-point draws with b = 1
/// are single bits: bit (step mod 128) of Philox with counter (chain, component, step/128, stream).
/// With b > 1 they count the ones among b bits of ⌈b/128⌉ such calls of their own. Gaussian draws
/// are those of FillNormals, times s/√b.
class NoiseGenerator {
 public:
  /// @param chains  of the tile, a multiple of kLanes; the stride of the tile too
  NoiseGenerator(const AdditiveNoise& noise, const NormalStream& stream, std::uint32_t first_chain,
                 std::ptrdiff_t chains, std::ptrdiff_t components);

  /// gradient += noise of this step.
  /// @param step  ascending from call to call within blocks of 128 (any order is right, this is
  ///              fast)
  void Add(std::uint64_t step, double* gradient);

 private:
  void AddSigns(std::uint64_t step, double* gradient);
  void AddCounts(std::uint64_t step, double* gradient) const;
  void AddNormals(std::uint64_t step, double* gradient);

  AdditiveNoise noise_;
  NormalStream stream_;
  std::uint32_t first_chain_;
  std::ptrdiff_t chains_;
  std::ptrdiff_t components_;
  std::uint64_t held_ = ~std::uint64_t{0};  ///< the group of steps that the buffers hold
  std::array<std::vector<std::uint64_t>, 2> bits_;
  std::array<std::vector<double>, 2> normals_;
};

}  // namespace adamsde
