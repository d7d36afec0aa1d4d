// `adamsde converge` as a user runs it: result.json, files, messages, exit codes, threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/json_runs.h"

namespace adamsde {
namespace {

using testing::ExpectCommonKeys;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::ReadAll;
using testing::RunJson;
using testing::RunProgram;
using testing::TemporaryFolder;
using Json = nlohmann::json;

Json Find(const Json& json, const std::string& name, const std::string& parameters) {
  for (const Json& i : json["inequalities"]) {
    if (i["name"] == name && i["parameters"] == parameters) return i;
  }
  ADD_FAILURE() << name << " " << parameters;
  return {};
}

TEST(Converge, Theorem2HasTheContractsNames) {
  const Json json = RunJson("converge --theorem 2 --epsilon 0.2");
  ExpectCommonKeys(json, "converge");
  EXPECT_EQ(json["dimension"], 1);
  EXPECT_EQ(json["options"]["batch-size"], 1) << "resolved";
  EXPECT_EQ(json["options"]["loss"], "saturating");
  EXPECT_EQ(json["options"]["delta"], 0.5);
  EXPECT_EQ(json["options"]["decay-schedule"], "second-moment");
  EXPECT_EQ(json["constants"]["smoothness"], 2.0);
  EXPECT_TRUE(json["constants"]["pl_constant"].is_null());
  EXPECT_EQ(json["parameters"].size(), 3U);
  for (const Json& i : json["inequalities"]) {
    for (const char* const key :
         {"name", "left", "left_stderr", "right_print", "right_proof", "ratio", "verdict"}) {
      EXPECT_TRUE(i.contains(key)) << key;
    }
  }
  const Json gradient = Find(json, "gradient", "corrected");
  EXPECT_EQ(gradient["verdict"], "HOLDS");
  EXPECT_NEAR(gradient["right_proof"].get<double>(), 0.04, 1e-15);
  EXPECT_GT(gradient["left_stderr"].get<double>(), 0);
  EXPECT_EQ(Find(json, "move-weighted", "corrected")["verdict"], "FAILS");
  EXPECT_EQ(json["complexity"].size(), 8U);
}

TEST(Converge, SameBytesForAnyThreads) {
  const TemporaryFolder folder;
  std::vector<Json> results;
  for (const char* const threads : {"1", "2", "5"}) {
    const std::string out = folder / threads;
    const Outcome outcome = RunProgram(std::string("converge --theorem 2 --epsilon 0.3 --runs 150 "
                                                   "--dimension 3 --threads ") +
                                       threads + " --out " + out);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    Json json = Json::parse(ReadAll(out + "/result.json"));
    json.erase("seconds");
    json["options"].erase("threads");
    json["options"].erase("out");
    results.push_back(json);
    EXPECT_EQ(ReadAll(out + "/trajectory.csv"), ReadAll(folder / "1/trajectory.csv"));
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
  const std::string csv = ReadAll(folder / "1/trajectory.csv");
  EXPECT_THAT(csv, ::testing::StartsWith(
                       "run,iteration,surrogate_gradient,surrogate_gradient_stderr,move"));
  EXPECT_THAT(csv, HasSubstr("\ncorrected,0,"));
  EXPECT_GT(std::count(csv.begin(), csv.end(), '\n'), 200);
}

TEST(Converge, Theorems1And3And4AndTheSurrogate) {
  const Json one = RunJson("converge --theorem 1 --horizons 10,100,1000 --runs 256");
  EXPECT_EQ(one["slopes"].size(), 4U);
  EXPECT_EQ(Find(one, "horizon-1000", "adamw")["verdict"], "HOLDS");
  const Json shifted = RunJson("converge --theorem 1 --horizons 100 --runs 64 --target-mean 1");
  EXPECT_EQ(Find(shifted, "horizon-100", "adamw")["verdict"], "FAILS");
  const Json three = RunJson("converge --theorem 3 --epsilon 0.2");
  EXPECT_EQ(Find(three, "weighted-gradient", "corrected")["verdict"], "HOLDS");
  for (const char* const rate : {"constant", "decaying"}) {
    const Json four = RunJson(std::string("converge --theorem 4 --epsilon 2 --rate ") + rate);
    EXPECT_EQ(Find(four, "stage-1-gap", "corrected")["verdict"], "HOLDS");
    EXPECT_EQ(four["stage_sums"]["with_log"], 10);
  }
  const TemporaryFolder folder;
  const Outcome surrogate = RunProgram("converge --surrogate --out " + (folder / "s"));
  EXPECT_EQ(surrogate.code, 0) << surrogate.err;
  EXPECT_THAT(surrogate.out, HasSubstr("from the minimizer of F, "));
  EXPECT_TRUE(std::filesystem::exists(folder / "s/limit.npy"));
  const Json limit = Json::parse(ReadAll(folder / "s/result.json"))["limit"];
  EXPECT_LT(limit["to_surrogate_minimizer"].get<double>(),
            0.1 * limit["to_minimizer"].get<double>());
}

TEST(Converge, Complexity) {
  const Json measured = RunJson("converge --complexity --epsilon 0.15");
  EXPECT_NEAR(measured["complexity"][0]["exponent"].get<double>(), 4, 0.3);
  EXPECT_TRUE(measured["complexity"][7]["measured_iterations"].is_null());
  const Json given = RunJson(
      "converge --complexity --smoothness 10 --gradient-bound 3 --noise-variance 2 --gap0 5");
  EXPECT_TRUE(given["complexity"][0]["measured_iterations"].is_null());
  EXPECT_EQ(given["constants"]["gap0"], 5.0);
}

TEST(Converge, LossesOnData) {
  const TemporaryFolder folder;
  std::string table = "a,b,y\n";
  for (int i = 0; i < 40; ++i) {
    const double a = (i * 7 % 11) / 5.0 - 1;
    const double b = (i * 5 % 13) / 6.0 - 1;
    table += std::to_string(a) + "," + std::to_string(b) + "," +
             std::to_string(a + b + (i % 3 - 1) > 0 ? 1 : 0) + "\n";
  }
  const std::string data = folder.Write("t.csv", table);
  for (const char* const model : {"logistic --ridge 0.1", "least-squares"}) {
    const Json json = RunJson("converge --theorem 2 --epsilon 0.5 --runs 8 --dataset " + data +
                              " --decay-schedule constant --model " + model);
    EXPECT_EQ(json["dimension"], 3);
    EXPECT_EQ(json["options"]["loss"], "dataset");
    EXPECT_EQ(Find(json, "gradient", "corrected")["verdict"], "HOLDS") << model;
  }
}

TEST(Converge, ReportsDivergenceAsAVerdict) {
  // The printed rate has eta lambda > 2: every step multiplies x.
  const Json json = RunJson(
      "converge --theorem 2 --initial-value 0.1 --weight-decay 500 --decay-schedule constant "
      "--epsilon 0.3 --runs 4");
  EXPECT_EQ(Find(json, "gradient", "printed")["verdict"], "FAILS");
  EXPECT_EQ(Find(json, "gradient", "corrected")["verdict"], "HOLDS");
}

struct BadCase {
  const char* arguments;
  int code;
  const char* message;
};

TEST(Converge, BadInputIsOneClearLine) {
  for (const BadCase& c : std::initializer_list<BadCase>{
           {"", 2, "exactly one of --theorem"},
           {"--theorem 2 --complexity", 2, "exactly one of --theorem"},
           {"--theorem 5", 2, "theorem = '5' is not known"},
           {"--theorem 2 --loss saturatin", 2, "did you mean 'saturating'?"},
           {"--theorem 2 --epsilon 0", 2, "epsilon = 0"},
           {"--theorem 2 --epsilon 0.001", 2, "use --epsilon"},
           {"--theorem 2 --beta2 0.9", 2, "beta2*c_inf^2"},
           {"--theorem 2 --runs 1", 2, "runs = 1"},
           {"--theorem 2 --noise gausian", 2, "did you mean 'gaussian'?"},
           {"--theorem 2 --convention-optimizer pytorch", 2, "is not for converge"},
           {"--theorem 2 --noise-scale -1", 2, "noise-scale = -1"},
           {"--theorem 2 --smoothness 1", 2, "smoothness = 1"},
           {"--theorem 2 --decay-schedule x", 2, "decay-schedule = 'x'"},
           {"--theorem 2 --loss dataset", 2, "needs a --dataset"},
           {"--theorem 4 --rate slow", 2, "rate = 'slow'"},
           {"--theorem 4 --pl-constant 0.3", 2, "pl-constant = 0.3"},
           {"--theorem 4 --loss saturating", 3, "no mu"},
           {"--theorem 4 --loss rank-deficient --weight-decay 0.1", 3, "--weight-decay 0"},
           {"--theorem 1 --horizons 10,x", 2, "horizons = '10,x'"},
           {"--theorem 1 --horizons 2", 2, "k >= 3"},
           {"--theorem 1 --loss pl --dimension 2", 2, "one dimension"},
           {"--surrogate --learning-rate 100", 3, "diverged"}}) {
    const Outcome outcome = RunProgram(std::string("converge ") + c.arguments);
    EXPECT_EQ(outcome.code, c.code) << c.arguments << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(c.message)) << c.arguments;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.out, "") << c.arguments;
  }
}

}  // namespace
}  // namespace adamsde
