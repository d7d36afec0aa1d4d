// What clusters do: full disks, quotas, folders that are not there or not writable, memory that is
// not there. Each has its message and exit code, and leaves nothing half-written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <chrono>
#include <thread>

#include "tests/support/kill.h"

namespace adamsde {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::ReadAll;
using testing::RunIn;
using testing::TemporaryFolder;

const std::string kShort = "simulate --target-error 0.1 ";
const std::string kEndless =
    "simulate --scheme euler-maruyama --chains 300 --replicates 100 --burn-in 500 --steps 20000000 "
    "--record-every 10 ";

/// A file system of so many kilobytes, if this process may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(int kilobytes) {
    const std::string size = fmt::format("size={}k", kilobytes);
    mounted_ = ::mount("tmpfs", folder_.Path().c_str(), "tmpfs", 0, size.c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount(folder_.Path().c_str());
  }
  [[nodiscard]] bool IsMounted() const { return mounted_; }
  [[nodiscard]] fs::path Path() const { return folder_.Path(); }
  void Fill() const {
    std::ofstream filler(Path() / "filler", std::ios::binary);
    while (filler.write("0123456789abcdef", 16).flush()) {
    }
  }

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
};

std::size_t Entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

TEST(Fault, AFullDiskLeavesNoResult) {
  const SmallDisk disk(64);
  if (!disk.IsMounted()) GTEST_SKIP() << "may not mount a file system";
  disk.Fill();
  const Outcome outcome = RunIn(disk.Path(), kShort + "--out out");
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("No space left on device"));
  EXPECT_TRUE(!fs::exists(disk.Path() / "out") || Entries(disk.Path() / "out") == 0);
}

TEST(Fault, ADiskThatFillsUpKeepsTheLastCheckpoint) {
  const SmallDisk disk(2048);
  if (!disk.IsMounted()) GTEST_SKIP() << "may not mount a file system";
  const Outcome first = RunIn(disk.Path(), kEndless + "--checkpoint run.h5", 2, "TERM");
  ASSERT_EQ(first.code, 130) << first.err;
  const std::string good = ReadAll(disk.Path() / "run.h5");
  disk.Fill();
  const Outcome full =
      RunIn(disk.Path(), kEndless + "--resume run.h5 --checkpoint-every 0.2", 2, "TERM");
  EXPECT_EQ(full.code, 5) << full.err;
  EXPECT_THAT(full.err, HasSubstr("No space left on device"));
  EXPECT_THAT(full.err, HasSubstr("no checkpoint this time, the run goes on"));
  EXPECT_EQ(ReadAll(disk.Path() / "run.h5"), good);
  fs::remove(disk.Path() / "filler");
  const Outcome again = RunIn(disk.Path(), kEndless + "--resume run.h5", 2, "TERM");
  EXPECT_EQ(again.code, 130) << again.err;
  EXPECT_THAT(again.err, HasSubstr("going on from 'run.h5'"));
}

TEST(Fault, AQuotaIsAnErrorNotASignal) {
  const TemporaryFolder folder;
  // ulimit counts blocks of 512 bytes (dash) or 1024 (bash).
  const Outcome outcome = RunIn(folder.Path(), kShort + "--samples s.npy --out out", 0, "",
                                "sh -c 'ulimit -f 8; exec \"$0\" \"$@\"'");
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("cannot write 's.npy' (File too large)"));
  EXPECT_FALSE(fs::exists(folder / "s.npy"));
  EXPECT_FALSE(fs::exists(folder / "out/result.json"));
}

TEST(Fault, NewArraysDoNotStandUnderTheOldResult) {
  const TemporaryFolder folder;
  ASSERT_EQ(RunIn(folder.Path(), kShort + "--out out").code, 0);
  ASSERT_TRUE(fs::exists(folder / "out/result.json"));
  // Arrays are small, the table of correlations is not.
  const Outcome outcome = RunIn(folder.Path(), kShort + "--seed 2 --out out", 0, "",
                                "sh -c 'ulimit -f 2; exec \"$0\" \"$@\"'");
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_FALSE(fs::exists(folder / "out/result.json"));
  // What is refused before anything is written leaves a result alone.
  ASSERT_EQ(RunIn(folder.Path(), kShort + "--out out").code, 0);
  EXPECT_EQ(RunIn(folder.Path(), kShort + "--steps -1 --out out").code, 2);
  EXPECT_TRUE(fs::exists(folder / "out/result.json"));
}

TEST(Fault, MessagesThatCannotBeWrittenEndNoRun) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const TemporaryFolder folder;
  const auto run = [&](const std::string& arguments, const std::string& redirection) {
    return RunIn(folder.Path(), arguments, 0, "",
                 "sh -c 'exec \"$0\" \"$@\" " + redirection + ">/dev/full'")
        .code;
  };
  EXPECT_EQ(run(kShort + "--progress always --out out", "2"), 0);
  EXPECT_TRUE(fs::exists(folder / "out/result.json"));
  EXPECT_EQ(run("posterior --hessian none.npy", "2"), 2);
  for (const std::string command : {"posterior", "posterior --json", "problem list", "--version"}) {
    EXPECT_EQ(run(command, ""), 5) << command;
  }
}

TEST(Fault, FoldersThatAreNotThereOrNotWritable) {
  const TemporaryFolder folder;
  folder.Write("file", "");
  for (const std::string options : {"--out file/x", "--out /proc/x"}) {
    const Outcome outcome = RunIn(folder.Path(), kShort + options);
    EXPECT_EQ(outcome.code, 5) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("cannot create folder"));
  }
  // A checkpoint that never can be written is known before the work, not after.
  const Outcome outcome = RunIn(folder.Path(), kEndless + "--checkpoint none/run.h5", 20, "KILL");
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("cannot create 'none/run.h5' (No such file or directory)"));
}

TEST(Fault, AFolderThatVanishesDoesNotEndTheRun) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "there");
  std::jthread remover([&folder] {
    while (!fs::exists(folder / "there/run.h5")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    fs::remove_all(folder / "there");
  });
  const Outcome outcome = RunIn(
      folder.Path(), kEndless + "--checkpoint there/run.h5 --checkpoint-every 0.2", 4, "TERM");
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("no checkpoint this time, the run goes on"));
}

TEST(Fault, AVanishedInputIsNamed) {
  const TemporaryFolder folder;
  folder.Write("h.csv", "2,0\n0,1\n");
  ASSERT_EQ(RunIn(folder.Path(), "posterior --hessian h.csv").code, 0);
  fs::remove(folder / "h.csv");
  const Outcome outcome = RunIn(folder.Path(), "posterior --hessian h.csv");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("cannot read 'h.csv' (no such file)"));
}

TEST(Fault, MemoryThatIsNotThereIsRefusedBeforehand) {
  const TemporaryFolder folder;
  const Outcome outcome =
      RunIn(folder.Path(), "simulate --steps 100 --chains 4000000000 --replicates 4000000000");
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("GB of memory"));
  EXPECT_THAT(outcome.err, HasSubstr("GB are installed"));
}

}  // namespace
}  // namespace adamsde
