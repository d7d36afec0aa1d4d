// `simulate` as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Simulate, JsonHasTheContractsNamesAndTheSampleAgrees) {
  for (const char* const scheme : {"euler-maruyama", "modal", "leap", "exact", "auto"}) {
    for (const char* const optimizer : {"adamw", "l2-adam"}) {
      const Json json = RunJson(std::string("simulate --target-error 0.03 --scheme ") + scheme +
                                " --optimizer " + optimizer);
      ExpectCommonKeys(json, "simulate");
      const Json& sample = json["sample"];
      for (const char* const key :
           {"chains", "steps", "records", "burn_in", "relative_error", "expected_relative_error",
            "max_abs_z", "p_value", "mean_p_value", "ess", "r_hat", "diverged"}) {
        EXPECT_TRUE(sample[key].is_number()) << key;
      }
      EXPECT_LE(sample["expected_relative_error"].get<double>(), 0.03);
      EXPECT_LT(sample["relative_error"].get<double>(), 0.09);
      // 10 runs, 2 p-values each.
      EXPECT_GT(sample["p_value"].get<double>(), 1e-3 / 20) << scheme << optimizer;
      EXPECT_GT(sample["mean_p_value"].get<double>(), 1e-3 / 20) << scheme << optimizer;
      EXPECT_LT(sample["r_hat"].get<double>(), 1.05);
      EXPECT_TRUE(json["bound"]["derived"]["phi"].is_number());
    }
  }
}

/// result.json without what may differ between runs.
Json Comparable(const std::filesystem::path& path) {
  Json json = Json::parse(ReadAll(path));
  json.erase("seconds");
  json.erase("command");  // names --samples
  json["options"].erase("threads");
  json["options"].erase("out");
  json["options"].erase("samples");
  json.erase("files");
  return json;
}

TEST(Simulate, ThreadsDoNotChangeAByte) {
  const TemporaryFolder folder;
  for (const char* const scheme : {"euler-maruyama", "modal", "leap"}) {
    const std::string common = std::string("simulate --target-error 0.05 --scheme ") + scheme;
    for (const char* const threads : {"1", "2"}) {
      ASSERT_EQ(RunProgram(common + " --threads " + threads + " --out " + (folder / threads) +
                           " --samples " + (folder / (std::string(threads) + ".npy")))
                    .code,
                0);
    }
    for (const char* const file : {"mean.npy", "covariance.npy", "sample_mean.npy",
                                   "sample_covariance.npy", "sample_covariance_stderr.npy"}) {
      EXPECT_EQ(ReadAll(folder / (std::string("1/") + file)),
                ReadAll(folder / (std::string("2/") + file)))
          << file;
    }
    EXPECT_EQ(ReadAll(folder / "1.npy"), ReadAll(folder / "2.npy"));
    EXPECT_EQ(Comparable(folder / "1/result.json"), Comparable(folder / "2/result.json"));
  }
}

TEST(Simulate, SamplesAreTheRecordsBehindTheMoments) {
  const TemporaryFolder folder;
  for (const char* const scheme : {"euler-maruyama", "modal"}) {
    const std::string samples = folder / "s.npy";
    const Outcome outcome = RunProgram(
        "simulate --chains 40 --replicates 4 --steps 60 --record-every 20 --burn-in 5 --scheme " +
        std::string(scheme) + " --samples " + samples + " --out " + (folder / "out"));
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const std::string bytes = ReadAll(samples);
    EXPECT_THAT(bytes.substr(0, 128), HasSubstr("'shape': (40, 3, 10)"));
    ASSERT_EQ(bytes.size(), 128U + 40 * 3 * 10 * 8);
    const Eigen::Map<const Eigen::MatrixXd> states(
        reinterpret_cast<const double*>(bytes.data() + 128), 10, 120);
    const Eigen::VectorXd mean = ReadNpy(folder / "out/sample_mean.npy").values;
    EXPECT_LE((states.rowwise().mean() - mean).norm(), 1e-13);
    const Eigen::MatrixXd centred = states.colwise() - mean;
    const Eigen::MatrixXd covariance = ReadNpy(folder / "out/sample_covariance.npy").values;
    EXPECT_LE((centred * centred.transpose() / 120 - covariance).norm(), 1e-12 * covariance.norm());
  }
}

TEST(Simulate, PlanOnlyPrintsThePlanAndStops) {
  const Outcome outcome = RunProgram("simulate --plan-only --problem longley --standardize");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("plan: leap"));
  EXPECT_THAT(outcome.out, HasSubstr("leap instead"));
  const Json json = RunJson("simulate --plan-only --target-error 0.1");
  EXPECT_TRUE(json["plan"]["records"].is_number());
  EXPECT_FALSE(json.contains("sample"));
}

TEST(Simulate, OneRecordPerChainHasNoDiagnostics) {
  const Json json = RunJson("simulate --steps 1");
  EXPECT_EQ(json["sample"]["records"], 1);
  EXPECT_EQ(json["sample"]["record_every"], 1) << "capped at steps";
  EXPECT_TRUE(json["sample"]["ess"].is_null());
  EXPECT_TRUE(json["sample"]["r_hat_reason"].is_string());
  EXPECT_GT(json["sample"]["p_value"].get<double>(), 1e-4);
}

TEST(Simulate, SinglePrecisionSaysWhatItCosts) {
  const Json json = RunJson("simulate --precision float --target-error 0.02");
  EXPECT_GT(json["sample"]["p_value"].get<double>(), 1e-4);
  EXPECT_GT(json["sample"]["precision_error"].get<double>(), 0);
  EXPECT_LT(json["sample"]["precision_error"].get<double>(), 1e-6);
  EXPECT_THAT(RunProgram("simulate --precision float --plan-only").out,
              HasSubstr("single precision: relative error of the covariance below"));
  const Outcome unknown = RunProgram("simulate --precision half");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("precision = 'half' is not known"));
}

TEST(Simulate, InitialStatesAreForgottenByTheBurnIn) {
  const TemporaryFolder folder;
  const std::string far = folder.Write("far.csv", "9,9,9,9,9,9,9,9,9,9\n");
  const std::string common = "simulate --target-error 0.05 --initial " + far;
  const Json json = RunJson(common);
  EXPECT_GT(json["sample"]["mean_p_value"].get<double>(), 1e-4);
  EXPECT_GT(json["sample"]["burn_in"],
            RunJson("simulate --target-error 0.05")["sample"]["burn_in"]);
  EXPECT_LT(RunJson(common + " --burn-in 0")["sample"]["mean_p_value"].get<double>(), 1e-6)
      << "the twin: without burn-in the start shows";
}

TEST(Simulate, LongleyRunsByLeapAndStandardized) {
  const Json leap = RunJson("simulate --problem longley --scheme leap --time-step 1e-6");
  EXPECT_GT(leap["sample"]["p_value"].get<double>(), 1e-4);
  EXPECT_EQ(leap["options"]["num-samples"], 16) << "the dataset's own rows";
  const Json standardized = RunJson("simulate --problem longley --standardize");
  EXPECT_GT(standardized["sample"]["p_value"].get<double>(), 1e-4);
}

TEST(Simulate, RealData) {
  const std::string data = testing::kSharedData;
  if (data.empty() || !std::filesystem::exists(data + "/sonar.csv")) {
    GTEST_SKIP() << "sonar.csv and wine.csv are not there (ADAMSDE_SHARED_DATA names their folder)";
  }
  for (const std::string& problem :
       {"--dataset " + data + "/sonar.csv --model logistic --ridge 1e-3",
        "--dataset " + data + "/wine.csv --model logistic --positive-class 2 --ridge 1e-2",
        "--dataset " + data +
            "/sonar.csv --model logistic --ridge 1e-3 --gradient-noise empirical --preconditioner "
            "minibatch"}) {
    const Json json = RunJson("simulate " + problem);
    EXPECT_GT(json["sample"]["p_value"].get<double>(), 1e-3 / 6) << problem;
    EXPECT_GT(json["sample"]["mean_p_value"].get<double>(), 1e-3 / 6) << problem;
  }
}

TEST(Simulate, InterruptExits130AndLeavesNoFiles) {
  const TemporaryFolder folder;
  const std::string samples = folder / "s.npy";
  const Outcome outcome =
      RunProgram("simulate --scheme euler-maruyama --target-error 1e-3 --samples " + samples +
                 " & sleep 0.5; kill -INT $!; wait $!");
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  EXPECT_TRUE(std::filesystem::is_empty(folder.Path()));
}

TEST(Simulate, ProgressGoesToStderrWhenAsked) {
  const Outcome shown = RunProgram("simulate --target-error 0.05 --progress always");
  EXPECT_THAT(shown.err, HasSubstr("100 %"));
  EXPECT_THAT(shown.err, HasSubstr("s left"));
  EXPECT_EQ(RunProgram("simulate --target-error 0.05").err, "") << "stderr is no terminal";
}

}  // namespace
}  // namespace adamsde
