// Every command as a user runs it: reports, result.json and files, exit codes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <vector>

#include "cli/io/matrix.h"
#include "cli/io/npy.h"
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

TEST(Posterior, JsonHasTheContractsNames) {
  const Json json = RunJson("posterior");
  ExpectCommonKeys(json, "posterior");
  EXPECT_EQ(json["dimension"], 10);
  EXPECT_EQ(json["options"]["learning-rate"], 0.02) << "from the problem's TOML";
  EXPECT_EQ(json["options"]["time-step"], 0.02) << "the learning rate, resolved";
  for (const char* const key : {"slowest_rate", "fastest_rate", "trace", "log_det", "mean_norm"}) {
    EXPECT_TRUE(json["stationary"][key].is_number()) << key;
  }
  for (const char* const key :
       {"time_step", "max_time_step", "trace", "log_det", "relative_bias"}) {
    EXPECT_TRUE(json["euler_maruyama"][key].is_number()) << key;
  }
  EXPECT_EQ(json["euler_maruyama"]["stable"], true);
  EXPECT_TRUE(json["momentum"]["log_det"].is_number());
  EXPECT_LT(json["paper"]["relative_error"].get<double>(), 1e-12);
  for (const char* const convention : {"derived", "printed", "literal"}) {
    const Json& bound = json["bound"][convention];
    const double radicand = bound["err"].get<double>() + bound["c0"].get<double>();
    EXPECT_NEAR(bound["phi"].get<double>(), std::sqrt(8 * radicand / 50000), 1e-14);
  }
  EXPECT_GE(json["bound"]["derived"]["err"].get<double>(), 10) << "err >= d";
  EXPECT_GT(json["risk"].get<double>(), 0);
}

TEST(Posterior, WritesItsFiles) {
  const TemporaryFolder folder;
  const Outcome outcome = RunProgram("posterior --out " + (folder / "a/b"));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Phi derived"));
  const Json json = Json::parse(ReadAll(folder / "a/b/result.json"));
  for (const char* const name : {"mean.npy", "covariance.npy", "covariance_euler_maruyama.npy",
                                 "covariance_momentum.npy", "covariance_paper.npy"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / (std::string("a/b/") + name))) << name;
    EXPECT_NE(std::find(json["files"].begin(), json["files"].end(), name), json["files"].end());
  }
  const Eigen::MatrixXd m = ReadNpy(folder / "a/b/covariance.npy").values;
  EXPECT_EQ(m, m.transpose());
  EXPECT_NEAR(m.trace(), json["stationary"]["trace"].get<double>(), 1e-18);
}

TEST(Posterior, ReportsWhatDoesNotExistAndExitsZero) {
  const TemporaryFolder folder;
  const Json unstable = RunJson("posterior --time-step 0.4");
  EXPECT_EQ(unstable["euler_maruyama"]["stable"], false);
  EXPECT_TRUE(unstable["euler_maruyama"]["trace"].is_null());
  EXPECT_THAT(unstable["euler_maruyama"]["trace_reason"].get<std::string>(), HasSubstr("0.32268"));
  const std::string singular = folder.Write("h.csv", "1,1\n1,1\n");
  const Json infinite = RunJson("posterior --hessian " + singular);
  EXPECT_TRUE(infinite["bound"]["kl"].is_null());
  EXPECT_THAT(infinite["bound"]["kl_reason"].get<std::string>(), HasSubstr("singular"));
  const Json range = RunJson("posterior --range-only --hessian " + singular);
  EXPECT_EQ(range["bound"]["rank"], 1);
  EXPECT_TRUE(range["bound"]["kl"].is_number());
}

TEST(Posterior, SaysHowManyDigitsAreRight) {
  const Json json = RunJson("posterior");
  for (const char* const law : {"stationary", "euler_maruyama", "momentum", "paper"}) {
    EXPECT_GT(json[law]["digits"].get<double>(), 10) << law;
    EXPECT_GT(json[law]["log_det_digits"].get<double>(), 10) << law;
  }
  EXPECT_GT(json["bound"]["digits"].get<double>(), 10);
  EXPECT_GT(json["bound"]["derived"]["digits"].get<double>(), 10);
  EXPECT_GT(json["risk_digits"].get<double>(), 10);
  EXPECT_FALSE(json.contains("warnings"));
  // Rates 1e-14 and 2, and a noise that is not H/b: the slow direction is all rounding.
  const TemporaryFolder folder;
  const std::string command = "posterior --weight-decay 0 --hessian " +
                              folder.Write("h.csv", "1,1\n1,1.00000000000002\n") +
                              " --gradient-noise " + folder.Write("c.csv", "1,0\n0,1\n");
  const Json near_singular = RunJson(command);
  EXPECT_LT(near_singular["stationary"]["digits"].get<double>(), 1.5);
  EXPECT_THAT(near_singular["warnings"].dump(), HasSubstr("stationary.trace has about 0 right"));
  EXPECT_THAT(RunProgram(command).out, HasSubstr("warning: stationary.trace has about 0 right"));
}

TEST(Posterior, GeneralSde) {
  const TemporaryFolder folder;
  const Json json =
      RunJson("posterior --time-step 0.1 --drift " + folder.Write("a.csv", "1,3\n-3,1\n") +
              " --diffusion " + folder.Write("b.csv", "1,0\n0,1\n") + " --center " +
              folder.Write("c.csv", "3,4\n"));
  EXPECT_NEAR(json["stationary"]["trace"].get<double>(), 1, 1e-14);
  EXPECT_NEAR(json["stationary"]["mean_norm"].get<double>(), 5, 1e-14);
  EXPECT_NEAR(json["euler_maruyama"]["max_time_step"].get<double>(), 0.2, 1e-14);
  EXPECT_NEAR(json["euler_maruyama"]["trace"].get<double>(), 2, 1e-13);
  for (const char* const key : {"momentum", "paper", "bound", "risk"}) {
    EXPECT_TRUE(json[key].is_null());
    EXPECT_TRUE(json[std::string(key) + "_reason"].is_string());
  }
}

TEST(Posterior, PrecedenceIsFlagThenConfigThenProblemThenDefault) {
  const TemporaryFolder folder;
  const std::string config = folder.Write("c.toml", "weight-decay = 0.5\nlearning-rate = 0.03\n");
  const Json json = RunJson("posterior --config " + config + " --learning-rate 0.04");
  EXPECT_EQ(json["options"]["learning-rate"], 0.04);
  EXPECT_EQ(json["options"]["weight-decay"], 0.5);
  EXPECT_EQ(json["options"]["batch-size"], 128);
  EXPECT_EQ(RunJson("posterior")["options"]["weight-decay"], 0.1);
}

TEST(Options, WholeNumbersAreDecimal) {
  for (const char* const seed : {"010", "10", "0000010"}) {
    EXPECT_EQ(RunJson(std::string("posterior --seed ") + seed)["options"]["seed"], 10) << seed;
  }
  EXPECT_EQ(RunJson("posterior --seed 18446744073709551615")["options"]["seed"],
            18446744073709551615U);
  EXPECT_EQ(RunJson("posterior --weight-decay 01")["options"]["weight-decay"], 1);
}

TEST(Check, QuickstartGetsItsVerdicts) {
  const Json json = RunJson("check");
  ExpectCommonKeys(json, "check");
  std::map<std::string, Json> claims;
  for (const Json& claim : json["claims"]) claims[claim["id"]] = claim;
  const std::map<std::string, std::string> expected = {{"L5-cov", "HOLDS"},
                                                       {"L5-mean", "FAILS"},
                                                       {"L5-decay", "HOLDS"},
                                                       {"L2-cov", "FAILS"},
                                                       {"adam-eq", "HOLDS"},
                                                       {"T6-kl-derived", "HOLDS"},
                                                       {"T6-kl-printed", "FAILS"},
                                                       {"T6-kl-literal", "FAILS"},
                                                       {"C3-eq", "HOLDS"},
                                                       {"sde-step", "HOLDS"},
                                                       {"surrogate", "HOLDS"},
                                                       {"C3-order", "HOLDS"},
                                                       {"no-momentum", "HOLDS"},
                                                       {"A4-a", "HOLDS"},
                                                       {"A4-b", "HOLDS"},
                                                       {"A4-c", "FAILS"},
                                                       {"C1", "HOLDS"},
                                                       {"T1", "NOT APPLICABLE"},
                                                       {"T2", "NOT APPLICABLE"},
                                                       {"T3", "NOT APPLICABLE"},
                                                       {"T4", "NOT APPLICABLE"}};
  EXPECT_EQ(claims.size(), expected.size());
  for (const auto& [id, verdict] : expected) EXPECT_EQ(claims[id]["verdict"], verdict) << id;
  EXPECT_THAT(claims["L5-mean"]["detail"].get<std::string>(), HasSubstr("the shift is 1.02396"));
  EXPECT_THAT(claims["L2-cov"]["detail"].get<std::string>(), HasSubstr("asymmetry"));
  EXPECT_LT(claims["L2-cov"]["p_value"].get<double>(), 1e-6) << "the sample sees it too";
  EXPECT_THAT(RunProgram("check").out, HasSubstr("family-wise"));
  EXPECT_THAT(claims["T3"]["detail"].get<std::string>(), HasSubstr("converge --theorem 3"));
}

TEST(Check, ThresholdsAreAdjustable) {
  const Json json = RunJson("check --approximation-tolerance 0.01 --order-tolerance 0.3");
  for (const Json& claim : json["claims"]) {
    if (claim["id"] == "no-momentum" || claim["id"] == "C3-order") {
      EXPECT_EQ(claim["verdict"], "FAILS") << claim["id"];
      EXPECT_EQ(claim["threshold"], claim["id"] == "C3-order" ? 0.3 : 0.01);
    }
  }
}

TEST(Bound, ProblemSpectrumAndAlternatives) {
  const TemporaryFolder folder;
  const Json json = RunJson("bound --empirical-risk 0.1");
  ExpectCommonKeys(json, "bound");
  EXPECT_GT(json["alternatives"]["seeger"].get<double>(), 0.1);
  EXPECT_LE(json["alternatives"]["seeger"].get<double>(),
            json["alternatives"]["maurer"].get<double>());
  EXPECT_TRUE(json["corollary3"]["adamw"]["err"].is_number());
  const Json spectrum = RunJson("bound --dimension 1000 --spectrum " +
                                folder.Write("s.csv", "eig,wt\n1,0.25\n4,0.75\n"));
  EXPECT_EQ(spectrum["dimension"], 1000);
  EXPECT_TRUE(spectrum["bound"].is_null());
  const auto h = [](double x) { return std::log(x) + 1 / x; };
  const double scale = 2 * 128 / 1e-3;
  EXPECT_NEAR(spectrum["corollary3"]["adamw"]["err_per_parameter"].get<double>(),
              0.25 * h(scale * 1.01) + 0.75 * h(scale * 2.01), 1e-12);
  EXPECT_NEAR(spectrum["corollary3"]["l2_adam"]["err_per_parameter"].get<double>(),
              0.25 * h(scale * 1.01) + 0.75 * h(scale * 2.005), 1e-12);
}

TEST(Sweep, MinimaAndCsv) {
  const TemporaryFolder folder;
  const Outcome outcome = RunProgram("sweep --out " + (folder / "o"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json json = Json::parse(ReadAll(folder / "o/result.json"));
  ExpectCommonKeys(json, "sweep");
  EXPECT_EQ(json["minimum"]["err"]["lambda"], 0.0);
  EXPECT_EQ(json["interior"], false);
  EXPECT_GT(json["criterion"].get<double>(), 0);
  for (const char* const name : {"err", "phi", "risk_plus_phi"}) {
    const Json& minimum = json["minimum"][name];
    EXPECT_EQ(minimum["certified"], true) << name;
    EXPECT_EQ(minimum["global"], true) << name;
    EXPECT_LE(minimum["lower_bound"].get<double>(), minimum["value"].get<double>());
    EXPECT_GE(minimum["lower_bound"].get<double>(), (1 - 1.1e-9) * minimum["value"].get<double>());
  }
  EXPECT_THAT(outcome.out, HasSubstr("certified: nothing below"));
  const Json rotating = RunJson("sweep --optimizer l2-adam --points 30");
  EXPECT_EQ(rotating["minimum"]["phi"]["certified"], false);
  EXPECT_TRUE(rotating["minimum"]["phi"]["lower_bound"].is_null());
  EXPECT_TRUE(rotating["minimum"]["phi"]["lower_bound_reason"].is_string());
  const std::string csv = ReadAll(folder / "o/sweep.csv");
  EXPECT_THAT(csv, ::testing::StartsWith("lambda,err,phi_derived,phi_printed,phi_literal,risk,"
                                         "risk_plus_phi,trace,log_det\n0,"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 122);
  // The refined minimum is below every point of the grid.
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::vector<double> values;
    for (std::string field; std::getline(fields, field, ',');) values.push_back(std::stod(field));
    EXPECT_GE(values[2], json["minimum"]["phi"]["value"].get<double>());
    EXPECT_GE(values[6], json["minimum"]["risk_plus_phi"]["value"].get<double>());
  }
}

TEST(Sweep, ARefusedOneLeavesAnEarlierResult) {
  const TemporaryFolder folder;
  const std::string out = " --out " + (folder / "out");
  ASSERT_EQ(RunProgram("posterior" + out).code, 0);
  EXPECT_EQ(RunProgram("sweep --points 2" + out).code, 2);
  EXPECT_TRUE(std::filesystem::exists(folder / "out/result.json"));
}

TEST(Warnings, DigitsThatMeanNothing) {
  // Hilbert's matrix of order 12 has condition 1.6e16.
  std::string rows;
  for (int i = 0; i < 12; ++i) {
    for (int j = 0; j < 12; ++j)
      rows += fmt::format("{}{:.17g}", j == 0 ? "" : ",", 1.0 / (i + j + 1));
    rows += "\n";
  }
  const TemporaryFolder folder;
  const std::string hessian = " --hessian " + folder.Write("h.csv", rows);
  const auto warnings = [&](const std::string& command) {
    return RunJson(command + hessian).value("warnings", Json::array()).dump();
  };
  EXPECT_THAT(warnings("spectrum"), HasSubstr("exact.log_det"));
  EXPECT_THAT(warnings("bound --weight-decay 0.1 --range-only"), HasSubstr("corollary3.l2_adam.err"));
  EXPECT_THAT(warnings("sweep --optimizer l2-adam --lambda-min 1e-14 --lambda-max 1 --points 5"),
              HasSubstr("KL at lambda = 1e-14"));
  EXPECT_FALSE(RunJson("sweep --optimizer l2-adam --points 5").contains("warnings"));
}

TEST(Problem, ListShowExportRoundTrip) {
  const TemporaryFolder folder;
  EXPECT_THAT(RunProgram("problem list").out, HasSubstr("quickstart"));
  for (const char* const name : {"quickstart", "longley"}) {
    const Outcome shown = RunProgram(std::string("problem show ") + name);
    EXPECT_EQ(shown.code, 0);
    ASSERT_EQ(
        RunProgram(std::string("problem export ") + name + " --out " + folder.Path().string()).code,
        0);
    Json original = RunJson(std::string("posterior --problem ") + name);
    Json exported = RunJson("posterior --problem " + (folder / (std::string(name) + ".toml")));
    for (Json* const json : {&original, &exported}) {
      json->erase("seconds");
      json->erase("command");  // names the problem
      for (const char* const key : {"problem", "dataset", "hessian", "minimizer"}) {
        (*json)["options"].erase(key);
      }
    }
    EXPECT_EQ(original, exported) << name;
  }
  // A problem of the user's own, in another folder, keeps its files.
  folder.Write("h.csv", "2,1\n1,2\n");
  const std::string mine = folder.Write("mine.toml", "hessian = \"h.csv\"\nweight-decay = 0.3\n");
  ASSERT_EQ(RunProgram("problem export " + mine + " --out " + (folder / "copy")).code, 0);
  EXPECT_EQ(RunJson("posterior --problem " + (folder / "copy/mine.toml"))["stationary"],
            RunJson("posterior --problem " + mine)["stationary"]);
  EXPECT_EQ(RunProgram("problem export quickstart").code, 2);
  EXPECT_EQ(RunProgram("problem show nothing").code, 2);
}

TEST(Help, VersionAndDumpedConfigurations) {
  EXPECT_THAT(RunProgram("--help").out, HasSubstr("--learning-rate"));
  EXPECT_THAT(RunProgram("simulate --help").out, HasSubstr("--target-error"));
  const Outcome version = RunProgram("--version");
  EXPECT_EQ(version.code, 0);
  for (const char* const fact : {"adamsde 0.", "\ncompiler: ", "\nflags: ", "\ninstruction set: ",
                                 "\nBLAS: OpenBLAS", "\nMPI: ", "\nHDF5: "}) {
    EXPECT_THAT(version.out, HasSubstr(fact));
  }
  const TemporaryFolder folder;
  const Outcome dumped = RunProgram("posterior --weight-decay 0.7 --dump-config");
  EXPECT_EQ(dumped.code, 0);
  const Json json = RunJson("posterior --config " + folder.Write("c.toml", dumped.out));
  EXPECT_EQ(json["options"]["weight-decay"], 0.7);
}

TEST(Files, HessianInEveryFormatIsTheSameProblem) {
  const TemporaryFolder folder;
  Eigen::Matrix2d h;
  h << 2, 0.5, 0.5, 1;
  WriteNpy(folder / "h.npy", Eigen::MatrixXd(h));
  folder.Write("h.csv", "2,0.5\n0.5,1\n");
  folder.Write("h.mtx",
               "%%MatrixMarket matrix coordinate real symmetric\n2 2 3\n1 1 2\n2 1 0.5\n2 2 1\n");
  const Json npy = RunJson("posterior --hessian " + (folder / "h.npy"))["stationary"];
  EXPECT_EQ(RunJson("posterior --hessian " + (folder / "h.csv"))["stationary"], npy);
  EXPECT_EQ(RunJson("posterior --hessian " + (folder / "h.mtx"))["stationary"], npy);
}

}  // namespace
}  // namespace adamsde
