#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace adamsde {

/// The members of a zip archive by name, uncompressed: stored or deflated, as numpy.savez and
/// numpy.savez_compressed write them (zip64 too). Sizes are checked against limits before anything
/// is inflated, and contents against their CRC.
///
/// @param bytes  the archive
/// @param path   for messages
/// @throws std::invalid_argument  not a zip archive, cut short, encrypted, another compression, a
///                                wrong checksum, or more content than 1 GB or LargestUnpacked;
///                                names archive and member.
[[nodiscard]] std::map<std::string, std::string> ReadZip(const std::filesystem::path& path,
                                                         const std::string& bytes);

}  // namespace adamsde
