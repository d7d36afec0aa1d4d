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
struct DenseTransition::Stretch {
  Eigen::Index first;
  Eigen::Index depth;
  Eigen::Index panel_row;
};

DenseTransition::DenseTransition(const Eigen::VectorXd& scale, const Eigen::MatrixXd& increment,
                                 const Eigen::MatrixXd& noise)
    : dimension_(noise.rows()), noise_dimension_(noise.cols()) {
  const Eigen::Index state_rows = StateRows(dimension_);
  scale_ = Eigen::VectorXd::Zero(state_rows);
  scale_.head(dimension_) = scale;
  // Stretch by stretch, so that the part of the panels in use stays in the second-level cache.
  for (Eigen::Index j = 0; j < increment.cols(); j += kDepth) {
    Pack(increment, {.first = j, .depth = kDepth, .panel_row = j});
  }
  for (Eigen::Index j = 0; j < noise.cols(); j += kDepth) {
    Pack(noise, {.first = j, .depth = kDepth, .panel_row = state_rows + j});
  }
  // Every strip has its first and last chunk; one of depth 0 where there is nothing to multiply.
  const double* packed = packed_.data();
  for (DenseChunk& chunk : chunks_) {
    chunk.packed = packed;
    packed += chunk.depth * chunk.rows;
  }
  for (Eigen::Index row = 0; row < state_rows; row += kStripRows) {
    const auto in_strip = [row](const DenseChunk& chunk) { return chunk.row == row; };
    if (std::none_of(chunks_.begin(), chunks_.end(), in_strip)) {
      chunks_.push_back({.packed = packed_.data(),
                         .row = row,
                         .column = 0,
                         .depth = 0,
                         .rows = static_cast<int>(StripRows(row, state_rows)),
                         .first = false,
                         .last = false});
    }
    std::find_if(chunks_.begin(), chunks_.end(), in_strip)->first = true;
    std::find_if(chunks_.rbegin(), chunks_.rend(), in_strip)->last = true;
  }
}

void DenseTransition::Pack(const Eigen::MatrixXd& matrix, const Stretch& stretch) {
  const Eigen::Index state_rows = StateRows(dimension_);
  for (Eigen::Index row = 0; row < state_rows; row += kStripRows) {
    const Eigen::Index rows = StripRows(row, state_rows);
    const Eigen::Index depth = std::min(stretch.depth, Extent(matrix, row, rows) - stretch.first);
    if (depth <= 0) continue;
    for (Eigen::Index j = stretch.first; j < stretch.first + depth; ++j) {
      for (Eigen::Index i = row; i < row + rows; ++i) {
        packed_.push_back(i < dimension_ ? matrix(i, j) : 0.0);
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

double DenseTransition::Flops() const {
  return 2.0 * static_cast<double>(packed_.size()) + 2.0 * static_cast<double>(scale_.size());
}

void DenseTransition::Apply(Eigen::Index panels, const double* in, double* out,
                            const DenseKernel& kernel) const {
  kernel.multiply(chunks_.data(), static_cast<std::ptrdiff_t>(chunks_.size()), scale_.data(),
                  panels, PanelStride(), in, out);
}

const DenseKernel& DenseKernelFor(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::kX86_64V4) return x86_64_v4::kDenseKernel;
  if (set == InstructionSet::kX86_64V3) return x86_64_v3::kDenseKernel;
#else
  static_cast<void>(set);
#endif
  return baseline::kDenseKernel;
}

}  // namespace adamsde
