#pragma once

#include <cstddef>

#include "sde/random/instruction_set.h"

/// The matrix product behind the dense steppers, compiled once per instruction set. Plain types
/// only (see vector.h).

namespace adamsde {

/// Chains that one panel holds side by side, contiguous per row.
inline constexpr std::ptrdiff_t kPanelChains = 16;

/// A strip of at most 12 rows of a packed matrix, over a stretch of its columns.
template <typename Number>
struct DenseChunk {
  const Number* packed;   ///< depth × rows, row index fastest
  std::ptrdiff_t row;     ///< of the result, where the strip starts
  std::ptrdiff_t column;  ///< row of the panel that the stretch starts with
  std::ptrdiff_t depth;   ///< columns in the stretch, possibly 0
  int rows;               ///< 12, 8 or 4
  bool first;             ///< the first chunk of this strip: sums start here
  bool last;              ///< the last one: the states are added
};

/// out_r = in_r + fma(increment_r, in_r, s_r + Σ_k A_rk in_k) for every panel, each sum one chain
/// of fused multiply-adds in the order of the chunks: the same bits for every instruction set. It
/// starts at s_r = in_{start+r}, or at 0 where start < 0.
template <typename Number>
struct DenseKernel {
  const char* name;
  void (*multiply)(const DenseChunk<Number>* chunks, std::ptrdiff_t count, const Number* increment,
                   std::ptrdiff_t start, std::ptrdiff_t panels, std::ptrdiff_t panel_stride,
                   const Number* in, Number* out);
};

/// The kernel of an instruction set that the CPU runs.
template <typename Number>
[[nodiscard]] const DenseKernel<Number>& DenseKernelFor(InstructionSet set);

namespace baseline {
extern const DenseKernel<double> kDenseKernel;
extern const DenseKernel<float> kDenseFloatKernel;
}  // namespace baseline
namespace x86_64_v3 {
extern const DenseKernel<double> kDenseKernel;
extern const DenseKernel<float> kDenseFloatKernel;
}  // namespace x86_64_v3
namespace x86_64_v4 {
extern const DenseKernel<double> kDenseKernel;
extern const DenseKernel<float> kDenseFloatKernel;
}  // namespace x86_64_v4

}  // namespace adamsde
