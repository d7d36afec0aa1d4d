#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "sde/random/normal.h"

namespace adamsde {

/// The normals of one block of chains, step by step: chains × k, chain index fastest. They are
/// generated two steps at a time.
class NormalBlock {
 public:
  /// @param chains  a multiple of kLanes
  NormalBlock(Eigen::Index chains, Eigen::Index components)
      : even_(chains, components), odd_(chains, components) {}

  [[nodiscard]] const Eigen::MatrixXd& At(const NormalStream& stream, std::uint32_t first_chain,
                                          std::uint64_t step) {
    const std::uint64_t pair = step / 2;
    if (filled_pair_ != pair) {
      FillNormals(stream, first_chain, pair, even_.rows(), even_.cols(), even_.data(), odd_.data(),
                  even_.rows());
      filled_pair_ = pair;
    }
    return step % 2 == 0 ? even_ : odd_;
  }

  [[nodiscard]] Eigen::Index Components() const { return even_.cols(); }

 private:
  Eigen::MatrixXd even_;
  Eigen::MatrixXd odd_;
  std::uint64_t filled_pair_ = ~std::uint64_t{0};
};

}  // namespace adamsde
