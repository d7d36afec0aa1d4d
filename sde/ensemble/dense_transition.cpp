#include "sde/ensemble/dense_transition.h"

#include <algorithm>

namespace adamsde {
namespace {

/// Columns per chunk: 12 rows of them fill most of a first-level cache.
constexpr Eigen::Index kDepth = 256;
constexpr Eigen::Index kStripRows = 12;

Eigen::Index StripRows(Eigen::Index row, Eigen::Index state_rows) {
  return std::min(kStripRows, state_rows - row);
}

/// One past the last column in which some row of the strip is not zero.
Eigen::Index Extent(const Eigen::MatrixXd& matrix, Eigen::Index row, Eigen::Index rows) {
  const Eigen::Index real_rows = std::min(rows, matrix.rows() - row);
  for (Eigen::Index j = matrix.cols(); j > 0; --j) {
    if (!matrix.col(j - 1).segment(row, real_rows).isZero(0)) return j;
  }
  return 0;
}

}  // namespace

/// Columns first … first+depth−1 of a matrix, which multiply rows `panel_row`… of the panel.
template <typename Number>
struct DenseTransition<Number>::Stretch {
  Eigen::Index first;
  Eigen::Index depth;
  Eigen::Index panel_row;
};

template <typename Number>
DenseTransition<Number>::DenseTransition(const Eigen::VectorXd& rates,
                                         const Eigen::MatrixXd& increment,
                                         const Eigen::MatrixXd& noise)
    : dimension_(noise.rows()),
      noise_dimension_(noise.cols()),
      white_(noise.rows() == noise.cols() && noise.isIdentity(0)) {
  rates_.resize(static_cast<std::size_t>(StateRows()));
  std::transform(rates.begin(), rates.end(), rates_.begin(),
                 [](double x) { return static_cast<Number>(x); });
  // Stretch by stretch, so that the part of the panels in use stays in the second-level cache.
  for (Eigen::Index j = 0; j < increment.cols(); j += kDepth) {
    Pack(increment, {.first = j, .depth = kDepth, .panel_row = j});
  }
  for (Eigen::Index j = 0; j < noise.cols() && !white_; j += kDepth) {
    Pack(noise, {.first = j, .depth = kDepth, .panel_row = StateRows() + j});
  }
  MarkStrips();
}

template <typename Number>
void DenseTransition<Number>::Pack(const Eigen::MatrixXd& matrix, const Stretch& stretch) {
  for (Eigen::Index row = 0; row < StateRows(); row += kStripRows) {
    const Eigen::Index rows = StripRows(row, StateRows());
    const Eigen::Index depth = std::min(stretch.depth, Extent(matrix, row, rows) - stretch.first);
    if (depth <= 0) continue;
    for (Eigen::Index j = stretch.first; j < stretch.first + depth; ++j) {
      for (Eigen::Index i = row; i < row + rows; ++i) {
        packed_.push_back(i < dimension_ ? static_cast<Number>(matrix(i, j)) : Number{0});
      }
    }
    chunks_.push_back({.packed = nullptr,
                       .row = row,
                       .column = stretch.panel_row,
                       .depth = depth,
                       .rows = static_cast<int>(rows),
                       .first = false,
                       .last = false});
  }
}

/// Every strip needs its first and its last chunk: one of depth 0 where it has nothing to multiply.
template <typename Number>
void DenseTransition<Number>::MarkStrips() {
  const Number* packed = packed_.data();
  for (DenseChunk<Number>& chunk : chunks_) {
    chunk.packed = packed;
    packed += chunk.depth * chunk.rows;
  }
  for (Eigen::Index row = 0; row < StateRows(); row += kStripRows) {
    const auto in_strip = [row](const DenseChunk<Number>& chunk) { return chunk.row == row; };
    if (std::none_of(chunks_.begin(), chunks_.end(), in_strip)) {
      chunks_.push_back({.packed = packed_.data(),
                         .row = row,
                         .column = 0,
                         .depth = 0,
                         .rows = static_cast<int>(StripRows(row, StateRows())),
                         .first = false,
                         .last = false});
    }
    std::find_if(chunks_.begin(), chunks_.end(), in_strip)->first = true;
    std::find_if(chunks_.rbegin(), chunks_.rend(), in_strip)->last = true;
  }
}

template <typename Number>
double DenseTransition<Number>::Flops() const {
  return 2.0 * static_cast<double>(packed_.size()) + 3.0 * static_cast<double>(rates_.size());
}

template <typename Number>
void DenseTransition<Number>::Apply(Eigen::Index panels, const Number* in, Number* out,
                                    const DenseKernel<Number>& kernel) const {
  kernel.multiply(chunks_.data(), static_cast<std::ptrdiff_t>(chunks_.size()), rates_.data(),
                  white_ ? StateRows() : -1, panels, PanelStride(), in, out);
}

template class DenseTransition<double>;
template class DenseTransition<float>;

template <>
const DenseKernel<double>& DenseKernelFor<double>(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::kX86_64V4) return x86_64_v4::kDenseKernel;
  if (set == InstructionSet::kX86_64V3) return x86_64_v3::kDenseKernel;
#else
  static_cast<void>(set);
#endif
  return baseline::kDenseKernel;
}

template <>
const DenseKernel<float>& DenseKernelFor<float>(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::kX86_64V4) return x86_64_v4::kDenseFloatKernel;
  if (set == InstructionSet::kX86_64V3) return x86_64_v3::kDenseFloatKernel;
#else
  static_cast<void>(set);
#endif
  return baseline::kDenseFloatKernel;
}

}  // namespace adamsde
