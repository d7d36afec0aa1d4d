// `spectrum`, and `bound` and `sweep` without a matrix, as a user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/io/csv.h"
#include "cli/io/npy.h"
#include "cli/io/text.h"
#include "tests/support/json_runs.h"
#include "tests/support/refusals.h"

namespace adamsde {
namespace {

using testing::ExpectCommonKeys;
using testing::ExpectRefusal;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::ReadAll;
using testing::RunJson;
using testing::RunProgram;
using testing::TemporaryFolder;
using Json = nlohmann::json;

std::uint32_t Word(const std::string& bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) {
    value = (value << 8) | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

/// A stored member of a zip file, found through the central directory as readers do.
std::string Member(const std::string& zip, const std::string& name) {
  const std::size_t end = zip.rfind("PK\x05\x06");
  std::size_t at = Word(zip, end + 16, 4);
  for (std::uint32_t k = 0; k < Word(zip, end + 10, 2); ++k) {
    EXPECT_EQ(zip.substr(at, 4), "PK\x01\x02");
    const std::size_t length = Word(zip, at + 28, 2);
    const std::size_t local = Word(zip, at + 42, 4);
    if (zip.substr(at + 46, length) == name) {
      EXPECT_EQ(zip.substr(local, 4), "PK\x03\x04");
      const std::string content = zip.substr(local + 30 + length, Word(zip, at + 24, 4));
      EXPECT_EQ(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()),
                Word(zip, at + 16, 4));
      return content;
    }
    at += 46 + length;
  }
  ADD_FAILURE() << name << " is not in the file";
  return "";
}

/// The numbers below a header row.
Eigen::MatrixXd WrittenTable(const std::string& path) {
  const TextTable table = ParseTextTable(ReadAll(path), path);
  Eigen::MatrixXd numbers(table.rows.size() - 1, table.rows.front().size());
  for (Eigen::Index i = 0; i < numbers.rows(); ++i) {
    for (Eigen::Index j = 0; j < numbers.cols(); ++j) {
      numbers(i, j) =
          ParseNumber(table.rows[static_cast<std::size_t>(i + 1)][static_cast<std::size_t>(j)])
              .value();
    }
  }
  return numbers;
}

TEST(SpectrumCommand, JsonAndFiles) {
  const TemporaryFolder folder;
  const Json json = RunJson("spectrum --spectrum-runs 40 --out " + (folder / "s"));
  ExpectCommonKeys(json, "spectrum");
  EXPECT_EQ(json["runs"], 40);
  EXPECT_EQ(json["nodes"], 10) << "at most d";
  for (const char* const name : {"log_det", "trace"}) {
    const double error = json[name]["stderr"].get<double>();
    EXPECT_NEAR(json[name]["value"].get<double>(), json["exact"][name].get<double>(), 4 * error);
  }
  ASSERT_EQ(json["top_eigenvalues"].size(), 5U);
  EXPECT_NEAR(json["top_eigenvalues"][0].get<double>(), 10, 1e-5) << "quickstart's largest";
  const std::string zip = ReadAll(folder / "s/spectrum.npz");
  const Eigen::MatrixXd eig = ReadNpy(folder.Write("eig.npy", Member(zip, "eig.npy"))).values;
  const Eigen::MatrixXd wt = ReadNpy(folder.Write("wt.npy", Member(zip, "wt.npy"))).values;
  ASSERT_EQ(eig.rows(), 40);
  ASSERT_EQ(eig.cols(), 10);
  EXPECT_LT((wt.rowwise().sum().array() - 1).abs().maxCoeff(), 1e-14);
  const Eigen::MatrixXd table = WrittenTable(folder / "s/spectrum.csv");
  ASSERT_EQ(table.rows(), 400);
  EXPECT_EQ(table(13, 0), 1);
  EXPECT_EQ(table(13, 1), 3);
  EXPECT_EQ(table(13, 2), eig(1, 3));
  EXPECT_EQ(table(13, 3), wt(1, 3));
}

TEST(SpectrumCommand, SameBytesForAnyNumberOfThreads) {
  const TemporaryFolder folder;
  (void)RunJson("spectrum --threads 1 --out " + (folder / "a"));
  (void)RunJson("spectrum --threads 2 --out " + (folder / "b"));
  EXPECT_EQ(ReadAll(folder / "a/spectrum.npz"), ReadAll(folder / "b/spectrum.npz"));
  EXPECT_EQ(ReadAll(folder / "a/spectrum.csv"), ReadAll(folder / "b/spectrum.csv"));
  (void)RunJson("spectrum --seed 2 --out " + (folder / "c"));
  EXPECT_NE(ReadAll(folder / "a/spectrum.csv"), ReadAll(folder / "c/spectrum.csv"));
}

TEST(SpectrumCommand, TooFewStepsAreSaid) {
  const TemporaryFolder folder;
  std::string rows;
  for (int i = 0; i < 60; ++i) {
    for (int j = 0; j < 60; ++j) {
      rows += fmt::format("{}{}", j > 0 ? "," : "", i == j ? std::pow(10.0, -i / 6.0) : 0.0);
    }
    rows += "\n";
  }
  const std::string run = "spectrum --hessian " + folder.Write("h.csv", rows);
  const Json few = RunJson(run + " --lanczos-steps 8 --probe gaussian");
  EXPECT_EQ(few["log_det"]["converged"], false);
  EXPECT_TRUE(few["log_det"]["stderr"].is_null());
  EXPECT_THAT(few["log_det"]["stderr_reason"].get<std::string>(), HasSubstr("biased"));
  EXPECT_THAT(RunProgram(run + " --lanczos-steps 8").out, HasSubstr("take more --lanczos-steps"));
  const Json all = RunJson(run + " --lanczos-steps 60 --probe gaussian");
  EXPECT_EQ(all["log_det"]["converged"], true);
  EXPECT_TRUE(all["log_det"]["stderr"].is_number());
}

TEST(SpectrumCommand, BadInput) {
  ExpectRefusal("spectrum --lanczos-steps 1", 2, "lanczos-steps = 1");
  ExpectRefusal("spectrum --spectrum-runs 0", 2, "spectrum-runs = 0");
  ExpectRefusal("spectrum --probe gausian", 2, "did you mean 'gaussian'");
  ExpectRefusal("posterior --matrix-free", 2, "goes with bound and sweep");
  ExpectRefusal("bound --matrix-free --gradient-noise empirical", 2, "C = H/b");
  ExpectRefusal("bound --matrix-free --preconditioner self-consistent", 2, "self-consistent");
  ExpectRefusal("sweep --matrix-free --points 2", 2, "points = 2");
  const TemporaryFolder folder;
  const std::string singular = folder.Write("h.csv", "1,0\n0,0\n");
  ExpectRefusal("bound --matrix-free --preconditioner identity --hessian " + singular, 3,
                "infinite KL");
  ExpectRefusal("bound --matrix-free --hessian " + singular, 3, "lemma5");
  const Json json = RunJson("spectrum --hessian " + singular);
  EXPECT_TRUE(json["log_det"]["value"].is_null());
  EXPECT_TRUE(json["trace"]["value"].is_number());
}

TEST(SpectrumCommand, TakesWhatDoesNotFitAsAMatrix) {
  // 60,000 features: 690 GB for the closed forms, nothing for Lanczos.
  const TemporaryFolder folder;
  std::string rows;
  for (int i = 0; i < 5; ++i) {
    for (long j = 0; j < 60000; ++j) rows += (i + j * j) % 7 == 0 ? "1," : "0,";
    rows += i % 2 == 0 ? "a\n" : "b\n";
  }
  const std::string tail = " --ridge 0.1 --dataset " + folder.Write("wide.csv", rows);
  ExpectRefusal("posterior --model softmax" + tail, 2, "a problem of dimension 60001 needs 691 GB");
  ExpectRefusal("spectrum --model logistic" + tail, 2, "GB");
  const Json json = RunJson("spectrum --model softmax --lanczos-steps 10" + tail);
  EXPECT_EQ(json["dimension"], 60001);
  // 60,000 − 4 or 5 eigenvalues are the ridge itself.
  EXPECT_NEAR(json["log_det"]["value"].get<double>() / 60001 / std::log(0.1), 1, 1e-2);
  ExpectRefusal("spectrum --model softmax --spectrum-runs 1000000" + tail, 2, "GB");
}

TEST(MatrixFreeCommand, AgreesWithTheDenseBound) {
  const Json dense = RunJson("bound")["bound"];
  const Json free = RunJson("bound --matrix-free --spectrum-runs 200")["matrix_free"]["adamw"];
  const double error = free["err"]["stderr"].get<double>();
  EXPECT_NEAR(free["err"]["value"].get<double>(), dense["derived"]["err"].get<double>(), 4 * error);
  for (const char* const convention : {"derived", "printed"}) {
    EXPECT_NEAR(free[convention]["phi"]["value"].get<double>(),
                dense[convention]["phi"].get<double>(),
                4 * free[convention]["phi"]["stderr"].get<double>());
    EXPECT_NEAR(free[convention]["c0"].get<double>(), dense[convention]["c0"].get<double>(), 1e-8);
  }
}

TEST(MatrixFreeCommand, SweepWritesItsTable) {
  const TemporaryFolder folder;
  const Json json =
      RunJson("sweep --matrix-free --spectrum-runs 200 --points 9 --out " + (folder / "s"));
  const Eigen::MatrixXd table = WrittenTable(folder / "s/sweep_matrix_free.csv");
  ASSERT_EQ(table.rows(), 9);
  EXPECT_EQ(table(0, 0), 0);
  EXPECT_EQ(table(8, 0), 10);
  for (Eigen::Index i = 0; i < 9; i += 4) {
    const Json dense = RunJson(fmt::format("bound --weight-decay {}", table(i, 0)));
    EXPECT_NEAR(table(i, 1), dense["bound"]["derived"]["err"].get<double>(),
                4 * table(i, 2) + 1e-8);
  }
  EXPECT_EQ(json["matrix_free"]["minimum"]["err"]["value"].get<double>(), table.col(1).minCoeff());
}

}  // namespace
}  // namespace adamsde
