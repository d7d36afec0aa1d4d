// Compiled once per instruction set with ADAMSDE_KERNEL_LEVEL naming the namespace.
#include "sde/ensemble/dense_kernel.h"

#include "sde/random/vector.h"

namespace adamsde::ADAMSDE_KERNEL_LEVEL {
namespace {

/// The register tile: kMostRows rows by kVectors vectors of chains, which with the vectors of the
/// panel and a factor fill the 32 registers of AVX-512, or the 16 of what came before.
constexpr int kVectors = 2;
#if defined(__AVX512F__)
constexpr int kMostRows = 12;
#else
constexpr int kMostRows = 6;
#endif

/// @param packed  the chunk's first row of this tile; successive columns are chunk.rows apart
/// @param in      the panel, at the tile's first chain
template <int kRows>
ADAMSDE_INLINE void MultiplyTile(const DenseChunk& chunk, int offset, const double* scale,
                                 const double* in, double* out) {
  const std::ptrdiff_t row = chunk.row + offset;
  Real sum[kRows][kVectors];
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      sum[r][v] = chunk.first ? Real{} : Load(out + (row + r) * kPanelChains + v * kWidth);
    }
  }
  const double* a = chunk.packed + offset;
  const double* x = in + chunk.column * kPanelChains;
  for (std::ptrdiff_t k = 0; k < chunk.depth; ++k, a += chunk.rows, x += kPanelChains) {
    Real column[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) column[v] = Load(x + v * kWidth);
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
      const Real factor = Broadcast(a[r]);
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sum[r][v] = FmaVector(factor, column[v], sum[r][v]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      const std::ptrdiff_t at = (row + r) * kPanelChains + v * kWidth;
      Store(out + at, chunk.last ? FmaVector(Broadcast(scale[row + r]), Load(in + at), sum[r][v])
                                 : sum[r][v]);
    }
  }
}

/// All tiles of one chunk on one panel.
template <int kRows>
ADAMSDE_INLINE void MultiplyChunk(const DenseChunk& chunk, const double* scale, const double* in,
                                  double* out) {
  constexpr int kTileRows = kRows > kMostRows ? kRows / 2 : kRows;
  for (int offset = 0; offset < kRows; offset += kTileRows) {
    for (std::ptrdiff_t i = 0; i < kPanelChains; i += kVectors * kWidth) {
      MultiplyTile<kTileRows>(chunk, offset, scale, in + i, out + i);
    }
  }
}

void Multiply(const DenseChunk* chunks, std::ptrdiff_t count, const double* scale,
              std::ptrdiff_t panels, std::ptrdiff_t panel_stride, const double* in, double* out) {
  for (const DenseChunk* chunk = chunks; chunk != chunks + count; ++chunk) {
    // The chunk stays in the first cache while the panels pass.
    for (std::ptrdiff_t p = 0; p < panels; ++p) {
      const double* const from = in + p * panel_stride;
      double* const to = out + p * panel_stride;
      if (chunk->rows == 12) {
        MultiplyChunk<12>(*chunk, scale, from, to);
      } else if (chunk->rows == 8) {
        MultiplyChunk<8>(*chunk, scale, from, to);
      } else {
        MultiplyChunk<4>(*chunk, scale, from, to);
      }
    }
  }
}

}  // namespace

extern const DenseKernel kDenseKernel;
const DenseKernel kDenseKernel{ADAMSDE_NAME_OF(ADAMSDE_KERNEL_LEVEL), Multiply};

}  // namespace adamsde::ADAMSDE_KERNEL_LEVEL
