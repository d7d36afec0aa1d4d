#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace adamsde {

/// Whether bytes start like a gzip file.
[[nodiscard]] bool IsGzip(std::string_view bytes);

/// The content of a gzip file (one member or several), by zlib.
/// @param name  the file's name for messages
/// @param most  bytes of content that are allowed; a small file can announce terabytes
/// @throws std::invalid_argument  damaged, cut short, followed by other bytes, or longer than
///                                `most` or LargestUnpacked; names the file.
[[nodiscard]] std::string Gunzip(std::string_view bytes, const std::string& name, std::size_t most);

/// The first `count` bytes of the content, or fewer where it is shorter.
[[nodiscard]] std::string GunzipPrefix(std::string_view bytes, const std::string& name,
                                       std::size_t count);

}  // namespace adamsde
