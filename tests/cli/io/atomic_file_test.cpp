// Writing: all or nothing, links and devices left alone, permissions, and JSON that always arrives.
#include "cli/io/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <limits>
#include <string>

#include "cli/io/error.h"
#include "cli/io/json.h"
#include "cli/io/npy.h"
#include "cli/io/text.h"
#include "tests/support/program.h"

namespace adamsde {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Property;
using testing::ReadAll;
using testing::TemporaryFolder;
using ::testing::Throws;

template <typename Action>
void ExpectIoError(const Action& action, const std::string& file, const std::string& reason) {
  EXPECT_THAT(action, Throws<IoError>(Property(&std::exception::what,
                                               AllOf(HasSubstr(file), HasSubstr(reason)))));
}

std::ptrdiff_t Entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), {});
}

unsigned Mode(const fs::path& path) {
  return static_cast<unsigned>(fs::status(path).permissions()) & 0777U;
}

TEST(AtomicWrite, FailuresNameFileAndReasonAndLeaveNothing) {
  const TemporaryFolder folder;
  folder.Write("file", "kept");
  ExpectIoError([&] { WriteFileAtomically(folder / "none/x", "y"); }, "none/x", "No such file");
  ExpectIoError([&] { WriteFileAtomically(folder / "file/x", "y"); }, "file/x", "Not a directory");
  ExpectIoError([&] { WriteFileAtomically(folder.Path(), "y"); }, folder.Path(), "a folder");
  const std::string long_name(300, 'n');
  ExpectIoError([&] { WriteFileAtomically(folder / long_name, "y"); }, long_name, "too long");
  ExpectIoError([&] { WriteNpy(folder / "file/x.npy", Eigen::MatrixXd(1, 1)); }, "x.npy", "Not a");
  ExpectIoError([&] { CreateOutputDirectory(folder / "file/sub"); }, "file/sub", "Not a directory");
  EXPECT_EQ(Entries(folder.Path()), 1);
  EXPECT_EQ(ReadAll(folder / "file"), "kept");
}

/// Files of this process cannot grow beyond a size while it lives: a full disk, near enough.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(AtomicWrite, FullDiskKeepsTheOldFile) {
  const TemporaryFolder folder;
  folder.Write("x", "old");
  for (const std::size_t size : {5000U, 5000000U}) {  // fails when flushed, and while writing
    const FileSizeLimit limit(1000);
    ExpectIoError([&] { WriteFileAtomically(folder / "x", std::string(size, 'y')); }, "x'",
                  "cannot write");
  }
  EXPECT_EQ(ReadAll(folder / "x"), "old");
  EXPECT_EQ(Entries(folder.Path()), 1);
}

TEST(AtomicWrite, FollowsLinks) {
  const TemporaryFolder folder;
  CreateOutputDirectory(folder / "elsewhere");
  folder.Write("elsewhere/old", "old");
  fs::create_symlink("elsewhere/old", folder / "link");
  fs::create_symlink("link", folder / "link-to-link");
  fs::create_symlink(folder / "elsewhere/new", folder / "dangling");
  WriteFileAtomically(folder / "link-to-link", "1");
  WriteFileAtomically(folder / "dangling", "2");
  for (const char* const name : {"link", "link-to-link", "dangling"}) {
    EXPECT_TRUE(fs::is_symlink(folder / name)) << name;
  }
  EXPECT_EQ(ReadAll(folder / "elsewhere/old"), "1");
  EXPECT_EQ(ReadAll(folder / "elsewhere/new"), "2");
  fs::create_symlink("circle", folder / "circle");
  ExpectIoError([&] { WriteFileAtomically(folder / "circle", "3"); }, "circle", "symbolic links");
}

TEST(AtomicWrite, LeavesPipesAndDevicesAlone) {
  const TemporaryFolder folder;
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ExpectIoError([&] { WriteFileAtomically(pipe, "y"); }, "pipe", "not a regular file");
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST(AtomicWrite, PermissionsAreThoseOfTheUmask) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(077);
  WriteFileAtomically(folder / "private", "");
  ::umask(002);
  WriteFileAtomically(folder / "shared", "");
  ::umask(before);
  EXPECT_EQ(Mode(folder / "private"), 0600U);
  EXPECT_EQ(Mode(folder / "shared"), 0664U);
}

TEST(AtomicWrite, ManyAtOnceAndNamesOfFullLength) {
  const TemporaryFolder folder;
  {
    AtomicFile first(folder / "same");
    AtomicFile second(folder / "same");
    first.Write("1");
    second.Write("2");
    second.Commit();
    first.Commit();
  }
  EXPECT_EQ(ReadAll(folder / "same"), "1") << "the last to commit wins";
  WriteFileAtomically(folder / std::string(255, 'n'), "x");
  EXPECT_EQ(Entries(folder.Path()), 2);
}

TEST(AtomicWrite, OutputFoldersMayExistOrBeLinks) {
  const TemporaryFolder folder;
  CreateOutputDirectory(folder / "a/b/");
  CreateOutputDirectory(folder / "a/b");
  fs::create_directory_symlink("a", folder / "link");
  CreateOutputDirectory(folder / "link");
  CreateOutputDirectory(folder / "link/c");
  EXPECT_TRUE(fs::is_directory(folder / "a/c"));
}

RC_GTEST_PROP(JsonText, NumbersRoundTrip, ()) {
  const auto bits = *rc::gen::arbitrary<std::uint64_t>();
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  Json json;
  SetNumber(json, "x", value, "why");
  const Json back = Json::parse(ToText(json));
  RC_ASSERT(back["x"].is_null() != std::isfinite(value));
  RC_ASSERT(back.contains("x_reason") != std::isfinite(value));
  if (std::isfinite(value)) {
    const auto read = back["x"].get<double>();
    RC_ASSERT(std::memcmp(&read, &value, sizeof value) == 0);
  }
}

TEST(JsonText, FileIsIndentedAndEndsInANewline) {
  const TemporaryFolder folder;
  Json json;
  json["b"] = 5e-324;
  json["a"] = "caf\xE9";  // Latin-1, as a file name may be
  WriteJson(folder / "x.json", json);
  EXPECT_EQ(ReadAll(folder / "x.json"), "{\n  \"b\": 5e-324,\n  \"a\": \"caf\xEF\xBF\xBD\"\n}\n");
}

TEST(ReadText, FollowsLinksAndSaysWhyNot) {
  const TemporaryFolder folder;
  folder.Write("x", "text");
  fs::create_symlink("x", folder / "link");
  EXPECT_EQ(ReadTextFile(folder / "link"), "text");
  const std::string big(200000, 'b');  // several reads
  EXPECT_EQ(ReadTextFile(folder.Write("big", big)), big);
  const auto refuse = [](const std::string& path, const std::string& part) {
    EXPECT_THAT([&] { (void)ReadTextFile(path); },
                Throws<std::invalid_argument>(
                    Property(&std::exception::what, AllOf(HasSubstr(path), HasSubstr(part)))));
  };
  fs::create_symlink("none", folder / "dangling");
  refuse(folder / "dangling", "no such file");
  refuse(folder / "x/below", "no such file");
  refuse(folder / std::string(300, 'n'), "too long");
  refuse(folder.Path(), "it is a folder");
}

TEST(NearestName, NeedsSomethingInCommon) {
  const std::vector<std::string> known = {"ab", "b", "weight"};
  EXPECT_EQ(NearestName("q", known), "");
  EXPECT_EQ(NearestName("a", known), "ab");
  EXPECT_EQ(NearestName("wieght", known), "weight");
  EXPECT_EQ(NearestName("", known), "");
  EXPECT_EQ(NearestName("x", {}), "");
}

}  // namespace
}  // namespace adamsde
