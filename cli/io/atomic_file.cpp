#include "cli/io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "cli/io/error.h"

namespace adamsde {
namespace {

/// A rename survives a crash only once its folder is synced.
void SyncFolder(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path)
    : path_(std::move(path)), temporary_(path_.string() + ".XXXXXX") {
  if (std::filesystem::is_directory(path_)) {
    errno = EISDIR;
    Fail("create");
  }
  const int descriptor = ::mkstemp(temporary_.data());
  if (descriptor < 0) {
    temporary_.clear();
    Fail("create");
  }
  ::fchmod(descriptor, 0644);
  file_ = ::fdopen(descriptor, "wb");
  if (file_ == nullptr) {
    ::close(descriptor);
    Fail("create");
  }
}

AtomicFile::~AtomicFile() {
  if (file_ != nullptr) std::fclose(file_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::Fail(const char* action) {
  const int reason = errno;
  if (file_ != nullptr) std::fclose(std::exchange(file_, nullptr));
  if (!temporary_.empty()) ::unlink(std::exchange(temporary_, {}).c_str());
  throw IoError(fmt::format("cannot {} '{}' ({})", action, path_.string(), std::strerror(reason)));
}

void AtomicFile::Write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) Fail("write");
}

void AtomicFile::Write(const double* values, std::size_t count) {
  if (std::fwrite(values, sizeof(double), count, file_) != count) Fail("write");
}

void AtomicFile::Commit() {
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) Fail("write");
  if (std::fclose(std::exchange(file_, nullptr)) != 0) Fail("close");
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) Fail("rename");
  temporary_.clear();
  SyncFolder(path_);
}

void WriteFileAtomically(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.Write(bytes);
  file.Commit();
}

void CreateOutputDirectory(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path)) {
    throw IoError(fmt::format("cannot create folder '{}' ({})", path.string(),
                              error ? error.message() : "a file is in the way"));
  }
}

}  // namespace adamsde
