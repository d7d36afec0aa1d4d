#include "cli/io/checkpoint_file.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/io/atomic_file.h"
#include "cli/io/error.h"
#include "cli/io/text.h"

namespace adamsde {
namespace {

constexpr std::size_t kHeader = 512;  // where HDF5 looks for a superblock next
constexpr std::string_view kMagic = "adamsde checkpoint 1";

std::string HeaderFor(std::string_view body) {
  std::string header =
      fmt::format("{}, {} bytes, fnv1a64 {:016x}\n", kMagic, body.size(), Fingerprint(body));
  header.resize(kHeader, '\0');
  return header;
}

Hdf5Content ReadIntact(const std::filesystem::path& path) {
  try {
    return ParseCheckpoint(ReadTextFile(path));
  } catch (const std::invalid_argument& error) {
    throw DamagedCheckpoint(error.what());
  }
}

/// Under the previous one's name too, without a moment in which either name has no file.
void KeepPrevious(const std::filesystem::path& path) {
  const std::filesystem::path newest = Destination(path);
  const std::filesystem::path previous = PreviousCheckpoint(path);
  const std::filesystem::path link = previous.string() + ".tmp";
  std::error_code error;
  if (!std::filesystem::is_regular_file(newest, error)) return;
  std::filesystem::remove(link, error);  // of a process that was killed here
  std::filesystem::create_hard_link(newest, link, error);
  // File systems without links: a rename, after which the previous one alone is there for a moment.
  std::filesystem::rename(error ? newest : link, previous, error);
  std::filesystem::remove(link, error);  // stays where both names were of one file already
}

}  // namespace

std::uint64_t Fingerprint(std::string_view bytes, std::uint64_t before) {
  std::uint64_t hash = before;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::uint64_t Fingerprint(const Eigen::MatrixXd& values, std::uint64_t before) {
  const std::string shape = fmt::format("{}x{}", values.rows(), values.cols());
  const std::string_view bytes(reinterpret_cast<const char*>(values.data()),
                               static_cast<std::size_t>(values.size()) * sizeof(double));
  return Fingerprint(bytes, Fingerprint(shape, before));
}

std::string CheckpointBytes(const Hdf5Content& content) {
  const std::string body = ToHdf5(content);
  return HeaderFor(body) + body;
}

Hdf5Content ParseCheckpoint(const std::string& bytes) {
  if (!bytes.starts_with(kMagic)) {
    throw DamagedCheckpoint("it is not a checkpoint of this program");
  }
  const std::string_view body = std::string_view(bytes).substr(std::min(kHeader, bytes.size()));
  if (HeaderFor(body) != bytes.substr(0, kHeader)) {
    throw DamagedCheckpoint("its checksum or size is wrong: truncated or altered");
  }
  try {
    return ParseHdf5(bytes.substr(kHeader));
  } catch (const std::invalid_argument& error) {
    throw DamagedCheckpoint(error.what());
  }
}

std::filesystem::path PreviousCheckpoint(const std::filesystem::path& path) {
  return Destination(path).string() + ".previous";
}

void WriteCheckpoint(const std::filesystem::path& path, const Hdf5Content& content) {
  AtomicFile file(path);
  file.Write(CheckpointBytes(content));
  file.Sync();
  KeepPrevious(path);
  file.Commit();
}

void TakePreviousCheckpoint(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::rename(PreviousCheckpoint(path), Destination(path), error);
  if (error) {
    throw IoError(fmt::format("cannot rename '{}' to '{}' ({})", PreviousCheckpoint(path).string(),
                              path.string(), error.message()));
  }
}

LoadedCheckpoint ReadCheckpoint(const std::filesystem::path& path) {
  const std::filesystem::path previous = PreviousCheckpoint(path);
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown) && !std::filesystem::exists(previous, unknown)) {
    throw std::invalid_argument(
        fmt::format("cannot resume from '{}' (no such file)", path.string()));
  }
  try {
    return {.content = ReadIntact(path), .note = {}};
  } catch (const DamagedCheckpoint& newest) {
    try {
      return {.content = ReadIntact(previous),
              .note = fmt::format("'{}' is of no use ({}), going on from '{}'", path.string(),
                                  newest.what(), previous.string())};
    } catch (const DamagedCheckpoint& older) {
      throw DamagedCheckpoint(fmt::format("cannot resume from '{}' ({}) nor from '{}' ({})",
                                          path.string(), newest.what(), previous.string(),
                                          older.what()));
    }
  }
}

}  // namespace adamsde
