// Checkpoints as a user meets them: killed, interrupted, limited, damaged, of another run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/kill.h"

namespace adamsde {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::kSlowdown;
using testing::Outcome;
using testing::ReadAll;
using testing::ResultFiles;
using testing::RunIn;
using testing::SurvivesKills;
using testing::TemporaryFolder;

#ifdef ADAMSDE_MANY_KILLS
constexpr int kKills = 50;
#else
constexpr int kKills = 6;
#endif

/// A second or so on one core.
constexpr int kSteps = 60000 / kSlowdown;
std::string Command(int steps = kSteps, int seed = 5, int threads = 2,
                    const std::string& scheme = "euler-maruyama") {
  return fmt::format(
      "simulate --scheme {} --chains 300 --replicates 7 --burn-in 500 --steps {} --record-every 10 "
      "--seed {} --threads {}",
      scheme, steps, seed, threads);
}
const std::string kRun = Command();
constexpr int kEndless = 20000000;

/// A run that is interrupted after its first checkpoint; the checkpoint stays.
void LeaveCheckpoint(const TemporaryFolder& folder, const std::string& run = kRun) {
  double seconds = 0.4;
  for (int attempt = 0; !fs::exists(folder / "run.h5") && attempt < 20; ++attempt) {
    const Outcome outcome = RunIn(folder.Path(), run + " --checkpoint run.h5", seconds, "TERM");
    seconds *= outcome.code == 130 ? 1.5 : 0.6;  // too early to save, or already at its end
  }
  ASSERT_TRUE(fs::exists(folder / "run.h5"));
}

std::map<std::string, std::string> Whole(const std::string& run) {
  const TemporaryFolder folder;
  const Outcome outcome = RunIn(folder.Path(), run + " --out out");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return ResultFiles(folder / "out");
}

/// A regression with correlated columns.
std::string Table(int columns) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal;
  std::string text;
  for (int row = 0; row < 3 * columns; ++row) {
    double last = 0;
    for (int column = 0; column <= columns; ++column) {
      last = 0.7 * last + normal(random);
      text += fmt::format("{}{:.6g}", column == 0 ? "" : ",", last);
    }
    text += "\n";
  }
  return text;
}

TEST(Checkpoint, SimulateSurvivesKills) {
  const auto whole = Whole(kRun);
  EXPECT_TRUE(SurvivesKills(kRun, kKills, 1.0, 1, whole));
}

/// Of ℓ2-Adam with a law that rotates: an eigendecomposition per λ, at 60 dimensions.
TEST(Checkpoint, SweepSurvivesKills) {
  const TemporaryFolder folder;
  const std::string run = fmt::format(
      "sweep --dataset '{}' --model least-squares --ridge 0.1 --optimizer l2-adam --preconditioner "
      "lemma5 --points {} --threads 2",
      folder.Write("data.csv", Table(60)), 1500 / kSlowdown);
  EXPECT_TRUE(SurvivesKills(run, kKills, 1.0, 2, Whole(run)));
}

TEST(Checkpoint, ConvergeSurvivesKills) {
  const std::string run =
      fmt::format("converge --theorem 2 --epsilon 0.2 --runs {} --threads 2", 640 / kSlowdown);
  EXPECT_TRUE(SurvivesKills(run, 3, 1.0, 3, Whole(run)));
}

TEST(Checkpoint, SignalsSaveAndTellHowToGoOn) {
  for (const std::string signal : {"INT", "TERM"}) {
    const TemporaryFolder folder;
    const Outcome stopped =
        RunIn(folder.Path(), Command(kEndless) + " --checkpoint 'my run.h5'", 0.8, signal);
    EXPECT_EQ(stopped.code, 130) << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr(signal == "INT" ? "interrupted" : "terminated"));
    EXPECT_THAT(stopped.err, HasSubstr("to go on: adamsde simulate"));
    EXPECT_THAT(stopped.err, HasSubstr("--resume 'my run.h5'"));
    EXPECT_TRUE(fs::exists(folder / "my run.h5"));
  }
}

TEST(Checkpoint, ATimeLimitSavesBeforeIt) {
  const TemporaryFolder folder;
  const auto start = std::chrono::steady_clock::now();
  const Outcome stopped =
      RunIn(folder.Path(), Command(kEndless) + " --checkpoint run.h5 --time-limit 5");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("before the time limit"));
  EXPECT_LT(took.count(), 5.5);
  EXPECT_TRUE(fs::exists(folder / "run.h5"));
}

TEST(Checkpoint, AnotherThreadCountGoesOnToTheSameBytes) {
  const TemporaryFolder folder;
  LeaveCheckpoint(folder);
  const Outcome resumed =
      RunIn(folder.Path(), Command(kSteps, 5, 1) + " --out out --resume run.h5");
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(ResultFiles(folder / "out"), Whole(kRun));
}

TEST(Checkpoint, WhatIsMadeOfTheResultMayBeAskedForLater) {
  const TemporaryFolder folder;
  LeaveCheckpoint(folder);
  const Outcome resumed =
      RunIn(folder.Path(), kRun + " --resume run.h5 --report page.html --plot figure.svg");
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("going on from"));
  EXPECT_TRUE(fs::exists(folder / "page.html"));
}

TEST(Checkpoint, FilesAreComparedByContent) {
  const TemporaryFolder folder;
  folder.Write("c.csv", "2,0\n0,1\n");
  folder.Write("moved.csv", "2,0\n0,1\n");
  folder.Write("other.csv", "2,0\n0,3\n");
  const std::string run =
      "simulate --chains 300 --steps 20000000 --record-every 10 --burn-in 10 --scheme modal "
      "--hessian c.csv --gradient-noise ";
  LeaveCheckpoint(folder, run + "c.csv");
  const auto code = [&](const std::string& noise) {
    return RunIn(folder.Path(), run + noise + " --resume run.h5", 0.6, "TERM").code;
  };
  EXPECT_EQ(code("moved.csv"), 130);
  EXPECT_EQ(code("other.csv"), 2);
  EXPECT_EQ(code("hessian"), 2);
}

/// A double knows no more than 17 of the 20.
TEST(Checkpoint, SeedsAreComparedToTheLastDigit) {
  const TemporaryFolder folder;
  const std::string run =
      "simulate --chains 300 --steps 20000000 --record-every 10 --burn-in 10 --scheme modal "
      "--seed ";
  LeaveCheckpoint(folder, run + "18446744073709551615");
  const Outcome other =
      RunIn(folder.Path(), run + "18446744073709551614 --resume run.h5", 20, "TERM");
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err,
              HasSubstr("its --seed is 18446744073709551615, this run's is 18446744073709551614"));
}

/// Where a block of runs takes minutes.
TEST(Checkpoint, ASignalEndsConvergeWithinABlock) {
  const TemporaryFolder folder;
  const auto start = std::chrono::steady_clock::now();
  const Outcome stopped =
      RunIn(folder.Path(), "converge --theorem 2 --epsilon 0.02 --runs 64 --checkpoint run.h5", 1,
            "TERM");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("terminated: saved in 'run.h5'"));
  EXPECT_LT(took.count(), 10);
}

TEST(Checkpoint, OfAnotherRunIsRefusedWithTheReason) {
  const TemporaryFolder folder;
  LeaveCheckpoint(folder);
  const auto refused = [&](const std::string& arguments, const std::string& reason) {
    const Outcome outcome = RunIn(folder.Path(), arguments + " --out out --resume run.h5");
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(reason));
    EXPECT_FALSE(fs::exists(folder / "out/result.json"));
    EXPECT_FALSE(fs::exists(folder / "out/mean.npy"));
  };
  refused(Command(kSteps, 6), "its --seed is 5, this run's is 6");
  refused(Command(kSteps, 5, 2, "modal"), "its --scheme is \"euler-maruyama\"");
  folder.Write("h.csv", "2,0\n0,1\n");
  folder.Write("g.csv", "2,0\n0,1.5\n");
  fs::remove(folder / "run.h5");
  const std::string run =
      "simulate --chains 300 --steps 20000000 --record-every 10 --burn-in 10 "
      "--scheme modal ";
  LeaveCheckpoint(folder, run + "--hessian h.csv");
  refused(run + "--hessian g.csv", "another problem");
}

TEST(Checkpoint, DamageFallsBackToThePreviousOne) {
  const TemporaryFolder folder;
  LeaveCheckpoint(folder);
  const std::string good = ReadAll(folder / "run.h5");
  const auto whole = Whole(kRun);
  std::string flipped = good;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 4);
  const std::map<std::string, std::string> damaged = {
      {"truncated", good.substr(0, good.size() / 2)},
      {"flipped", flipped},
      {"foreign", "\x93NUMPY and so on"},
      {"empty", ""}};
  for (const auto& [name, bytes] : damaged) {
    folder.Write("run.h5", bytes);
    fs::remove(folder / "run.h5.previous");
    const Outcome refused = RunIn(folder.Path(), kRun + " --out out --resume run.h5");
    EXPECT_EQ(refused.code, 2) << name;
    EXPECT_THAT(refused.err, HasSubstr("cannot resume from 'run.h5'")) << name;
    EXPECT_EQ(ReadAll(folder / "run.h5"), bytes) << "left as it was";
    folder.Write("run.h5.previous", good);
    const Outcome resumed = RunIn(folder.Path(), kRun + " --out out --resume run.h5");
    EXPECT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_THAT(resumed.err, HasSubstr("going on from 'run.h5.previous'")) << name;
    EXPECT_EQ(ReadAll(folder / "run.h5"), good) << "in the damaged one's place";
    EXPECT_EQ(ResultFiles(folder / "out"), whole) << name;
    fs::remove_all(folder / "out");
  }
}

TEST(Checkpoint, OptionsThatDisagreeAreRefused) {
  const TemporaryFolder folder;
  folder.Write("there.h5", "something");
  const auto refused = [&](const std::string& options, const std::string& reason) {
    const Outcome outcome = RunIn(folder.Path(), "simulate --target-error 0.1 " + options);
    EXPECT_EQ(outcome.code, 2) << options;
    EXPECT_THAT(outcome.err, HasSubstr(reason));
  };
  refused("--checkpoint-every 3", "--checkpoint-every needs --checkpoint");
  refused("--time-limit 3", "--time-limit needs --checkpoint");
  refused("--checkpoint x.h5 --checkpoint-every 0", "checkpoint-every = 0");
  refused("--checkpoint x.h5 --time-limit -1", "time-limit = -1");
  refused("--checkpoint there.h5", "exists already");
  refused("--checkpoint x.h5 --resume none.h5", "no such file");
  EXPECT_EQ(ReadAll(folder / "there.h5"), "something");
  const Outcome other = RunIn(folder.Path(), "posterior --checkpoint x.h5");
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("posterior has no --checkpoint"));
}

TEST(Checkpoint, ResultJsonDoesNotNameIt) {
  const TemporaryFolder folder;
  const Outcome outcome =
      RunIn(folder.Path(), "simulate --target-error 0.1 --checkpoint run.h5 --json");
  const auto options = outcome.Json()["options"];
  for (const char* const name : {"checkpoint", "checkpoint-every", "time-limit", "resume"}) {
    EXPECT_FALSE(options.contains(name)) << name;
  }
}

}  // namespace
}  // namespace adamsde
