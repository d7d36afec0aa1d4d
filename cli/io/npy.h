#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <string>

#include "cli/io/atomic_file.h"
#include "cli/io/matrix.h"

namespace adamsde {

/// Reads a NumPy array of 0 to 2 dimensions, float32 or float64 of either byte order, C or Fortran
/// order, format version 1–3. A scalar becomes 1×1, a 1-D array one column.
/// @throws std::invalid_argument  anything else; names the file and what is wrong.
[[nodiscard]] LoadedMatrix ReadNpy(const std::filesystem::path& path);

/// Writes '<f8' in C order: a matrix as 2-D, a vector as 1-D.
void WriteNpy(const std::filesystem::path& path, const Eigen::MatrixXd& matrix);
void WriteNpy(const std::filesystem::path& path, const Eigen::VectorXd& vector);

/// The same bytes as WriteNpy's file.
[[nodiscard]] std::string NpyBytes(const Eigen::MatrixXd& matrix);

/// A 3-D array (chains, records, d) written block by block, so that it never is in memory as a
/// whole.
class NpySampleWriter {
 public:
  NpySampleWriter(const std::filesystem::path& path, std::int64_t chains, std::int64_t records,
                  std::int64_t dimension);
  /// @param rows  next chains in order, one per row: records·d values each.
  void Append(const Eigen::MatrixXd& rows);
  /// Once all chains are appended.
  void Commit();

 private:
  AtomicFile file_;
  std::int64_t missing_;  ///< values that the header announces and that have not come yet
};

}  // namespace adamsde
