#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sde/problem/dataset.h"

namespace adamsde {

/// An array of unsigned bytes in the IDX format of MNIST: two zero bytes, the type (0x08), the
/// number of dimensions, the dimensions as big-endian 32-bit numbers, then the data in C order.
struct IdxArray {
  std::vector<std::size_t> shape;  ///< 1 to 3 dimensions, each ≥ 1
  std::string bytes;
};

/// Whether bytes, or a gzip file's content, start like an IDX file.
[[nodiscard]] bool IsIdx(std::string_view bytes, const std::string& name);

/// @param bytes  the file, gzip or not
/// @param name   its name for messages
/// @throws std::invalid_argument  bad magic, a type other than unsigned bytes, dimensions that
///                                overflow or do not match the data, more memory than there is.
[[nodiscard]] IdxArray ParseIdx(std::string_view bytes, const std::string& name);

/// Images (n×rows×columns) with one label each.
struct IdxImages {
  IdxArray pixels;
  IdxArray labels;
};

/// @param labels  the labels' file; empty: the images' name with "images" and "idx3" replaced by
///                "labels" and "idx1", with or without .gz
/// @param option  what names that file, for messages
/// @throws std::invalid_argument  as ParseIdx; no such labels file, or not one label per image.
[[nodiscard]] IdxImages ReadIdxImages(const std::string& image_bytes,
                                      const std::filesystem::path& images,
                                      const std::string& labels,
                                      const std::string& option = "--labels");

/// The same as a dataset: features are pixels scaled to [0, 1] (divided by
/// 255), named pixel1, pixel2, … row by row; targets are the labels as decimal numbers.
[[nodiscard]] Dataset ReadIdxDataset(const std::string& image_bytes,
                                     const std::filesystem::path& images,
                                     const std::string& labels);

}  // namespace adamsde
