#include <gtest/gtest.h>

#include <string>

#include "tests/support/json_runs.h"
#include "tests/support/program.h"

namespace adamsde {
namespace {

using testing::Outcome;
using testing::RunJson;
using testing::RunProgram;
using testing::TemporaryFolder;

/// Two overlapping classes in one feature, 40 rows.
std::string SmallTable(const TemporaryFolder& folder) {
  std::string text = "x,class\n";
  for (int i = 0; i < 40; ++i) {
    const int j = (i * 17) % 40;
    text += std::to_string(0.05 * j - 1) + (j + (i % 3) * 9 > 24 ? ",b\n" : ",a\n");
  }
  return folder.Write("table.csv", text);
}

void ExpectRungKeys(const nlohmann::json& rung) {
  for (const char* const key :
       {"rung", "name", "mean_shift", "mean_shift_sigma", "relative_change", "relative_to_lemma5",
        "trace", "log_det", "err", "phi", "stderr", "compared_with", "statement"}) {
    EXPECT_TRUE(rung.contains(key)) << key;
  }
}

TEST(LadderCommand, ClosedFormsAlone) {
  const nlohmann::json json = RunJson("check --ladder closed --target-error 0.1");
  ASSERT_EQ(json["ladder"].size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(json["ladder"][i]["rung"], std::to_string(i));
    ExpectRungKeys(json["ladder"][i]);
    EXPECT_TRUE(json["ladder"][i]["stderr"].is_null());
    EXPECT_EQ(json["ladder"][i]["stderr_reason"], "closed form");
  }
  EXPECT_EQ(json["ladder"][0]["mean_shift"], 0);
  EXPECT_FALSE(json.contains("paired"));
  EXPECT_LT(json["preconditioner"]["residual"], 1e-9);
  EXPECT_EQ(json["hurts_most"], "4");
}

TEST(LadderCommand, QuickstartSamplesRungSixByDefault) {
  const nlohmann::json json = RunJson("check --target-error 0.1 --chains 256");
  ASSERT_EQ(json["ladder"].size(), 7U);
  const nlohmann::json& rung = json["ladder"][6];
  ExpectRungKeys(rung);
  EXPECT_EQ(rung["rung"], "6");
  EXPECT_TRUE(rung["sample"]["mixed"]);
  EXPECT_LE(rung["sample"]["r_hat"], 1.01);
  EXPECT_GT(rung["stderr"], 0);
  ASSERT_EQ(json["paired"]["quantities"].size(), 4U);
  for (const auto& quantity : json["paired"]["quantities"]) {
    EXPECT_LT(quantity["stderr"], quantity["unpaired_stderr"]);
  }
}

TEST(LadderCommand, SameNumbersForAnyThreads) {
  const std::string run = "check --target-error 0.2 --chains 128 --threads ";
  EXPECT_EQ(RunJson(run + "1")["ladder"], RunJson(run + "3")["ladder"]);
}

TEST(LadderCommand, DatasetHasAllRungs) {
  const TemporaryFolder folder;
  const std::string problem =
      "check --dataset '" + SmallTable(folder) +
      "' --model logistic --ridge 0.1 --batch-size 4 --learning-rate 0.02 --weight-decay 0.2 "
      "--beta2 0.01 --target-error 0.1 --chains 128";
  for (const char* const sampling : {"replacement", "epoch"}) {
    const nlohmann::json json = RunJson(problem + " --sampling " + sampling);
    ASSERT_EQ(json["ladder"].size(), 9U);
    EXPECT_EQ(json["ladder"][7]["rung"], "7");
    EXPECT_EQ(json["ladder"][8]["rung"], "7'");
    EXPECT_EQ(json["ladder"][8]["compared_with"], "4");
    EXPECT_GT(json["ladder"][8]["trace"], 0);
    EXPECT_LT(json["ladder"][8]["relative_change"], 0.5);
  }
  const Outcome report = RunProgram(problem);
  EXPECT_EQ(report.code, 0);
  for (const char* const text : {"mean shift", "hurts most", "planned: ", "nested R-hat",
                                 "AdamW minus l2-Adam on rung 6", "noise of the current x"}) {
    EXPECT_NE(report.out.find(text), std::string::npos) << text;
  }
}

TEST(LadderCommand, NoneAndBadValues) {
  EXPECT_FALSE(RunJson("check --ladder none --target-error 0.1").contains("ladder"));
  const Outcome unknown = RunProgram("check --ladder ful");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("ladder = 'ful' is not known"), std::string::npos) << unknown.err;
  EXPECT_NE(unknown.err.find("full"), std::string::npos) << unknown.err;
  const Outcome budget = RunProgram("check --ladder-budget 0 --target-error 0.1");
  EXPECT_EQ(budget.code, 2);
  EXPECT_NE(budget.err.find("ladder-budget = 0 is not allowed"), std::string::npos) << budget.err;
}

TEST(LadderCommand, BudgetTooSmallSaysWhatItWouldTake) {
  const nlohmann::json json = RunJson("check --ladder-budget 0.001 --target-error 0.1");
  EXPECT_TRUE(json["ladder"][6]["trace"].is_null());
  const std::string why = json["ladder"][6]["trace_reason"];
  EXPECT_NE(why.find("core-seconds"), std::string::npos) << why;
}

TEST(SelfConsistentOption, ReportsIterationsAndResidual) {
  const nlohmann::json json = RunJson("posterior --preconditioner self-consistent");
  EXPECT_GT(json["preconditioner"]["iterations"], 1);
  EXPECT_LT(json["preconditioner"]["residual"], 1e-9);
  const Outcome report = RunProgram("posterior --preconditioner self-consistent");
  EXPECT_NE(report.out.find("self-consistent preconditioner: "), std::string::npos);
  const Outcome none =
      RunProgram("posterior --preconditioner self-consistent --learning-rate 1 --weight-decay 3");
  EXPECT_EQ(none.code, 3);
  EXPECT_NE(none.err.find("no self-consistent preconditioner"), std::string::npos) << none.err;
}

TEST(ConventionOption, BetasAreReadAsPytorchHasThem) {
  const nlohmann::json paper = RunJson("posterior --beta1 0.2");
  const nlohmann::json pytorch = RunJson("posterior --convention-optimizer pytorch --beta1 0.8");
  EXPECT_DOUBLE_EQ(paper["momentum"]["trace"], pytorch["momentum"]["trace"]);
  const nlohmann::json by_default = RunJson("posterior --convention-optimizer pytorch");
  EXPECT_EQ(by_default["options"]["beta1"], 0.9);
  EXPECT_EQ(by_default["options"]["beta2"], 0.999);
  EXPECT_DOUBLE_EQ(RunJson("posterior")["momentum"]["trace"], by_default["momentum"]["trace"]);
  // δ is outside the root: with C_ii ~ δ² it halves q where inside it would not be seen.
  const std::string minibatch = "posterior --preconditioner minibatch --delta 0.1";
  EXPECT_NE(RunJson(minibatch)["stationary"]["trace"],
            RunJson(minibatch + " --convention-optimizer pytorch")["stationary"]["trace"]);
}

TEST(ConventionOption, DumpedConfigurationReadsBackTheSame) {
  const TemporaryFolder folder;
  const Outcome dumped = RunProgram("posterior --convention-optimizer pytorch --dump-config");
  ASSERT_EQ(dumped.code, 0);
  const std::string file = folder.Write("config.toml", dumped.out);
  EXPECT_EQ(RunJson("posterior --config '" + file + "'")["momentum"],
            RunJson("posterior --convention-optimizer pytorch")["momentum"]);
}

TEST(ConventionOption, RefusesWhatPytorchWould) {
  const Outcome one = RunProgram("posterior --convention-optimizer pytorch --beta1 1");
  EXPECT_EQ(one.code, 2);
  EXPECT_NE(one.err.find("beta1 = 1 is not allowed (in PyTorch's convention"), std::string::npos)
      << one.err;
  EXPECT_EQ(RunProgram("posterior --convention-optimizer torch").code, 2);
}

}  // namespace
}  // namespace adamsde
