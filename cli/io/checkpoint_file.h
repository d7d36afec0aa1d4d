#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cli/io/hdf5.h"

namespace adamsde {

/// A file that is no intact checkpoint: foreign, truncated, altered.
class DamagedCheckpoint : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// FNV-1a over bytes, 64 bits: any single altered byte changes it.
[[nodiscard]] std::uint64_t Fingerprint(std::string_view bytes,
                                        std::uint64_t before = 0xcbf29ce484222325);
[[nodiscard]] std::uint64_t Fingerprint(const Eigen::MatrixXd& values, std::uint64_t before);

/// A checkpoint's bytes: 512 of header (format, size, Fingerprint of the rest, as a line of text),
/// then HDF5, which h5py and h5dump open as it is. The header is checked before HDF5 sees anything.
[[nodiscard]] std::string CheckpointBytes(const Hdf5Content& content);
/// @throws DamagedCheckpoint  says what is wrong.
[[nodiscard]] Hdf5Content ParseCheckpoint(const std::string& bytes);

/// The name under which the checkpoint before the newest is kept, beside the file itself where
/// `path` is a symbolic link.
[[nodiscard]] std::filesystem::path PreviousCheckpoint(const std::filesystem::path& path);

/// Replaces the checkpoint at `path`, atomically; what stood there is kept as the previous one.
/// At every moment the newest, if it was whole, or its successor is.
/// @throws IoError  nothing was changed.
void WriteCheckpoint(const std::filesystem::path& path, const Hdf5Content& content);

/// Gives the previous checkpoint the place of the newest, which is damaged or missing: it would be
/// lost when the next one is written.
/// @throws IoError
void TakePreviousCheckpoint(const std::filesystem::path& path);

struct LoadedCheckpoint {
  Hdf5Content content;
  std::string note;  ///< why the previous one was taken, if it was
};

/// The newest intact checkpoint: that at `path`, else the previous one.
/// @throws DamagedCheckpoint     both are damaged, or one is and the other is missing.
/// @throws std::invalid_argument both are missing.
[[nodiscard]] LoadedCheckpoint ReadCheckpoint(const std::filesystem::path& path);

}  // namespace adamsde
