// What bad input gets: the exit code and one line that names option or file, value and reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "tests/support/refusals.h"

namespace adamsde {
namespace {

using ::testing::AllOf;
using testing::ExpectRefusal;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::RunProgram;
using testing::TemporaryFolder;

/// The exit code, a message of one line on stderr with this text, and nothing on stdout.
TEST(BadUsage, UnknownNamesGetTheNearestOne) {
  ExpectRefusal("", 2, "no command");
  ExpectRefusal("simulat", 2, "did you mean 'simulate'");
  ExpectRefusal("posterior --lerning-rate 0.1", 2, "did you mean '--learning-rate'");
  ExpectRefusal("posterior --optimizer adam", 2, "did you mean 'adamw'");
  ExpectRefusal("posterior --problem quickstrat", 2, "did you mean 'quickstart'");
  ExpectRefusal("posterior --preconditioner lema5", 2, "did you mean 'lemma5'");
  ExpectRefusal("simulate --scheme leep", 2, "did you mean 'leap'");
  ExpectRefusal("bound --convention derive", 2, "did you mean 'derived'");
  ExpectRefusal("bound --posterior-mean mean", 2, "posterior-mean = 'mean'");
  ExpectRefusal("posterior --progress alway", 2, "did you mean 'always'");
  ExpectRefusal("posterior extra", 2, "'extra'");
  ExpectRefusal("posterior simulate", 2, "one command at a time ('simulate' is a second one)");
  // A command that does not use the option sees the slip too.
  ExpectRefusal("posterior --scheme leep", 2, "did you mean 'leap'");
  ExpectRefusal("posterior --ladder ful", 2, "ladder = 'ful'");
  ExpectRefusal("problem", 2, "subcommand");
}

TEST(BadUsage, NumbersOutOfRange) {
  ExpectRefusal("posterior --learning-rate 0", 2, "learning-rate = 0");
  ExpectRefusal("posterior --learning-rate -1", 2, "learning-rate = -1");
  ExpectRefusal("posterior --learning-rate nan", 2, "learning-rate = nan");
  ExpectRefusal("posterior --learning-rate fast", 2, "fast");
  ExpectRefusal("posterior --batch-size 0", 2, "batch-size = 0");
  ExpectRefusal("posterior --batch-size 1.5", 2, "1.5");
  ExpectRefusal("posterior --weight-decay -0.1", 2, "weight-decay = -0.1");
  ExpectRefusal("posterior --prior-variance 0", 2, "prior-variance = 0");
  ExpectRefusal("posterior --num-samples 0", 2, "num-samples = 0");
  ExpectRefusal("posterior --delta 0", 2, "delta = 0");
  ExpectRefusal("posterior --failure-probability 1", 2, "failure-probability = 1");
  ExpectRefusal("posterior --beta1 0", 2, "beta1 = 0");
  ExpectRefusal("posterior --beta2 1.1", 2, "beta2 = 1.1");
  ExpectRefusal("simulate --time-step 0", 2, "time-step = 0");
  ExpectRefusal("simulate --target-error 0", 2, "target-error = 0");
  ExpectRefusal("simulate --chains 8", 2, "chains = 8");
  ExpectRefusal("simulate --replicates 1", 2, "replicates = 1");
  ExpectRefusal("simulate --steps 0", 2, "steps = 0");
  ExpectRefusal("simulate --burn-in -1", 2, "burn-in = -1");
  ExpectRefusal("simulate --record-every 0", 2, "record-every = 0");
  ExpectRefusal("simulate --seed -1", 2, "--seed: -1 is not allowed");
  ExpectRefusal("simulate --seed 0x10", 2, "--seed: 0x10 is not a whole decimal number");
  ExpectRefusal("simulate --seed 18446744073709551616", 2,
                "--seed: 18446744073709551616 is too large");
  ExpectRefusal("sweep --points 1000000000", 2, "GB of memory");
  ExpectRefusal("converge --theorem 2 --initial-value 1e200", 2, "--initial-value");
  ExpectRefusal("simulate --threads -2", 2, "threads = -2");
  ExpectRefusal("bound --empirical-risk 1.5", 2, "empirical-risk = 1.5");
  ExpectRefusal("bound --empirical-risk 0.1 --catoni-parameter 0", 2, "catoni-parameter = 0");
  ExpectRefusal("sweep --lambda-min 2 --lambda-max 1", 2, "lambda range [2, 1]");
  ExpectRefusal("sweep --points 2", 2, "points = 2");
  ExpectRefusal("sweep --gap 0", 2, "gap = 0");
}

TEST(BadFiles, MissingUnreadableMalformed) {
  const TemporaryFolder folder;
  ExpectRefusal("posterior --hessian " + (folder / "none.npy"), 2, "no such file");
  ExpectRefusal("posterior --hessian " + folder.Path().string() + "/x.txt", 2,
                ".npy, .csv or .mtx");
  std::filesystem::create_directory(folder.Path() / "folder.csv");
  ExpectRefusal("posterior --hessian " + (folder / "folder.csv"), 2, "it is a folder");
  ExpectRefusal("posterior --hessian " + folder.Write("empty.csv", ""), 2, "is empty");
  ExpectRefusal("posterior --hessian " + folder.Write("ragged.csv", "1,0\n0\n"), 2,
                "ragged.csv:2: 1 fields, expected 2");
  ExpectRefusal("posterior --hessian " + folder.Write("text.csv", "1,0\n0,one\n"), 2,
                "text.csv:2: column 2 is 'one'");
  ExpectRefusal("posterior --hessian " + folder.Write("nan.csv", "1,0\n0,nan\n"), 2,
                "nan.csv:2: column 2 is 'nan'");
  ExpectRefusal("posterior --hessian " + folder.Write("wide.csv", "1,0,0\n0,1,0\n"), 2, "2x3");
  ExpectRefusal("posterior --hessian " + folder.Write("skew.csv", "1,0.5\n0.4,1\n"), 2,
                "not symmetric (max |X - X^T| is 0.1");
  ExpectRefusal("posterior --hessian " + folder.Write("indefinite.csv", "1,2\n2,1\n"), 2,
                "eigenvalue -1");
  ExpectRefusal("posterior --hessian " + folder.Write("bad.npy", "not numpy at all"), 2,
                "no NumPy magic");
  const std::string good = folder.Write("good.csv", "2,1\n1,2\n");
  ExpectRefusal("posterior --hessian " + good + " --minimizer " + folder.Write("m.csv", "1,2,3\n"),
                2, "length 2");
  ExpectRefusal(
      "posterior --hessian " + good + " --gradient-noise " + folder.Write("c.csv", "1,3\n3,1\n"), 2,
      "gradient-noise is indefinite");
  ExpectRefusal(
      "posterior --hessian " + good + " --gradient-noise " + folder.Write("c1.csv", "1\n"), 2,
      "gradient-noise is 1x1");
  ExpectRefusal(
      "posterior --hessian " + good + " --preconditioner " + folder.Write("q.csv", "1,0\n"), 2,
      "entry 2 is 0");
  ExpectRefusal("posterior --hessian " + good + " --gradient-noise empirical", 2, "--dataset");
  ExpectRefusal("simulate --hessian " + good + " --initial " + folder.Write("i.csv", "1,2,3\n"), 2,
                "initial is 1x3");
}

TEST(BadFiles, Datasets) {
  const TemporaryFolder folder;
  const std::string data = folder.Write("d.csv", "a,b,y\n1,2,0\n2,1,1\n3,3,0\n4,1,1\n1,1,1\n");
  ExpectRefusal("posterior --dataset " + data, 2, "--model");
  ExpectRefusal("posterior --dataset " + data + " --model logistc", 2, "did you mean 'logistic'");
  ExpectRefusal("posterior --dataset " + data + " --model logistic --target z", 2, "target = 'z'");
  ExpectRefusal("posterior --dataset " + data + " --model logistic --target 7", 2,
                "columns 1 to 3");
  ExpectRefusal("posterior --dataset " + data + " --model logistic --positive-class 2", 2,
                "positive-class = '2'");
  ExpectRefusal("posterior --dataset " + data + " --model least-squares --ridge -1", 2,
                "ridge = -1");
  ExpectRefusal("posterior --dataset " + data +
                    " --model least-squares --gradient-noise empirical --sampling batch",
                2, "batch-size = 128 is more than the 5 rows");
  ExpectRefusal("posterior --dataset " + folder.Write("t.csv", "a,y\n1,2\nx,3\n"), 2,
                "t.csv:3: column 1 is 'x'");
  ExpectRefusal("posterior --dataset " + data + " --hessian " + data, 2, "two problems at once");
}

TEST(BadFiles, ProblemsAndConfigurations) {
  const TemporaryFolder folder;
  ExpectRefusal("posterior --problem " + folder.Write("a.toml", "hessian = [[1, 0], [0]]\n"), 2,
                "a.toml:1: hessian has a row of 1 numbers, expected 2");
  ExpectRefusal(
      "posterior --problem " + folder.Write("b.toml", "hessian = [[1]]\nlearning_rat = 1\n"), 2,
      "unknown key 'learning_rat'");
  ExpectRefusal("posterior --problem " + folder.Write("c.toml", "hessian = [[1]\n"), 2, "c.toml:");
  ExpectRefusal("posterior --config " + folder.Write("d.toml", "wieght-decay = 1\n"), 2,
                "--config, line 1: unknown key 'wieght-decay', did you mean 'weight-decay'?");
  ExpectRefusal("posterior --config " + (folder / "none.toml"), 2, "none.toml");
  ExpectRefusal("posterior --problem " + folder.Write("e.toml", "weight-decay = 0.1\n"), 2,
                "no problem given");
}

TEST(NoAnswer, ExitsThreeAndSaysWhat) {
  const TemporaryFolder folder;
  const std::string singular = folder.Write("h.csv", "1,1\n1,1\n");
  ExpectRefusal("posterior --weight-decay 0 --hessian " + singular, 3, "slowest rate 0");
  ExpectRefusal("bound --hessian " + singular, 3, "infinite KL");
  ExpectRefusal("sweep --lambda-min 0.1 --hessian " + singular, 3, "infinite KL");
  ExpectRefusal("posterior --hessian " + folder.Write("z.csv", "1,0\n0,0\n"), 3, "i = 2");
  ExpectRefusal("simulate --time-step 0.4", 3, "must be < 0.32268");
  ExpectRefusal("simulate --problem longley", 3, "must be < 3.834");
  const std::string separable = folder.Write("s.csv", "-1,n\n-2,n\n1,p\n2,p\n");
  ExpectRefusal("posterior --model logistic --dataset " + separable, 3, "--ridge");
  const std::string deficient = folder.Write("r.csv", "1,2,1\n2,4,3\n3,6,2\n4,8,5\n");
  ExpectRefusal("posterior --model least-squares --dataset " + deficient, 3, "rank 2");
  ExpectRefusal("posterior --drift " + folder.Write("a.csv", "1,0\n0,-1\n") + " --diffusion " +
                    folder.Write("b.csv", "1,0\n0,1\n"),
                3, "slowest rate of the drift -1");
  ExpectRefusal(
      "posterior --model least-squares --gradient-noise empirical --sampling epoch --ridge 1 "
      "--dataset " +
          deficient,
      3, "epoch");
  ExpectRefusal(
      "simulate --preconditioner identity --hessian " + folder.Write("0.csv", "0,0\n0,0\n"), 3,
      "there is no noise");
  ExpectRefusal("bound --dimension 10 --spectrum " + folder.Write("sp.csv", "0\n1\n"), 3,
                "--floor");
}

TEST(General, RefusesWhatItsSdeDoesNotHave) {
  const TemporaryFolder folder;
  const std::string general = " --drift " + folder.Write("a.csv", "1,0\n0,2\n") + " --diffusion " +
                              folder.Write("b.csv", "1\n1\n");
  ExpectRefusal("bound" + general, 2, "general linear SDE");
  ExpectRefusal("check" + general, 2, "general linear SDE");
  ExpectRefusal("sweep" + general, 2, "general linear SDE");
  ExpectRefusal("simulate --scheme modal" + general, 2, "modal");
  ExpectRefusal("posterior --drift " + (folder / "a.csv"), 2, "--diffusion");
  ExpectRefusal("posterior --diffusion " + (folder / "b.csv"), 2, "--drift");
  ExpectRefusal("posterior --dimension 5 --spectrum " + folder.Write("s.csv", "1\n2\n"), 2,
                "spectrum");
  ExpectRefusal("bound --spectrum " + (folder / "s.csv"), 2, "--dimension");
}

TEST(Memory, TooLargeIsRefusedBeforehandWithTheFigure) {
  const TemporaryFolder folder;
  // A diagonal that no machine here holds as a dense matrix.
  std::string diagonal = "%%MatrixMarket matrix coordinate real general\n400000 400000 400000\n";
  for (int i = 1; i <= 400000; ++i) diagonal += fmt::format("{0} {0} 1\n", i);
  ExpectRefusal("posterior --hessian " + folder.Write("huge.mtx", diagonal), 2, "GB");
}

// What a file claims about itself takes no memory, time or stack.
TEST(HostileFiles, ClaimsAreRefusedAtOnce) {
  const TemporaryFolder folder;
  const std::string banner = "%%MatrixMarket matrix coordinate real general\n";
  ExpectRefusal("posterior --hessian " + folder.Write("a.mtx", banner + "9000 9000 1\n1 1 1\n"), 2,
                "a.mtx:2: 9000x9000 with 1 entries");
  ExpectRefusal("posterior --hessian " + folder.Write("b.mtx", banner + "2 2 400\n1 1 1\n"), 2,
                "b.mtx:2: 400 entries are announced, which 60 bytes cannot hold");
  std::string deep = "a";
  for (int i = 0; i < 200000; ++i) deep += ".a";
  ExpectRefusal("posterior --problem " + folder.Write("c.toml", "[" + deep + "]\n"), 2,
                "c.toml' (keys within keys, deeper than 16)");
  ExpectRefusal("posterior --config " + folder.Write("d.toml", "[" + deep + "]\n"), 2,
                "--config, line 1: sections are not known");
  ExpectRefusal("posterior --config " + folder.Write("e.toml", "seed = [1,\n2]\n"), 2,
                "--config, line 1: no option is a list");
  ExpectRefusal("bound --dimension 5 --spectrum " + folder.Write("f.json", R"({"eig": [1e999]})"),
                2, "a number is too large");
  // 100,000 keys took 16 s where each is compared with all before it.
  std::string keys = "{";
  for (int i = 0; i < 100000; ++i) keys += fmt::format("\"k{}\": 1,", i);
  ExpectRefusal("bound --dimension 5 --spectrum " + folder.Write("g.json", keys + "\"k\": 1}"), 2,
                "no key 'eig'");
}

TEST(HostileFiles, MessagesDoNotDriveTheTerminal) {
  const TemporaryFolder folder;
  ExpectRefusal("posterior --hessian " + folder.Write("a.csv", "1,\x1b[2Jx\n"), 2,
                "column 2 is '?[2Jx'");
  ExpectRefusal("posterior --hessian " + folder.Write("b.csv", std::string(1000000, 'x')), 2,
                "x ... x");
}

TEST(Output, UnwritableFolderIsExitFive) {
  const TemporaryFolder folder;
  const std::string file = folder.Write("file", "x");
  ExpectRefusal("posterior --out " + file + "/sub", 5, "cannot create folder");
  ExpectRefusal("simulate --samples " + (folder / "none/s.npy"), 5, "none/s.npy");
  ExpectRefusal("simulate --samples " + (folder / "s.h5"), 2, "must end in .npy");
}

TEST(Output, NothingIsLeftBehindByARefusal) {
  const TemporaryFolder folder;
  EXPECT_EQ(RunProgram("simulate --time-step 0.4 --out " + (folder / "out")).code, 3);
  EXPECT_FALSE(std::filesystem::exists(folder.Path() / "out" / "result.json"));
}

TEST(Divergence, ExitsFourWithALedger) {
  const TemporaryFolder folder;
  // Stable but hugely non-normal: the start overflows before it contracts.
  const std::string command = "simulate --drift " + folder.Write("a.csv", "1,1e60\n0,1\n") +
                              " --diffusion " + folder.Write("b.csv", "1,0\n0,1\n") +
                              " --initial " + folder.Write("i.csv", "0,1e300\n") +
                              " --time-step 0.01 --scheme euler-maruyama --steps 100 --burn-in 10";
  const Outcome outcome = RunProgram(command + " --json");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("diverged"), HasSubstr("--seed 1")));
  const auto json = outcome.Json();
  EXPECT_EQ(json["sample"]["diverged"], 1024);
  EXPECT_EQ(json["sample"]["divergences"][0]["chain"], 0);
}

}  // namespace
}  // namespace adamsde
