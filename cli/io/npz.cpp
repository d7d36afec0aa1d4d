#include "cli/io/npz.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cstdint>
#include <stdexcept>

#include "cli/io/atomic_file.h"
#include "cli/io/npy.h"

namespace adamsde {
namespace {

void Append(std::string& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
}

std::uint64_t Checksum(const std::string& bytes) {
  return crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

/// What the local header and the central directory have in common: version 2.0, no flags, stored,
/// 1 January 1980, checksum, sizes, length of the name, no extra field.
std::string Fields(const std::string& name, const std::string& content) {
  std::string bytes;
  Append(bytes, 20, 2);
  Append(bytes, 0, 2);
  Append(bytes, 0, 2);
  Append(bytes, 0, 2);
  Append(bytes, 0x21, 2);
  Append(bytes, Checksum(content), 4);
  Append(bytes, content.size(), 4);
  Append(bytes, content.size(), 4);
  Append(bytes, name.size(), 2);
  Append(bytes, 0, 2);
  return bytes;
}

}  // namespace

void WriteNpz(const std::filesystem::path& path,
              const std::vector<std::pair<std::string, Eigen::MatrixXd>>& arrays) {
  double size = 0;
  for (const auto& [name, matrix] : arrays) size += 8.0 * static_cast<double>(matrix.size());
  if (size > 4e9) {
    throw std::invalid_argument(
        fmt::format("cannot write '{}' ({:.3g} GB, a .npz holds 4) use fewer runs or steps",
                    path.string(), size / 1e9));
  }
  AtomicFile file(path);
  std::string directory;
  std::uint64_t offset = 0;
  for (const auto& [array, matrix] : arrays) {
    const std::string name = array + ".npy";
    const std::string content = NpyBytes(matrix);
    const std::string fields = Fields(name, content);
    std::string header = "PK\x03\x04";
    header.append(fields).append(name);
    file.Write(header);
    file.Write(content);
    directory += "PK\x01\x02";
    Append(directory, 20, 2);  // made by
    directory += fields;
    Append(directory, 0, 2);  // comment
    Append(directory, 0, 2);  // disk
    Append(directory, 0, 2);  // attributes
    Append(directory, 0, 4);
    Append(directory, offset, 4);
    directory += name;
    offset += header.size() + content.size();
  }
  std::string end = "PK\x05\x06";
  Append(end, 0, 4);
  Append(end, arrays.size(), 2);
  Append(end, arrays.size(), 2);
  Append(end, directory.size(), 4);
  Append(end, offset, 4);
  Append(end, 0, 2);
  file.Write(directory);
  file.Write(end);
  file.Commit();
}

}  // namespace adamsde
