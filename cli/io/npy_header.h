#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace adamsde {

/// What a .npy file says about its data.
struct NpyHeader {
  std::size_t data_offset = 0;
  std::string type;  ///< NumPy's, for example "<f8"
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

/// Parses the header of format versions 1 to 3.
/// @param path  for messages
/// @throws std::invalid_argument  malformed, or a record type.
[[nodiscard]] NpyHeader ParseNpyHeader(const std::filesystem::path& path, std::string_view bytes);

/// @throws std::invalid_argument  "<path> is not a usable .npy file (<why>)".
[[noreturn]] void RefuseNpy(const std::filesystem::path& path, const std::string& why);

/// One number of a type of item_size bytes: float64, float32, in either byte order.
[[nodiscard]] double DecodeFloat(const char* from, std::size_t item_size, bool big_endian);

}  // namespace adamsde
