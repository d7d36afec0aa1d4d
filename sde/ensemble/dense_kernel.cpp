// Compiled once per instruction set with ADAMSDE_KERNEL_LEVEL naming the namespace.
#include "sde/ensemble/dense_kernel.h"

#include "sde/random/vector.h"

namespace adamsde::ADAMSDE_KERNEL_LEVEL {
namespace {

/// How many of a panel's chains a register holds.
template <typename Number>
constexpr int kLanesOf = 8 * kWidth / static_cast<int>(sizeof(Number));

/// The register tile: kMostRows rows by kVectors vectors of chains, which with the vectors of the
/// panel and a factor fill the 32 registers of AVX-512, or the 16 of what came before.
template <typename Number>
constexpr int kVectors = kLanesOf<Number> < kPanelChains ? 2 : 1;
#if defined(__AVX512F__)
constexpr int kMostRows = 12;
#else
constexpr int kMostRows = 6;
#endif

/// @param offset  the tile's first row within the chunk
/// @param in      the panel, at the tile's first chain
template <int kRows, typename Number>
ADAMSDE_INLINE void MultiplyTile(const DenseChunk<Number>& chunk, int offset,
                                 const Number* increment, std::ptrdiff_t start, const Number* in,
                                 Number* out) {
  constexpr int kAcross = kVectors<Number>;
  constexpr int kLanes = kLanesOf<Number>;
  using Vector = decltype(Load(in));
  const std::ptrdiff_t row = chunk.row + offset;
  Vector sum[kRows][kAcross];
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kAcross; ++v) {
      const std::ptrdiff_t at = (row + r) * kPanelChains + v * kLanes;
      if (!chunk.first) {
        sum[r][v] = Load(out + at);
      } else {
        sum[r][v] = start < 0 ? Vector{} : Load(in + start * kPanelChains + at);
      }
    }
  }
  const Number* a = chunk.packed + offset;
  const Number* x = in + chunk.column * kPanelChains;
  for (std::ptrdiff_t k = 0; k < chunk.depth; ++k, a += chunk.rows, x += kPanelChains) {
    Vector column[kAcross];
#pragma GCC unroll 2
    for (int v = 0; v < kAcross; ++v) column[v] = Load(x + v * kLanes);
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
      const Vector factor = Broadcast(a[r]);
#pragma GCC unroll 2
      for (int v = 0; v < kAcross; ++v) sum[r][v] = FmaVector(factor, column[v], sum[r][v]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kAcross; ++v) {
      const std::ptrdiff_t at = (row + r) * kPanelChains + v * kLanes;
      if (chunk.last) {
        const Vector state = Load(in + at);
        sum[r][v] = state + FmaVector(Broadcast(increment[row + r]), state, sum[r][v]);
      }
      Store(out + at, sum[r][v]);
    }
  }
}

/// All tiles of one chunk on one panel.
template <int kRows, typename Number>
ADAMSDE_INLINE void MultiplyChunk(const DenseChunk<Number>& chunk, const Number* increment,
                                  std::ptrdiff_t start, const Number* in, Number* out) {
  constexpr int kTileRows = kRows > kMostRows ? kRows / 2 : kRows;
  for (int offset = 0; offset < kRows; offset += kTileRows) {
    for (std::ptrdiff_t i = 0; i < kPanelChains; i += kVectors<Number> * kLanesOf<Number>) {
      MultiplyTile<kTileRows>(chunk, offset, increment, start, in + i, out + i);
    }
  }
}

template <typename Number>
ADAMSDE_INLINE void MultiplyAll(const DenseChunk<Number>* chunks, std::ptrdiff_t count,
                                const Number* increment, std::ptrdiff_t start,
                                std::ptrdiff_t panels, std::ptrdiff_t panel_stride,
                                const Number* in, Number* out) {
  for (const DenseChunk<Number>* chunk = chunks; chunk != chunks + count; ++chunk) {
    // The chunk stays in the first cache while the panels pass.
    for (std::ptrdiff_t p = 0; p < panels; ++p) {
      const Number* const from = in + p * panel_stride;
      Number* const to = out + p * panel_stride;
      if (chunk->rows == 12) {
        MultiplyChunk<12>(*chunk, increment, start, from, to);
      } else if (chunk->rows == 8) {
        MultiplyChunk<8>(*chunk, increment, start, from, to);
      } else {
        MultiplyChunk<4>(*chunk, increment, start, from, to);
      }
    }
  }
}

void Multiply(const DenseChunk<double>* chunks, std::ptrdiff_t count, const double* increment,
              std::ptrdiff_t start, std::ptrdiff_t panels, std::ptrdiff_t panel_stride,
              const double* in, double* out) {
  MultiplyAll(chunks, count, increment, start, panels, panel_stride, in, out);
}

void MultiplyFloats(const DenseChunk<float>* chunks, std::ptrdiff_t count, const float* increment,
                    std::ptrdiff_t start, std::ptrdiff_t panels, std::ptrdiff_t panel_stride,
                    const float* in, float* out) {
  MultiplyAll(chunks, count, increment, start, panels, panel_stride, in, out);
}

}  // namespace

extern const DenseKernel<double> kDenseKernel;
const DenseKernel<double> kDenseKernel{ADAMSDE_NAME_OF(ADAMSDE_KERNEL_LEVEL), Multiply};
extern const DenseKernel<float> kDenseFloatKernel;
const DenseKernel<float> kDenseFloatKernel{ADAMSDE_NAME_OF(ADAMSDE_KERNEL_LEVEL), MultiplyFloats};

}  // namespace adamsde::ADAMSDE_KERNEL_LEVEL
