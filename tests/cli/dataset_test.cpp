// Losses on data as a user meets them: softmax, one-hot targets, train and test rows, hostile
// files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/json_runs.h"
#include "tests/support/refusals.h"
#include "tests/support/shared_data.h"

namespace adamsde {
namespace {

using testing::ExpectRefusal;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::RunJson;
using testing::RunProgram;
using testing::TemporaryFolder;

constexpr const char* kRows =
    "size,kind\n1,ant\n2,bee\n3,cat\n2.5,ant\n1.5,bee\n2.2,cat\n0.5,ant\n3.5,cat\n";
constexpr const char* kOneHot =
    "size,ant,bee,cat\n1,1,0,0\n2,0,1,0\n3,0,0,1\n2.5,1,0,0\n1.5,0,1,0\n2.2,0,0,1\n0.5,1,0,0\n"
    "3.5,0,0,1\n";

TEST(DatasetCommand, OneHotColumnsAreTheSameProblemAsNames) {
  const TemporaryFolder folder;
  const std::string tail = " --model softmax --ridge 0.1";
  const auto named = RunJson("posterior --dataset " + folder.Write("a.csv", kRows) + tail);
  EXPECT_EQ(named["dimension"], 4) << "2 features (with the intercept) x 2 classes";
  EXPECT_EQ(named["data"]["classes"], (std::vector<std::string>{"ant", "bee", "cat"}));
  const std::string one_hot = folder.Write("b.csv", kOneHot);
  const auto coded = RunJson("posterior --dataset " + one_hot + " --target ant,bee,cat" + tail);
  EXPECT_EQ(named["stationary"], coded["stationary"]);
  const auto numbered = RunJson("posterior --dataset " + one_hot + " --target 2,3,4" + tail);
  EXPECT_EQ(named["stationary"], numbered["stationary"]);
}

TEST(DatasetCommand, OneHotRulesAreChecked) {
  const TemporaryFolder folder;
  const auto refuse = [&](const std::string& text, const std::string& target,
                          const std::string& why) {
    ExpectRefusal("posterior --model softmax --ridge 1 --dataset " + folder.Write("x.csv", text) +
                      " --target " + target,
                  2, why);
  };
  refuse("1,0,1\n2,1,0\n3,1,1\n", "2,3", "x.csv:3: column 3 is 1");
  refuse("1,0,1\n2,0,0\n", "2,3", "x.csv:2: no target column is 1");
  refuse("1,0,1\n2,0.5,0.5\n", "2,3", "x.csv:2: column 2 is 0.5");
  refuse("1,0,1\n2,1,0\n", "2,2", "names column 2 twice");
  refuse("1,0,1\n2,1,0\n", "1,2,3", "takes every column");
  refuse("1,0,1\n2,1,0\n", "2,9", "columns 1 to 3");
  refuse("1,0,1\n2,1,0\n", "2,,3", "empty name");
}

TEST(DatasetCommand, FirstRowsTrainAndLastRowsTest) {
  const TemporaryFolder folder;
  const std::string run =
      "posterior --model softmax --ridge 0.1 --dataset " + folder.Write("a.csv", kRows);
  const auto split = RunJson(run + " --train-rows 6 --test-rows 2");
  EXPECT_EQ(split["data"]["train"]["rows"], 6);
  EXPECT_EQ(split["data"]["test"]["rows"], 2);
  EXPECT_EQ(split["options"]["num-samples"], 6);
  EXPECT_TRUE(split["data"]["test"]["accuracy"].is_number());
  // The same six rows alone.
  const std::string six = std::string(kRows).substr(0, std::string(kRows).find("0.5,ant"));
  const auto alone =
      RunJson("posterior --model softmax --ridge 0.1 --dataset " + folder.Write("six.csv", six));
  EXPECT_EQ(split["stationary"], alone["stationary"]);
  const auto rest = RunJson(run + " --test-rows 2");
  EXPECT_EQ(rest["data"]["train"], split["data"]["train"]) << "the others train";
  ExpectRefusal(run + " --train-rows 7 --test-rows 2", 2, "overlap");
  ExpectRefusal(run + " --train-rows 9", 2, "train-rows = 9");
  ExpectRefusal(run + " --test-rows 8", 2, "test-rows = 8");
  ExpectRefusal(run + " --train-rows 2 --test-rows 1", 2, "training rows have ant, bee");
  ExpectRefusal(run + " --labels x", 2, "is not IDX");
  ExpectRefusal(run + "x", 2, "no such file");
}

TEST(DatasetCommand, SeparableSoftmaxHasNoMinimizer) {
  const TemporaryFolder folder;
  const std::string rows = folder.Write("s.csv", "1,a\n2,a\n3,b\n4,b\n5,c\n6,c\n");
  ExpectRefusal("posterior --model softmax --dataset " + rows, 3, "hyperplanes separate");
  ExpectRefusal("posterior --model softmaz --dataset " + rows, 2, "did you mean 'softmax'");
  ExpectRefusal("posterior --model softmax --dataset " + folder.Write("one.csv", "1,a\n2,a\n"), 2,
                "single class");
}

TEST(DatasetCommand, HostileImagesGetOneLine) {
  const TemporaryFolder folder;
  const std::string run = "posterior --model softmax --ridge 1 --dataset ";
  ExpectRefusal(run + folder.Write("cut-images.gz", "\x1f\x8b\x08"), 2, "cut short");
  ExpectRefusal(run + folder.Write("bad-images.gz", "\x1f\x8b\x08 but then nonsense"), 2, "gzip");
  const std::string huge = {0, 0, 8, 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  ExpectRefusal(run + folder.Write("huge-images", huge), 2, "overflow");
  const std::string tiny = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7};
  ExpectRefusal(run + folder.Write("t-images", tiny), 2, "give their file by --labels");
  ExpectRefusal(run + folder.Write("pictures", tiny), 2, "--labels");
}

TEST(DatasetCommandOnData, OptdigitsTestRows) {
  const auto path = testing::SharedFile("optdigits.tra");
  if (!path) GTEST_SKIP() << "optdigits.tra is not there (ADAMSDE_SHARED_DATA names its folder)";
  const auto json =
      RunJson("posterior --model softmax --ridge 1e-2 --test-rows 500 --dataset " + path->string());
  EXPECT_EQ(json["dimension"], 585);
  EXPECT_GT(json["data"]["test"]["accuracy"].get<double>(), 0.95);
  EXPECT_LT(json["data"]["test"]["accuracy"].get<double>(),
            json["data"]["train"]["accuracy"].get<double>());
}

TEST(DatasetCommand, ProblemShowDescribesTheTable) {
  const TemporaryFolder folder;
  const std::string table =
      folder.Write("t.csv",
                   "size,dead,kind\n1,4,ant\n2,4,bee\n3,4,cat\n2.5,4,ant\n1.5,4,bee\n2.2,4,cat\n"
                   "0.5,4,ant\n3.5,4,cat\n");
  const std::string show = "problem show --model softmax --ridge 0.1 --dataset " + table;
  const Outcome text = RunProgram(show + " --test-rows 2");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("# 6 rows to train, 2 to test; 2 features and the intercept, "
                                  "target 'kind'; d = 6\n"));
  EXPECT_THAT(text.out, HasSubstr("# classes (rows to train, to test): ant (2, 1) bee (2, 0) cat "
                                  "(2, 1)\n# constant columns: dead\n"));
  EXPECT_THAT(text.out, HasSubstr("# test rows at x*: loss "));
  EXPECT_THAT(text.out, HasSubstr("\nridge = 0.1\n")) << "still TOML";
  const auto json = RunJson(show + " --test-rows 2");
  const auto posterior =
      RunJson("posterior --model softmax --ridge 0.1 --test-rows 2 --dataset " + table);
  EXPECT_EQ(json["layout"]["at_minimizer"]["test"], posterior["data"]["test"]);
  EXPECT_FALSE(RunJson(show)["layout"].contains("at_minimizer")) << "nothing to test on";
  EXPECT_FALSE(RunJson("problem show quickstart").contains("layout"));
}

TEST(DatasetCommand, HashTellsRepeatedRowsFromOnes) {
  const TemporaryFolder folder;
  const std::string rows = "1,0.5,2\n0.3,1,1\n-1,0.2,0\n0.7,-1,1\n";
  const auto hash = [&](const std::string& text) {
    return RunJson("posterior --model least-squares --ridge 0.1 --dataset " +
                   folder.Write("d.csv", text))["problem_hash"];
  };
  EXPECT_EQ(hash(rows), hash(rows));
  EXPECT_NE(hash(rows), hash(rows + rows)) << "the same hessian, another number of samples";
}

}  // namespace
}  // namespace adamsde
