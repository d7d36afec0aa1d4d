// sweep and bound on spectra, maps, and bounds chosen from grids, as a user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/json_runs.h"

namespace adamsde {
namespace {

using ::testing::HasSubstr;
using testing::Outcome;
using testing::ReadAll;
using testing::RunJson;
using testing::RunProgram;
using testing::TemporaryFolder;
using Json = nlohmann::json;

TEST(SweepSpectrumCommand, MinimizesErrOfCorollary3) {
  const TemporaryFolder folder;
  const std::string file =
      folder.Write("s.csv", "run,k,eig,weight\n0,0,1,0.25\n0,1,4,0.75\n1,0,2,1\n");
  const std::string command = "sweep --prior-variance 1e-6 --dimension 1000 --spectrum " + file;
  const Json json = RunJson(command + " --out " + (folder / "o"));
  EXPECT_EQ(json["minimum"]["err"]["certified"], true);
  EXPECT_EQ(json["interior"], true);
  EXPECT_TRUE(json["minimum"]["phi"]["value"].is_null());
  EXPECT_TRUE(json["minimum"]["phi"]["value_reason"].is_string());
  const double lambda = json["minimum"]["err"]["lambda"];
  EXPECT_THAT(ReadAll(folder / "o/sweep.csv"), HasSubstr("nan"));
  // bound at that λ agrees.
  const Json bound = RunJson("bound --prior-variance 1e-6 --dimension 1000 --weight-decay " +
                             std::to_string(lambda) + " --spectrum " + file);
  EXPECT_NEAR(bound["corollary3"]["adamw"]["err"].get<double>(),
              json["minimum"]["err"]["value"].get<double>(), 1e-6);
  EXPECT_EQ(bound["corollary3"]["runs"], 2);
  EXPECT_GT(bound["corollary3"]["adamw"]["err_stderr"].get<double>(), 0);
  EXPECT_EQ(RunJson(command + " --optimizer l2-adam")["minimum"]["err"]["certified"], true);
  EXPECT_EQ(RunProgram(command + " --map prior-variance --map-min 1 --map-max 2").code, 2);
  EXPECT_EQ(RunProgram(command + " --negative reject --floor -1").code, 2);
}

TEST(SweepMapCommand, TableMinimaAndBoundary) {
  const TemporaryFolder folder;
  const Outcome outcome = RunProgram(
      "sweep --points 20 --map prior-variance --map-min 1e-8 --map-max 1 --map-points 5 --out " +
      (folder / "o"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("lambda* of err leaves 0 between prior-variance ="));
  const std::string csv = ReadAll(folder / "o/sweep_map.csv");
  EXPECT_THAT(csv, ::testing::StartsWith("prior-variance,lambda,err,phi\n1e-08,0,"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 101);
  const Json json = Json::parse(ReadAll(folder / "o/result.json"));
  EXPECT_EQ(json["map"]["parameter"], "prior-variance");
  EXPECT_EQ(json["map"]["minima"].size(), 5U);
  ASSERT_EQ(json["map"]["boundaries"].size(), 1U);
  // On either side of the boundary sweep itself sees the change.
  const double rho = json["map"]["boundaries"][0]["at_zero"];
  const auto interior = [](double r) {
    return RunJson("sweep --points 5 --prior-variance " + nlohmann::json(r).dump())["interior"];
  };
  EXPECT_EQ(interior(rho * 1.01), false);
  EXPECT_EQ(interior(rho / 1.01), true);
}

TEST(SweepMapCommand, RebuiltWhereThePreconditionerFollowsTheParameter) {
  const Json json = RunJson(
      "sweep --points 5 --preconditioner minibatch --map batch-size --map-min 16 --map-max 64 "
      "--map-points 3");
  const Json direct = RunJson("sweep --points 5 --preconditioner minibatch --batch-size 64");
  EXPECT_EQ(json["map"]["minima"][2]["value"], 64);
  EXPECT_NEAR(json["map"]["minima"][2]["phi"].get<double>(),
              direct["minimum"]["phi"]["value"].get<double>(), 1e-12);
}

TEST(SweepMapCommand, Refusals) {
  for (const auto& [arguments, part] :
       {std::pair{"--map lerning-rate --map-min 1 --map-max 2", "did you mean 'learning-rate'"},
        std::pair{"--map num-samples", "map range [0, 0]"},
        std::pair{"--map num-samples --map-min 1 --map-max 2 --map-points 1", "map-points = 1"},
        std::pair{"--optimizer l2-adam --map num-samples --map-min 1 --map-max 2", "rotates"}}) {
    const Outcome outcome = RunProgram(std::string("sweep --points 3 ") + arguments);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(part));
  }
}

TEST(BoundCommand, GridsPayTheirPrice) {
  const Json plain = RunJson("bound --empirical-risk 0.1");
  const Json grid =
      RunJson("bound --empirical-risk 0.1 --catoni-grid 0.05:2:9 --prior-variance-grid 0.01:10:7");
  EXPECT_EQ(grid["prior_variance_grid"]["count"], 7);
  EXPECT_NEAR(grid["prior_variance_grid"]["failure_probability_each"].get<double>(), 0.05 / 7,
              1e-15);
  const double chosen = grid["prior_variance_grid"]["chosen"];
  const Json fixed = RunJson("bound --empirical-risk 0.1 --failure-probability " +
                             nlohmann::json(0.05 / 7).dump() + " --prior-variance " +
                             nlohmann::json(chosen).dump());
  EXPECT_EQ(grid["alternatives"]["seeger"], fixed["alternatives"]["seeger"]);
  EXPECT_LT(grid["bound"]["kl"].get<double>(), plain["bound"]["kl"].get<double>());
  EXPECT_EQ(grid["alternatives"]["catoni_grid"]["count"], 9);
  const Outcome report = RunProgram("bound --empirical-risk 0.1");
  EXPECT_THAT(report.out, HasSubstr("fixed before the data were seen"));
  for (const char* const bad : {"1", "1:2", "0:1:3", "2:1:3", "1:2:0", "1:2:1.5", "a:b:c"}) {
    const Outcome outcome = RunProgram(std::string("bound --prior-variance-grid ") + bad);
    EXPECT_EQ(outcome.code, 2) << bad;
    EXPECT_THAT(outcome.err, HasSubstr("prior-variance-grid = '")) << bad;
  }
}

TEST(BoundCommand, RangeOnlyReportsRankAndTolerance) {
  const TemporaryFolder folder;
  const std::string h = folder.Write("h.csv", "1,1\n1,1\n");
  const Outcome outcome = RunProgram("bound --range-only --hessian " + h);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("rank 1 of 2"));
  const Json json = RunJson("bound --range-only --hessian " + h);
  EXPECT_EQ(json["bound"]["rank"], 1);
  EXPECT_EQ(json["bound"]["rank_tolerance"], 2e-15);
  const Json sweep = RunJson("sweep --lambda-min 0.01 --range-only --hessian " + h);
  EXPECT_EQ(sweep["rank"], 1);
  EXPECT_EQ(sweep["minimum"]["phi"]["certified"], true);
}

}  // namespace
}  // namespace adamsde
