#include "cli/io/zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "cli/io/limits.h"

namespace adamsde {
namespace {

constexpr std::uint64_t kLargestContent = 1ULL << 30;  // of all members together
constexpr std::size_t kMostMembers = 1000;

/// Little-endian fields of one archive; every access is checked.
class Archive {
 public:
  Archive(const std::filesystem::path& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

  [[noreturn]] void Refuse(const std::string& why) const {
    throw std::invalid_argument(
        fmt::format("{} is not a usable .npz file ({})", path_.string(), why));
  }

  [[nodiscard]] std::string_view Slice(std::uint64_t at, std::uint64_t length) const {
    if (at > bytes_.size() || length > bytes_.size() - at) Refuse("it is cut short");
    return bytes_.substr(at, length);
  }

  [[nodiscard]] std::uint64_t Number(std::uint64_t at, int width) const {
    const std::string_view field = Slice(at, static_cast<std::uint64_t>(width));
    std::uint64_t value = 0;
    for (int i = width; i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(field[static_cast<std::size_t>(i)]);
    }
    return value;
  }

  /// Where the end-of-central-directory record starts: its comment is at most 65535 bytes.
  [[nodiscard]] std::uint64_t EndRecord() const {
    const std::size_t at = bytes_.rfind("PK\x05\x06");
    if (at == std::string_view::npos) Refuse("no zip directory");
    return at;
  }

 private:
  const std::filesystem::path& path_;
  std::string_view bytes_;
};

/// One entry of the central directory.
struct Entry {
  std::string name;
  std::uint64_t method = 0;
  std::uint64_t crc = 0;
  std::uint64_t packed = 0;
  std::uint64_t size = 0;
  std::uint64_t local_header = 0;
};

/// Fields that do not fit are 0xffffffff and stand in the zip64 extra field, in this order.
void ReadZip64(const Archive& archive, std::uint64_t at, std::uint64_t length, Entry& entry) {
  constexpr std::uint64_t kMissing = 0xffffffff;
  const std::uint64_t end = at + length;
  while (at + 4 <= end) {
    const std::uint64_t id = archive.Number(at, 2);
    const std::uint64_t size = archive.Number(at + 2, 2);
    at += 4;
    if (id == 1) {
      std::uint64_t field = at;
      for (std::uint64_t* const value : {&entry.size, &entry.packed, &entry.local_header}) {
        if (*value != kMissing) continue;
        if (field + 8 > at + size) archive.Refuse("its zip64 field is too short");
        *value = archive.Number(field, 8);
        field += 8;
      }
      return;
    }
    at += size;
  }
}

std::string Inflate(const Archive& archive, const Entry& entry, std::string_view packed) {
  std::string out(entry.size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) archive.Refuse("zlib does not start");
  // zlib's interface is not const-correct; it only reads.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_FINISH);
  const bool whole = status == Z_STREAM_END && stream.total_out == entry.size;
  inflateEnd(&stream);
  if (!whole) archive.Refuse(fmt::format("'{}' does not inflate to its size", entry.name));
  return out;
}

void RequireRoom(const Archive& archive, const Entry& entry, std::uint64_t most) {
  if (entry.size > most) {
    archive.Refuse(fmt::format("'{}' has {} bytes, {} are left of what the archive may unpack to",
                               entry.name, entry.size, most));
  }
}

/// @param most  bytes that the member may have
std::string Extract(const Archive& archive, const Entry& entry, std::uint64_t most) {
  if (entry.size > kLargestContent || entry.packed > kLargestContent) {
    archive.Refuse(
        fmt::format("'{}' has {} bytes, allowed are {}", entry.name, entry.size, kLargestContent));
  }
  if (archive.Slice(entry.local_header, 4) != "PK\x03\x04") archive.Refuse("a header is missing");
  const std::uint64_t data = entry.local_header + 30 + archive.Number(entry.local_header + 26, 2) +
                             archive.Number(entry.local_header + 28, 2);
  const std::string_view packed = archive.Slice(data, entry.packed);
  std::string content;
  if (entry.method == 0) {
    if (entry.packed != entry.size) archive.Refuse("a stored member has two sizes");
    RequireRoom(archive, entry, most);
    content = packed;
  } else if (entry.method == 8) {
    // Deflate cannot shrink more than 1032-fold: a larger claim is refused before memory is taken.
    if (entry.size / 1100 > entry.packed) archive.Refuse("a member claims an impossible size");
    RequireRoom(archive, entry, most);
    content = Inflate(archive, entry, packed);
  } else {
    archive.Refuse(fmt::format("'{}' has compression {}, allowed are stored and deflated",
                               entry.name, entry.method));
  }
  const auto crc = crc32(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(content.data()),
                         static_cast<uInt>(content.size()));
  if (crc != entry.crc) archive.Refuse(fmt::format("'{}' has a wrong checksum", entry.name));
  return content;
}

}  // namespace

std::map<std::string, std::string> ReadZip(const std::filesystem::path& path,
                                           const std::string& bytes) {
  const Archive archive(path, bytes);
  if (!bytes.starts_with("PK")) archive.Refuse("it is not a zip archive");
  const std::uint64_t end = archive.EndRecord();
  const std::uint64_t count = archive.Number(end + 10, 2);
  std::uint64_t at = archive.Number(end + 16, 4);
  if (count > kMostMembers) archive.Refuse(fmt::format("{} members", count));
  std::map<std::string, std::string> members;
  std::uint64_t left = std::min<std::uint64_t>(kLargestContent, LargestUnpacked(bytes.size()));
  for (std::uint64_t k = 0; k < count; ++k) {
    if (archive.Slice(at, 4) != "PK\x01\x02") archive.Refuse("its directory is malformed");
    if ((archive.Number(at + 8, 2) & 1) != 0) archive.Refuse("it is encrypted");
    Entry entry{.name = {},
                .method = archive.Number(at + 10, 2),
                .crc = archive.Number(at + 16, 4),
                .packed = archive.Number(at + 20, 4),
                .size = archive.Number(at + 24, 4),
                .local_header = archive.Number(at + 42, 4)};
    const std::uint64_t name = archive.Number(at + 28, 2);
    const std::uint64_t extra = archive.Number(at + 30, 2);
    entry.name = archive.Slice(at + 46, name);
    ReadZip64(archive, at + 46 + name, extra, entry);
    members[entry.name] = Extract(archive, entry, left);
    left -= entry.size;
    at += 46 + name + extra + archive.Number(at + 32, 2);
  }
  return members;
}

}  // namespace adamsde
