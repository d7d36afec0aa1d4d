#pragma once

#include <Eigen/Core>
#include <filesystem>

namespace adamsde {

/// A matrix from a file, all entries finite.
struct LoadedMatrix {
  Eigen::MatrixXd values;
  bool is_float32 = false;  ///< it passed through float32: symmetry is judged more leniently
};

/// Reads .npy, .csv (numbers only) or .mtx, by extension.
/// @throws std::invalid_argument  unknown extension, unreadable, malformed, or a non-finite entry;
///                                names file, place and value.
[[nodiscard]] LoadedMatrix ReadMatrix(const std::filesystem::path& path);

/// MatrixMarket: coordinate or array, real or integer, general or symmetric.
[[nodiscard]] LoadedMatrix ReadMatrixMarket(const std::filesystem::path& path);

}  // namespace adamsde
