#include "cli/io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "cli/io/error.h"

namespace adamsde {
namespace {

constexpr int kMaxLinks = 40;

std::filesystem::path FolderOf(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : ".";
}

/// Why `path` must not be replaced by a file; empty if it may be.
std::string Obstacle(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::status_known(status)) return error.message();
  if (std::filesystem::is_directory(status)) return "it is a folder";
  // Renaming over a device or a pipe would destroy it.
  const bool is_free = !std::filesystem::exists(status) || std::filesystem::is_regular_file(status);
  return is_free ? "" : "it is not a regular file";
}

std::string NewNameBeside(const std::filesystem::path& destination) {
  static std::atomic<unsigned> counter = 0;
  return FolderOf(destination) / fmt::format(".adamsde-{}-{}.tmp", ::getpid(), counter++);
}

/// A file without a name, which even a killed process does not leave behind; −1 where the file
/// system has none.
int CreateUnnamed(const std::filesystem::path& destination) {
  if (::access("/proc/self/fd", F_OK) != 0) return -1;  // where NameBeside finds it
  return ::open(FolderOf(destination).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

/// Gives it one. False, with errno set, if that failed.
bool NameBeside(int descriptor, const std::filesystem::path& destination, std::string& name) {
  const std::string unnamed = fmt::format("/proc/self/fd/{}", descriptor);
  int linked = -1;
  do {
    name = NewNameBeside(destination);
    linked = ::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW);
  } while (linked != 0 && errno == EEXIST);
  if (linked != 0) name.clear();
  return linked == 0;
}

/// Creates an empty file of a new name beside `destination`, with the permissions that the umask
/// allows. Returns the descriptor, or −1 with errno set.
int CreateBeside(const std::filesystem::path& destination, std::string& name) {
  int descriptor = -1;
  do {
    name = NewNameBeside(destination);
    descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EEXIST);
  return descriptor;
}

/// A rename survives a crash only once its folder is synced. False, with errno set, if that failed.
bool SyncFolder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return true;  // may be written, not read
  // EINVAL: a file system that cannot sync folders.
  const bool synced = ::fsync(descriptor) == 0 || errno == EINVAL;
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  return synced;
}

}  // namespace

std::filesystem::path Destination(std::filesystem::path path) {
  std::error_code error;
  for (int hop = 0; hop < kMaxLinks && std::filesystem::is_symlink(path, error); ++hop) {
    path = path.parent_path() / std::filesystem::read_symlink(path, error);
  }
  return path;
}

AtomicFile::AtomicFile(std::filesystem::path path)
    : path_(std::move(path)), destination_(Destination(path_)) {
  if (const std::string obstacle = Obstacle(destination_); !obstacle.empty()) {
    throw IoError(fmt::format("cannot create '{}' ({})", path_.string(), obstacle));
  }
  int descriptor = CreateUnnamed(destination_);
  if (descriptor < 0) descriptor = CreateBeside(destination_, temporary_);
  if (descriptor < 0) {
    temporary_.clear();
    Fail("create");
  }
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

void AtomicFile::Sync() {
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) Fail("write");
}

void AtomicFile::Commit() {
  Sync();
  if (temporary_.empty() && !NameBeside(::fileno(file_), destination_, temporary_)) Fail("name");
  if (std::fclose(std::exchange(file_, nullptr)) != 0) Fail("close");
  if (std::rename(temporary_.c_str(), destination_.c_str()) != 0) Fail("rename");
  temporary_.clear();
  if (!SyncFolder(FolderOf(destination_))) Fail("sync the folder of");
}

void WriteFileAtomically(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.Write(bytes);
  file.Commit();
}

void CreateOutputDirectory(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  std::error_code unknown;
  if (error || !std::filesystem::is_directory(path, unknown)) {
    throw IoError(fmt::format("cannot create folder '{}' ({})", path.string(),
                              error ? error.message() : "a file is in the way"));
  }
}

}  // namespace adamsde
