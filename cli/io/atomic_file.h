#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace adamsde {

/// A file that appears under its name complete or not at all: written to a temporary name in the
/// same folder (or without one, where the file system allows it: a killed process then leaves
/// nothing), synced and renamed by Commit; removed by the destructor otherwise. A symbolic link
/// stays, and what it names is replaced; permissions are those of the umask.
class AtomicFile {
 public:
  /// @throws IoError  the temporary cannot be created, or the name is taken by something that is
  ///                  not a regular file; names file and reason.
  explicit AtomicFile(std::filesystem::path path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// @throws IoError
  void Write(std::string_view bytes);
  void Write(const double* values, std::size_t count);
  /// All that was written is on the disk, still under the temporary name.
  /// @throws IoError
  void Sync();
  /// @throws IoError  syncing or renaming failed; the temporary is removed.
  void Commit();

 private:
  [[noreturn]] void Fail(const char* action);

  std::filesystem::path path_;         ///< as given, for messages
  std::filesystem::path destination_;  ///< with links followed
  std::string temporary_;
  std::FILE* file_ = nullptr;
};

/// What `path` names with symbolic links followed: the file that AtomicFile replaces.
[[nodiscard]] std::filesystem::path Destination(std::filesystem::path path);

void WriteFileAtomically(const std::filesystem::path& path, std::string_view bytes);

/// Creates a folder with its parents.
/// @throws IoError  it cannot be created, or a file is in the way.
void CreateOutputDirectory(const std::filesystem::path& path);

}  // namespace adamsde
