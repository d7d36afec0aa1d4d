#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace adamsde {

/// Sums of recorded states and of their outer products. States are deviations x − c, so that the
/// sums lose no digits to a large mean.
struct MomentSums {
  std::int64_t count = 0;  ///< records summed
  Eigen::VectorXd sum;     ///< Σ y, length d
  Eigen::MatrixXd lower;   ///< Σ y yᵀ, d×d: its lower triangle, above it zeros

  explicit MomentSums(Eigen::Index dimension)
      : sum(Eigen::VectorXd::Zero(dimension)), lower(Eigen::MatrixXd::Zero(dimension, dimension)) {}

  /// @param states  n×d, one record per row.
  void Add(const Eigen::Ref<const Eigen::MatrixXd>& states);
  /// Adds other's sums; takes them over, with their dimension, where there are none yet.
  void Merge(MomentSums&& other);
  void Merge(const MomentSums& other);

  [[nodiscard]] Eigen::MatrixXd Outer() const;  ///< Σ y yᵀ, both triangles
  [[nodiscard]] Eigen::VectorXd Mean() const;
  /// (1/count) Σ (y−m)(y−m)ᵀ around a given point m.
  [[nodiscard]] Eigen::MatrixXd CovarianceAround(const Eigen::VectorXd& m) const;
};

/// The sums over all groups.
[[nodiscard]] MomentSums Pool(const std::vector<MomentSums>& groups);

/// The same sums in the coordinates T y; for an empty T unchanged. Cost O(d³).
[[nodiscard]] MomentSums Transform(const MomentSums& sums, const Eigen::MatrixXd& t);

}  // namespace adamsde
