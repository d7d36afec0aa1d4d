// Matrix and table files: round trips, NumPy's own bytes, and everything malformed.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "cli/io/csv.h"
#include "cli/io/error.h"
#include "cli/io/json.h"
#include "cli/io/matrix.h"
#include "cli/io/npy.h"
#include "cli/io/text.h"
#include "tests/cli/io/format_checks.h"
#include "tests/support/program.h"

namespace adamsde {
namespace {

using testing::BytesOf;
using testing::ExpectInvalid;
using testing::NumpyBytes;
using testing::ReadAll;
using testing::TemporaryFolder;

RC_GTEST_PROP(Npy, RoundTripsAnyFiniteMatrix, ()) {
  const auto rows = *rc::gen::inRange(1, 6);
  const auto columns = *rc::gen::inRange(1, 6);
  Eigen::MatrixXd matrix(rows, columns);
  for (double& value : matrix.reshaped()) {
    const auto bits = *rc::gen::arbitrary<std::uint64_t>();
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) value = std::numeric_limits<double>::denorm_min();
  }
  const TemporaryFolder folder;
  WriteNpy(folder / "x.npy", matrix);
  const LoadedMatrix loaded = ReadMatrix(folder / "x.npy");
  RC_ASSERT(!loaded.is_float32);
  // Bit for bit, signed zeros included.
  RC_ASSERT(std::memcmp(loaded.values.data(), matrix.data(),
                        sizeof(double) * static_cast<std::size_t>(matrix.size())) == 0);
}

TEST(Npy, ReadsNumpysOwnBytes) {
  const TemporaryFolder folder;
  const std::string c_order = folder.Write(
      "c.npy", NumpyBytes("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
                          BytesOf<double>({1, 2, 3, 4, 5, 6})));
  Eigen::MatrixXd expected(2, 3);
  expected << 1, 2, 3, 4, 5, 6;
  EXPECT_EQ(ReadMatrix(c_order).values, expected);
  const std::string fortran =
      folder.Write("f.npy", NumpyBytes("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }",
                                       BytesOf<double>({1, 4, 2, 5, 3, 6})));
  EXPECT_EQ(ReadMatrix(fortran).values, expected);
  const std::string single =
      folder.Write("s.npy", NumpyBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
                                       BytesOf<float>({1, 2.5F, -3})));
  EXPECT_TRUE(ReadMatrix(single).is_float32);
  EXPECT_EQ(ReadMatrix(single).values, Eigen::Vector3d(1, 2.5, -3));
  std::string big = BytesOf<double>({1.5});
  std::reverse(big.begin(), big.end());
  const std::string big_endian = folder.Write(
      "b.npy", NumpyBytes("{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }", big));
  EXPECT_EQ(ReadMatrix(big_endian).values(0, 0), 1.5);
}

TEST(Npy, RefusesWhatItCannotUse) {
  const TemporaryFolder folder;
  const auto refuse = [&](const std::string& dictionary, const std::string& data,
                          const std::string& part) {
    const std::string path = folder.Write("x.npy", NumpyBytes(dictionary, data));
    ExpectInvalid([&] { (void)ReadMatrix(path); }, part);
  };
  const std::string one = BytesOf<double>({1});
  refuse("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", one, "float64 and float32");
  refuse("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", one, "does not match");
  refuse("{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }", "", "empty");
  refuse("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1), }", one, "3 dimensions");
  refuse("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", one,
         "does not match");
  refuse("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }", one,
         "shape is malformed");
  refuse("{'descr': '<f8', 'shape': (1,), }", one, "fortran_order");
  refuse("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", one + "x", "does not match");
  refuse("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
         BytesOf<double>({std::numeric_limits<double>::infinity()}), "inf at row 1");
}

TEST(Npy, EveryTruncationIsRefused) {
  const TemporaryFolder folder;
  WriteNpy(folder / "whole.npy", Eigen::MatrixXd(Eigen::MatrixXd::Identity(2, 2)));
  const std::string bytes = ReadAll(folder / "whole.npy");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::string path = folder.Write("cut.npy", bytes.substr(0, length));
    EXPECT_THROW((void)ReadMatrix(path), std::invalid_argument) << length;
  }
}

TEST(MatrixMarket, CoordinateArrayAndSymmetric) {
  const TemporaryFolder folder;
  Eigen::Matrix2d expected;
  expected << 1, 3, 3, 2;
  EXPECT_EQ(ReadMatrix(folder.Write("c.mtx",
                                    "%%MatrixMarket matrix coordinate real symmetric\n% note\n"
                                    "2 2 3\n1 1 1.0\n2 1 3e0\n2 2 2\n"))
                .values,
            expected);
  EXPECT_EQ(ReadMatrix(folder.Write("a.mtx",
                                    "%%MatrixMarket matrix array real general\n2 2\n1\n3\n3\n2\n"))
                .values,
            expected);
  EXPECT_EQ(
      ReadMatrix(
          folder.Write("s.mtx", "%%MatrixMarket matrix array integer symmetric\n2 2\n1\n3\n2\n"))
          .values,
      expected);
}

TEST(MatrixMarket, RefusesWithTheLine) {
  const TemporaryFolder folder;
  const std::string banner = "%%MatrixMarket matrix coordinate real general\n";
  const auto refuse = [&](const std::string& text, const std::string& part) {
    const std::string path = folder.Write("x.mtx", text);
    ExpectInvalid([&] { (void)ReadMatrix(path); }, part);
  };
  refuse("1 1 1\n", "no MatrixMarket banner");
  refuse("%%MatrixMarket matrix coordinate complex general\n", "complex");
  refuse("%%MatrixMarket matrix coordinate pattern general\n", "pattern");
  refuse(banner + "2 2 1\n3 1 1\n", "x.mtx:3: entry (3, 1) is outside 2x2");
  refuse(banner + "2 2 1\n0 1 1\n", "x.mtx:3");
  refuse(banner + "2 2 2\n1 1 1\n1 1 1\n", "comes twice");
  refuse(banner + "2 2 2\n1 1 1\n", "ends too early");
  refuse(banner + "2 2 1\n1 1 1\n2 2 1\n", "more entries");
  refuse(banner + "2 2 1\n1 1 x\n", "'x' is not a number");
  refuse(banner + "2 2 1\n1 1\n", "2 fields, expected 3");
  refuse("%%MatrixMarket matrix array real symmetric\n2 3\n", "square");
}

TEST(Csv, SeparatorsQuotesAndNumbers) {
  const TemporaryFolder folder;
  Eigen::MatrixXd expected(2, 2);
  expected << 1, 0.28, -3e-5, 4;
  for (const char* const text :
       {"1,.28\n-3e-5,+4\n", "1;.28\n-3e-5;+4\n", "1\t.28\n-3e-5\t+4\n", " 1  .28\n-3e-5 +4\n",
        "\xEF\xBB\xBF"
        "1,.28\r\n-3e-5,+4\r\n\r\n",
        "# note\n\"1\",\".28\"\n-3e-5,+4"}) {
    EXPECT_EQ(ReadMatrix(folder.Write("x.csv", text)).values, expected) << text;
  }
}

TEST(Csv, DatasetsWithAndWithoutHeader) {
  const Dataset plain = ParseDataset("1,2,A\n3,4,B\n", "plain", "");
  EXPECT_EQ(plain.targets, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(plain.feature_names, (std::vector<std::string>{"column1", "column2"}));
  EXPECT_EQ(plain.features(1, 1), 4);
  const Dataset named = ParseDataset("x,\"the, target\",z\n1,7,2\n3,8,4\n", "named", "the, target");
  EXPECT_EQ(named.targets, (std::vector<std::string>{"7", "8"}));
  EXPECT_EQ(named.feature_names, (std::vector<std::string>{"x", "z"}));
  EXPECT_EQ(ParseDataset("x,y\n1,2\n", "n", "1").target_name, "x") << "1-based number";
  ExpectInvalid([] { (void)ParseDataset("x,weight\n1,2\n", "n", "wieght"); },
                "did you mean 'weight'");
  ExpectInvalid([] { (void)ParseDataset("1\n2\n", "n", ""); }, "one column");
  ExpectInvalid([] { (void)ParseDataset("1,2\n3,inf\n", "n", "1"); }, "n:2: column 2 is 'inf'");
  ExpectInvalid([] { (void)ParseDataset("# only\n", "n", ""); }, "no rows");
}

TEST(Text, NearestNames) {
  const std::vector<std::string> known = {"learning-rate", "weight-decay", "seed"};
  EXPECT_EQ(NearestName("learnign-rate", known), "learning-rate");
  EXPECT_EQ(NearestName("sed", known), "seed");
  EXPECT_EQ(NearestName("colour", known), "");
  EXPECT_EQ(Suggest("colour", known), " (known: learning-rate, weight-decay, seed)");
}

TEST(Text, NumbersAreWholeAndLocaleFree) {
  EXPECT_EQ(ParseNumber(" +1.5 "), 1.5);
  EXPECT_EQ(ParseNumber("1,5"), std::nullopt);
  EXPECT_EQ(ParseNumber("1.5x"), std::nullopt);
  EXPECT_EQ(ParseNumber(""), std::nullopt);
  EXPECT_EQ(ParseNumber("+-1"), std::nullopt);
}

TEST(AtomicFile, NothingAppearsBeforeCommit) {
  const TemporaryFolder folder;
  {
    AtomicFile file(folder / "x");
    file.Write("half");
    EXPECT_FALSE(std::filesystem::exists(folder / "x"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.Path())) << "the temporary is removed";
  folder.Write("x", "old");
  WriteFileAtomically(folder / "x", "new");
  EXPECT_EQ(ReadAll(folder / "x"), "new");
}

TEST(AtomicFile, FailuresAreIoErrors) {
  const TemporaryFolder folder;
  folder.Write("file", "");
  EXPECT_THROW(WriteFileAtomically(folder / "file/x", "y"), IoError);
  EXPECT_THROW(WriteFileAtomically(folder.Path(), "y"), IoError) << "a folder";
  EXPECT_THROW(CreateOutputDirectory(folder / "file"), IoError);
  EXPECT_NO_THROW(CreateOutputDirectory(folder / "a/b/c"));
}

TEST(Json, NonFiniteNumbersAreNullWithAReason) {
  Json json;
  SetNumber(json, "x", 0.1, "");
  SetNumber(json, "y", std::numeric_limits<double>::infinity(), "it diverges");
  EXPECT_EQ(json.dump(), R"({"x":0.1,"y":null,"y_reason":"it diverges"})");
}

}  // namespace
}  // namespace adamsde
