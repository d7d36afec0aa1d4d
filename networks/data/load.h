#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "networks/data/samples.h"

namespace adamsde::networks {

enum class DataFormat { kIdx, kCifar, kCsv };

/// Where samples come from.
struct DataSource {
  DataFormat format = DataFormat::kIdx;
  std::vector<std::filesystem::path> files{};  ///< several only for kCifar
  std::filesystem::path labels{};              ///< kIdx; empty: found by the images' name
  std::string target{};                        ///< kCsv; empty: the last column
  std::vector<std::int64_t> image_shape{};     ///< kCsv: channels, height, width; empty: no images
};

/// Reads all files; any may be gzipped. Classes are sorted by name (of digits: by number), the
/// order of `adamsde --model softmax`.
/// @throws std::invalid_argument  missing or malformed; names the file and what is wrong.
[[nodiscard]] Samples Load(const DataSource& source);

}  // namespace adamsde::networks
