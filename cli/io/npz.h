#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace adamsde {

/// Writes matrices as NumPy's .npz: a zip file of .npy members, not compressed, the same bytes for
/// the same content.
/// @throws IoError              as AtomicFile
/// @throws std::invalid_argument  more than 4 GB: the zip format's own limit.
void WriteNpz(const std::filesystem::path& path,
              const std::vector<std::pair<std::string, Eigen::MatrixXd>>& arrays);

}  // namespace adamsde
