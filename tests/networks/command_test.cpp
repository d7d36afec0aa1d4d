#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/io/csv.h"
#include "cli/io/npy.h"
#include "cli/io/spectrum.h"
#include "networks/arguments.h"
#include "networks/config.h"
#include "networks/training/checkpoint.h"
#include "sde/problem/softmax.h"
#include "tests/networks/net_paths.h"
#include "tests/support/shell.h"

namespace adamsde::networks {
namespace {

using adamsde::testing::Outcome;
using adamsde::testing::ReadAll;
using adamsde::testing::TemporaryFolder;
using ::testing::HasSubstr;

Outcome RunNet(const std::string& arguments) {
  return adamsde::testing::RunProgram(arguments, testing::kNetProgram);
}

std::string Iris() {
  std::string text = "a,b,class\n";
  for (int i = 0; i < 60; ++i) {
    const int k = i % 3;
    text += std::to_string(k + 0.1 * (i % 7)) + "," + std::to_string(k * k - 0.2 * (i % 5)) + ",c" +
            std::to_string(k) + "\n";
  }
  return text;
}

constexpr const char* kConfig = R"(
precision = "double"
[data]
format = "csv"
train = "t.csv"
train-rows = 45
validation-rows = 9
[models.small]
kind = "mlp"
hidden = [6]
activation = "tanh"
[optimizer]
learning-rate = 0.02
batch-size = 12
epochs = 6
)";

/// A folder with data and configuration.
class Command : public ::testing::Test {
 protected:
  Command() {
    folder_.Write("t.csv", Iris());
    folder_.Write("c.toml", kConfig);
  }

  [[nodiscard]] Outcome Train(const std::string& more, const std::string& out = "o") const {
    return RunNet("train --threads 1 --config '" + (folder_ / "c.toml") + "' --out '" +
                  (folder_ / out) + "' " + more);
  }
  [[nodiscard]] Outcome TrainWith(std::string from, const std::string& to) const {
    std::string config = kConfig;
    const std::size_t at = config.find(from);
    EXPECT_NE(at, std::string::npos);
    folder_.Write("c.toml", config.replace(at, from.size(), to));
    return Train("");
  }

  TemporaryFolder folder_;
};

TEST_F(Command, TrainWritesItsResults) {
  const Outcome outcome = Train("--json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = outcome.Json();
  EXPECT_EQ(json["schema"], "adamsde-net.train.v1");
  EXPECT_EQ(json["dimension"], 2 * 6 + 6 + 6 * 3 + 3);
  EXPECT_EQ(json["steps"], 18);
  EXPECT_EQ(json["train"]["rows"], 36);
  EXPECT_EQ(json["validation"]["rows"], 9);
  EXPECT_EQ(json["test"]["rows"], 15);
  EXPECT_EQ(json["options"]["optimizer.beta1"], 0.1);
  EXPECT_EQ(json["layers"][0]["name"], "linear1.weight");
  const std::string curves = ReadAll(folder_ / "o/curves.csv");
  EXPECT_EQ(std::count(curves.begin(), curves.end(), '\n'), 7);
  EXPECT_EQ(ReadNpy(folder_ / "o/parameters.npy").values.size(), 39);
  EXPECT_EQ(nlohmann::json::parse(ReadAll(folder_ / "o/result.json")), json);
  EXPECT_EQ(adamsde::testing::RunProgram("report " + (folder_ / "o")).code, 0);
}

TEST_F(Command, ResumeGivesTheSameBytes) {
  ASSERT_EQ(Train("", "whole").code, 0);
  // SIGTERM after the first checkpoint; the run may also have ended before: --resume then finds it
  // complete.
  folder_.Write("slow.sh", "'" + std::string(testing::kNetProgram) +
                               "' train --threads 1 --checkpoint-every 0 --config '" +
                               (folder_ / "c.toml") + "' --out '" + (folder_ / "cut") +
                               "' & p=$!; while ! [ -e '" + (folder_ / "cut/network.ckpt") +
                               "' ]; do sleep 0.01; done; kill $p; wait $p");
  const int code =
      WEXITSTATUS(std::system(("sh '" + (folder_ / "slow.sh") + "' >/dev/null 2>&1").c_str()));
  ASSERT_TRUE(code == 130 || code == 0) << code;
  const Outcome resumed = Train("--resume", "cut");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(ReadAll(folder_ / "cut/parameters.npy"), ReadAll(folder_ / "whole/parameters.npy"));
  EXPECT_EQ(ReadAll(folder_ / "cut/curves.csv"), ReadAll(folder_ / "whole/curves.csv"));
  const Outcome other = Train("--resume --optimizer adam", "cut");
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("another run: optimizer.name is \"adamw\" there"));
}

TEST_F(Command, DivergenceIsRecordedWithStepAndLayer) {
  const Outcome outcome = TrainWith("learning-rate = 0.02", "learning-rate = 1e308");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("diverged at step"));
  const auto json = nlohmann::json::parse(ReadAll(folder_ / "o/result.json"));
  EXPECT_THAT(json["diverged"]["layer"].get<std::string>(), HasSubstr("linear"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "o/parameters.npy"));
}

TEST_F(Command, CudaWhereThereIsNone) {
  const Outcome outcome = Train("--device cuda");
  if (outcome.code == 0) GTEST_SKIP() << "this machine has a CUDA device";
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("found 0 CUDA devices"));
}

TEST_F(Command, BadInputIsNamed) {
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& why) {
    const Outcome outcome = TrainWith(from, to);
    EXPECT_EQ(outcome.code, 2) << to;
    EXPECT_THAT(outcome.err, HasSubstr(why));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "o/result.json"));
  };
  refused("epochs = 6", "epochs = 0", "c.toml:15: optimizer.epochs = 0 is not allowed");
  refused("epochs = 6", "epoch = 6",
          "c.toml:15: unknown key 'optimizer.epoch', did you mean 'optimizer.epochs'?");
  refused("epochs = 6", "epochs = ", "c.toml:15:");
  refused("\"csv\"", "\"png\"", "must be one of idx, cifar10, csv");
  refused("t.csv", "nowhere.csv", "nowhere.csv");
  refused("\"csv\"", "\"idx\"", "t.csv");
  refused("\"csv\"", "\"cifar10\"", "3073");
  folder_.Write("x-images-idx3", std::string("\0\0\x08\x03\0\0\0\1\0\0\0\1\0\0\0\1p", 17));
  refused("\"csv\"\ntrain = \"t.csv\"", "\"idx\"\ntrain = \"x-images-idx3\"",
          "give their file by data.train-labels");
  refused("train-rows = 45", "train-rows = 100", "train-rows = 100");
  refused("kind = \"mlp\"", "kind = \"vit\"", "unknown key 'models.small.activation'");
  refused("kind = \"mlp\"\nhidden = [6]\nactivation = \"tanh\"", "kind = \"resnet\"",
          "model 'small' does not fit (it needs images");
  refused("batch-size = 12", "batch-size = 37", "batch-size = 37 is not allowed");
  refused("batch-size = 12", "beta1 = 2", "optimizer.beta1 = 2");
}

TEST_F(Command, BadArgumentsAreNamed) {
  EXPECT_EQ(RunNet("train --confg x --out y").code, 2);
  EXPECT_THAT(RunNet("tran").err, HasSubstr("'tran'"));
  EXPECT_THAT(RunNet("").err, HasSubstr("no command (train, spectrum or table1"));
  EXPECT_THAT(Train("--model nothing").err, HasSubstr("model = 'nothing'"));
  EXPECT_EQ(Train("--optimizer sgd").code, 2);
  EXPECT_EQ(RunNet("--help").code, 0);
  EXPECT_THAT(RunNet("--version").out, HasSubstr("libtorch"));
}

TEST_F(Command, ManualPageAndCompletionsNameEveryOption) {
  const std::string described = testing::kNetDescribedDir;
  const std::string page = ReadAll(described + "/adamsde-net.1");
  const ProgramFacts program = DescribeNetProgram();
  EXPECT_EQ(program.options.size(), 14U);
  for (const OptionFacts& option : program.options) {
    std::string name;
    for (const char c : "--" + option.name) name += c == '-' ? "\\-" : std::string(1, c);
    EXPECT_THAT(page, HasSubstr(name + "\\fR")) << option.name;
    for (const char* const file : {"/adamsde-net.bash", "/_adamsde-net", "/adamsde-net.fish"}) {
      EXPECT_THAT(ReadAll(described + file), HasSubstr(option.name)) << option.name;
    }
  }
  EXPECT_THAT(page, HasSubstr("\n.B table1\n"));
  const std::string offers = "source '" + described +
                             "/adamsde-net.bash'\nCOMP_WORDS=(adamsde-net train --device c)\n"
                             "COMP_CWORD=3\n_adamsde_net\necho \"${COMPREPLY[@]}\"\n";
  EXPECT_EQ(adamsde::testing::OutputOf(offers), "cpu cuda\n");
  if (adamsde::testing::HasProgram("groff")) {
    EXPECT_EQ(adamsde::testing::OutputOf("groff -ww -man -Tutf8 '" + described +
                                         "/adamsde-net.1' 2>&1 >/dev/null"),
              "");
  }
}

TEST_F(Command, SpectrumIsReadByTheMainProgram) {
  ASSERT_EQ(Train("").code, 0);
  const std::string checkpoint = " --checkpoint '" + (folder_ / "o/network.ckpt") + "'";
  const std::string common = "spectrum --threads 1 --json --config '" + (folder_ / "c.toml") + "'";
  const Outcome outcome = RunNet(common + checkpoint + " --out '" + (folder_ / "s") + "'");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = outcome.Json();
  EXPECT_EQ(json["schema"], "adamsde-net.spectrum.v1");
  EXPECT_EQ(json["rows"], 36);
  const auto& err = json["err_per_parameter"];
  EXPECT_LE(err["corollary3"]["adamw"]["low"], err["corollary3"]["adamw"]["value"]);
  EXPECT_EQ(adamsde::testing::RunProgram("report " + (folder_ / "s")).code, 0);
  for (const char* file : {"s/spectrum.npz", "s/spectrum.csv"}) {
    const Outcome bound = adamsde::testing::RunProgram(
        "bound --spectrum '" + (folder_ / file) +
        "' --dimension 39 --learning-rate 0.02 --batch-size 12 --floor 1e-6 --json");
    ASSERT_EQ(bound.code, 0) << bound.err;
    const auto corollary = bound.Json()["corollary3"];
    EXPECT_NEAR(corollary["adamw"]["err_per_parameter"].get<double>(),
                err["corollary3"]["adamw"]["value"].get<double>(), 1e-10);
    EXPECT_NEAR(corollary["l2_adam"]["err_per_parameter"].get<double>(),
                err["corollary3"]["l2_adam"]["value"].get<double>(), 1e-10);
  }
  // Another network than the configuration's.
  const Outcome other = RunNet(common + checkpoint + " --seed 2 --out '" + (folder_ / "u") + "'");
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("seed is 1 there, 2 here"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "u"));
}

/// One linear layer at softmax's minimizer: the spectrum that `adamsde spectrum` finds.
TEST_F(Command, OneLinearLayerHasTheMainProgramsSpectrum) {
  folder_.Write("c.toml", R"(
precision = "double"
[data]
format = "csv"
train = "t.csv"
[models.linear]
kind = "softmax"
[optimizer]
ridge = 0.05
[spectrum]
runs = 3
lanczos-steps = 5
)");
  const std::string problem =
      "--dataset '" + (folder_ / "t.csv") + "' --model softmax --ridge 0.05 --standardize ";
  const std::string library = folder_ / "library";
  ASSERT_EQ(adamsde::testing::RunProgram("spectrum --spectrum-runs 3 --lanczos-steps 5 " + problem +
                                         "--out '" + library + "'")
                .code,
            0);
  const Dataset dataset = ParseDataset(Iris(), "iris", "");
  const Eigen::VectorXd minimizer = SoftmaxLoss(DesignMatrix(dataset, {.standardize = true}),
                                                ClassNumbers(dataset, Classes(dataset)), 3, 0.05)
                                        .Minimizer();
  const Config config = ReadConfig(folder_ / "c.toml");
  TrainingState state;
  state.x = minimizer;
  state.m = state.n = Eigen::VectorXd::Zero(state.x.size());
  WriteCheckpoint(folder_ / "x.ckpt", state,
                  RunIdentity(config, config.Model(""), config.training));
  const Outcome own =
      RunNet("spectrum --threads 1 --config '" + (folder_ / "c.toml") + "' --checkpoint '" +
             (folder_ / "x.ckpt") + "' --out '" + (folder_ / "own") + "'");
  ASSERT_EQ(own.code, 0) << own.err;
  const SpectrumRuns a = ReadSpectrum(library + "/spectrum.csv");
  const SpectrumRuns b = ReadSpectrum(folder_ / "own/spectrum.csv");
  ASSERT_EQ(a.runs.size(), b.runs.size());
  for (std::size_t r = 0; r < a.runs.size(); ++r) {
    EXPECT_LT((a.runs[r].values - b.runs[r].values).norm(), 1e-10);
    EXPECT_LT((a.runs[r].weights - b.runs[r].weights).norm(), 1e-10);
  }
}

constexpr const char* kTable = R"(
[table1]
optimizers = ["adamw", "adamw-d", "l2-adam", "l2-adam-d"]
seeds = [1, 2]
weight-decays = [0.01, 1e307]
weight-decays-l2 = [0.01]
)";

TEST_F(Command, Table1IsWholeAndContinues) {
  folder_.Write("c.toml",
                std::string(kConfig) + "[spectrum]\nlanczos-steps = 8\nruns = 2\n" + kTable);
  const std::string command =
      "table1 --threads 1 --config '" + (folder_ / "c.toml") + "' --out '" + (folder_ / "o") + "'";
  const Outcome first = RunNet(command);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("err_AdamW < err_l2-Adam (Corollary 3)"));
  const auto json = nlohmann::json::parse(ReadAll(folder_ / "o/result.json"));
  EXPECT_EQ(json["schema"], "adamsde-net.table1.v1");
  ASSERT_EQ(json["rows"].size(), 4U);
  EXPECT_EQ(json["rows"][0]["weight_decay"], 0.01);  // the other diverged
  EXPECT_EQ(json["rows"][0]["tuning"][1]["diverged"]["layer"], "linear1.weight");
  EXPECT_THAT(ReadAll(folder_ / "o/cells.csv"), HasSubstr("linear1.weight"));
  EXPECT_EQ(json["rows"][2]["members"].size(), 2U);
  const auto& corollary = json["rows"][2]["err_per_parameter"]["corollary3"];
  EXPECT_LE(corollary["low"], corollary["value"]);
  EXPECT_GE(corollary["high"], corollary["value"]);
  EXPECT_GT(json["sensitivity"].size(), 5U);
  for (const auto& verdict : json["verdicts"]) {
    if (verdict["model"] != "small") continue;
    EXPECT_EQ(verdict["pairs"], 2) << verdict["claim"];
  }
  const Outcome page = adamsde::testing::RunProgram("report " + (folder_ / "o"));
  EXPECT_EQ(page.code, 0) << page.err;
  EXPECT_THAT(ReadAll(folder_ / "o/report.html"), HasSubstr("figure-density-small"));
  const std::string table = ReadAll(folder_ / "o/table1.txt");
  // Some cells lost, the rest read: the same table.
  std::filesystem::remove(folder_ / "o/cells/small.adamw.lambda0.01.seed2.ckpt");
  std::filesystem::remove(folder_ / "o/cells/small.l2-adam.lambda0.01.seed1.spectrum.json");
  std::filesystem::remove(folder_ / "o/result.json");
  ASSERT_EQ(RunNet(command).code, 0);
  EXPECT_EQ(ReadAll(folder_ / "o/table1.txt"), table);
  // Cells of another configuration are not mixed in.
  folder_.Write("c.toml", std::string(kConfig) + "beta1 = 0.2\n" + kTable);
  const Outcome other = RunNet(command);
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("another run: optimizer.beta1"));
}

TEST_F(Command, Table1NeedsValidationRows) {
  const Outcome outcome = [&] {
    std::string config = kConfig;
    config.replace(config.find("validation-rows = 9"), 19, "validation-rows = 0");
    folder_.Write("c.toml", config + kTable);
    return RunNet("table1 --config '" + (folder_ / "c.toml") + "' --out '" + (folder_ / "o") + "'");
  }();
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("data.validation-rows = 0"));
}

}  // namespace
}  // namespace adamsde::networks
