#pragma once

#include <Eigen/Core>
#include <vector>

#include "sde/ensemble/aligned_buffer.h"
#include "sde/ensemble/dense_kernel.h"

namespace adamsde {

/// y' = y + r∘y + G y + L z for panels of chains, with G and L packed once for the kernel.
///
/// A panel is (state rows + noise rows) × kPanelChains, chain index fastest: first y, padded with
/// zero rows to StateRows(), then z. Columns of L beyond the last nonzero one of a strip of rows
/// are skipped, which halves the work for a triangular L; the identity costs nothing, sums start at
/// z then. Number is double or float.
template <typename Number>
class DenseTransition {
 public:
  /// @param rates      r, length d
  /// @param increment  G, d×d, or empty for none
  /// @param noise      L, d×k
  DenseTransition(const Eigen::VectorXd& rates, const Eigen::MatrixXd& increment,
                  const Eigen::MatrixXd& noise);

  [[nodiscard]] Eigen::Index Dimension() const { return dimension_; }
  [[nodiscard]] Eigen::Index NoiseDimension() const { return noise_dimension_; }
  /// Multiplications and additions per chain and transition.
  [[nodiscard]] double Flops() const;

  /// d up to a multiple of 4.
  [[nodiscard]] Eigen::Index StateRows() const { return (dimension_ + 3) / 4 * 4; }
  /// Numbers from one panel to the next.
  [[nodiscard]] Eigen::Index PanelStride() const {
    return (StateRows() + (noise_dimension_ + 3) / 4 * 4) * kPanelChains;
  }

  /// Writes y' of all panels to the state rows of `out`; its noise rows stay.
  void Apply(Eigen::Index panels, const Number* in, Number* out,
             const DenseKernel<Number>& kernel) const;

 private:
  struct Stretch;
  void Pack(const Eigen::MatrixXd& matrix, const Stretch& stretch);
  void MarkStrips();

  Eigen::Index dimension_;
  Eigen::Index noise_dimension_;
  bool white_;                  // L = I
  std::vector<Number> rates_;   // padded
  std::vector<Number> packed_;  // chunk after chunk
  std::vector<DenseChunk<Number>> chunks_;
};

extern template class DenseTransition<double>;
extern template class DenseTransition<float>;

}  // namespace adamsde
