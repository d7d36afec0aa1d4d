#pragma once

#include <map>
#include <string>

#include "sde/parallel/array_map.h"

namespace adamsde {

/// What an HDF5 file of ours holds: arrays in groups by their names, and texts as attributes of the
/// root.
struct Hdf5Content {
  ArrayMap arrays;
  std::map<std::string, std::string> texts;
};

/// The file's bytes: the same for the same content (no times are kept), every non-empty array
/// chunked with a Fletcher-32 checksum. A matrix is written so that its columns are the file's
/// rows. Memory: the file twice.
/// @throws std::runtime_error  the library failed; names what.
[[nodiscard]] std::string ToHdf5(const Hdf5Content& content);

/// @param bytes  from the file's superblock on
/// @throws std::invalid_argument  not HDF5, damaged, or with anything but 1-D 64-bit integers, 2-D
///                                doubles and texts; an array larger than the file; names it.
[[nodiscard]] Hdf5Content ParseHdf5(const std::string& bytes);

}  // namespace adamsde
