#pragma once

#include <Eigen/Core>
#include <vector>

#include "sde/ensemble/aligned_buffer.h"
#include "sde/ensemble/dense_kernel.h"

namespace adamsde {

/// y' = s∘y + G y + L z for panels of chains, with G and L packed once for the kernel.
///
/// A panel is (state rows + noise rows) × kPanelChains, chain index fastest: first y, padded with
/// zero rows to StateRows(), then z. Columns of L beyond the last nonzero one of a strip of rows
/// are skipped, which halves the work for a triangular L.
class DenseTransition {
 public:
  /// @param scale      s, length d
  /// @param increment  G, d×d, or empty for none
  /// @param noise      L, d×k
  DenseTransition(const Eigen::VectorXd& scale, const Eigen::MatrixXd& increment,
                  const Eigen::MatrixXd& noise);

  [[nodiscard]] Eigen::Index Dimension() const { return dimension_; }
  [[nodiscard]] Eigen::Index NoiseDimension() const { return noise_dimension_; }
  /// Multiplications and additions per chain and transition.
  [[nodiscard]] double Flops() const;

  /// d up to a multiple of 4.
  [[nodiscard]] static Eigen::Index StateRows(Eigen::Index dimension) {
    return (dimension + 3) / 4 * 4;
  }
  /// Doubles from one panel to the next.
  [[nodiscard]] Eigen::Index PanelStride() const {
    return (StateRows(dimension_) + noise_dimension_) * kPanelChains;
  }

  /// Writes y' of all panels to the state rows of `out`; its noise rows stay.
  void Apply(Eigen::Index panels, const double* in, double* out, const DenseKernel& kernel) const;

 private:
  struct Stretch;
  void Pack(const Eigen::MatrixXd& matrix, const Stretch& stretch);

  Eigen::Index dimension_;
  Eigen::Index noise_dimension_;
  Eigen::VectorXd scale_;       // padded
  std::vector<double> packed_;  // chunk after chunk
  std::vector<DenseChunk> chunks_;
};

}  // namespace adamsde
