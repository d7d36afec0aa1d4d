#include "cli/io/matrix.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "cli/io/csv.h"
#include "cli/io/npy.h"

namespace adamsde {
namespace {

LoadedMatrix ReadByExtension(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".npy") return ReadNpy(path);
  if (extension == ".csv") return {.values = ReadCsvMatrix(path), .is_float32 = false};
  if (extension == ".mtx") return ReadMatrixMarket(path);
  throw std::invalid_argument(fmt::format(
      "cannot read '{}' (a matrix file must end in .npy, .csv or .mtx)", path.string()));
}

}  // namespace

LoadedMatrix ReadMatrix(const std::filesystem::path& path) {
  LoadedMatrix loaded = ReadByExtension(path);
  for (Eigen::Index i = 0; i < loaded.values.rows(); ++i) {
    for (Eigen::Index j = 0; j < loaded.values.cols(); ++j) {
      if (!std::isfinite(loaded.values(i, j))) {
        throw std::invalid_argument(fmt::format("{} has {} at row {}, column {} (must be finite)",
                                                path.string(), loaded.values(i, j), i + 1, j + 1));
      }
    }
  }
  return loaded;
}

}  // namespace adamsde
