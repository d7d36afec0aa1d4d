// mpirun: any number of ranks and threads gives the same bytes, one output, one message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/kill.h"

namespace adamsde {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::ResultFiles;
using testing::RunIn;
using testing::TemporaryFolder;

std::string Launcher(int ranks) {
  return fmt::format(
      "env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
      "OMPI_MCA_btl_vader_single_copy_mechanism=none " ADAMSDE_MPIRUN
      " --oversubscribe --bind-to none -np {}",
      ranks);
}

Outcome RunRanks(int ranks, const fs::path& folder, const std::string& arguments,
                 double seconds = 0, const std::string& signal = "TERM") {
  return RunIn(folder, arguments, seconds, signal, Launcher(ranks));
}

const std::vector<std::string> kCommands = {
    "simulate --scheme euler-maruyama --chains 300 --replicates 7 --target-error 0.1",
    "check --target-error 0.1 --ladder-budget 1",
    "sweep --optimizer l2-adam --preconditioner lemma5 --points 40",
    "converge --theorem 2 --runs 100 --epsilon 0.3"};

TEST(Mpi, RanksAndThreadsChangeNoByte) {
  for (const std::string& command : kCommands) {
    const TemporaryFolder alone;
    const Outcome one = RunIn(alone.Path(), command + " --out out --threads 1");
    ASSERT_EQ(one.code, 0) << one.err;
    for (const int ranks : {1, 2, 4}) {
      for (const int threads : {1, 2}) {
        const TemporaryFolder folder;
        const Outcome many = RunRanks(ranks, folder.Path(),
                                      fmt::format("{} --out out --threads {}", command, threads));
        ASSERT_EQ(many.code, 0) << many.err;
        EXPECT_EQ(many.out, one.out) << "one report: " << command << ", " << ranks;
        EXPECT_EQ(ResultFiles(folder / "out"), ResultFiles(alone / "out"))
            << command << ", " << ranks << " ranks, " << threads << " threads";
      }
    }
  }
}

TEST(Mpi, AFailureEndsTheJobWithOneMessage) {
  const TemporaryFolder folder;
  const Outcome unknown = RunRanks(2, folder.Path(), "simulate --sceme modal");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("adamsde: unknown option '--sceme'"));
  EXPECT_THAT(unknown.err, Not(HasSubstr("rank 1:")));
  const Outcome unstable = RunRanks(2, folder.Path(), "simulate --time-step 1e3");
  EXPECT_EQ(unstable.code, 3);
  folder.Write("file", "");
  const Outcome unwritable = RunRanks(2, folder.Path(), "simulate --target-error 0.1 --out file/x");
  EXPECT_EQ(unwritable.code, 5) << unwritable.err;
}

TEST(Mpi, OneRanksCheckpointIsAnothersStart) {
  const std::string run = fmt::format(
      "simulate --scheme euler-maruyama --chains 300 --replicates 7 --burn-in 500 --steps {} "
      "--record-every 10 --threads 1 ",
      200000 / testing::kSlowdown);
  const TemporaryFolder folder;
  ASSERT_EQ(RunIn(folder.Path(), run + "--out whole").code, 0);
  double seconds = 1;
  Outcome stopped;
  for (; !fs::exists(folder / "run.h5"); seconds *= 1.5) {
    stopped = RunRanks(2, folder.Path(), run + "--checkpoint run.h5 --checkpoint-every 0.1",
                       seconds, "TERM");
    ASSERT_NE(stopped.code, 0) << "finished before it was stopped";
  }
  const Outcome resumed = RunRanks(3, folder.Path(), run + "--out out --resume run.h5");
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("going on from"));
  // The options name --out.
  auto files = ResultFiles(folder / "out");
  auto whole = ResultFiles(folder / "whole");
  files.erase("result.json");
  whole.erase("result.json");
  EXPECT_EQ(files, whole);
}

}  // namespace
}  // namespace adamsde
