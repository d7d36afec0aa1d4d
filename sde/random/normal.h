#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "sde/random/float_panel.h"

namespace adamsde {

/// Names one infinite array of standard normals, indexed by (chain, step, component).
///
/// Each normal is a pure function of (seed, stream, chain, step, component): Philox4x32-10
/// [SalmonEtAl2011] with key = the seed's low and high word and counter =
/// (chain, component, step/2, stream); Box–Muller turns the 128 bits into two normals, for the even
/// step and the odd one after it. So no result depends on how the work is divided, and any chain
/// can be replayed alone.
struct NormalStream {
  std::uint64_t seed = 1;
  std::uint32_t stream = 0;
};

/// Chains are generated in groups of this many.
inline constexpr std::ptrdiff_t kLanes = 8;

/// The four words of Philox4x32-10, bit for bit those of Random123.
[[nodiscard]] std::array<std::uint32_t, 4> PhiloxBits(const std::array<std::uint32_t, 4>& counter,
                                                      std::uint64_t seed);

/// One normal, by a scalar path that serves as reference for the vector kernels: same bits.
/// @param step  < 2³³
[[nodiscard]] double StandardNormal(const NormalStream& stream, std::uint32_t chain,
                                    std::uint64_t step, std::uint32_t component);

/// Fills two tiles with the normals of steps 2·step_pair (even) and 2·step_pair + 1 (odd).
///
/// Tiles are column-major with the chain index fastest: even[c·stride + i] belongs to chain
/// first_chain + i and component c. The fastest kernel that the CPU runs is chosen once; all give
/// the same bits.
///
/// @param chains      n, a multiple of kLanes
/// @param components  k
/// @param stride      distance between columns, ≥ n
void FillNormals(const NormalStream& stream, std::uint32_t first_chain, std::uint64_t step_pair,
                 std::ptrdiff_t chains, std::ptrdiff_t components, double* even, double* odd,
                 std::ptrdiff_t stride);

/// Advances independent scalar recursions x_c' = decay_c x_c + noise_c z by `steps` steps, with the
/// normals of the stream, without storing them: fma(noise_c, z, decay_c · x).
///
/// @param state  column-major tile as in FillNormals, updated in place
void AdvanceModal(const NormalStream& stream, std::uint32_t first_chain, std::uint64_t first_step,
                  std::uint64_t steps, std::ptrdiff_t chains, std::ptrdiff_t components,
                  const double* decay, const double* noise, double* state, std::ptrdiff_t stride);

/// One normal in single precision: the same counters, (chain, component, step/4, stream), each call
/// of Philox serving four consecutive steps.
[[nodiscard]] float StandardNormalFloat(const NormalStream& stream, std::uint32_t chain,
                                        std::uint64_t step, std::uint32_t component);

/// normals[phase][component·kFloatPanel + FloatLane(i)] = the normal of chain first_chain + i at
/// step 4·step_quad + phase.
void FillNormalsFloat(const NormalStream& stream, std::uint32_t first_chain,
                      std::uint64_t step_quad, std::ptrdiff_t components, float* const* normals);

/// The recursions of AdvanceModal on one panel in single precision:
/// x ← fma(noise_c, z, fma(increment_c, x, x)), increment = decay − 1.
void AdvanceModalFloat(const NormalStream& stream, std::uint32_t first_chain,
                       std::uint64_t first_step, std::uint64_t steps, std::ptrdiff_t components,
                       const float* increment, const float* noise, float* state);

}  // namespace adamsde
