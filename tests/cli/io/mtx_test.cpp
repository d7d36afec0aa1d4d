// MatrixMarket: round trips, counts that are no counts, symmetry, and files cut short.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <string>

#include "cli/io/matrix.h"
#include "tests/cli/io/format_checks.h"
#include "tests/support/program.h"

namespace adamsde {
namespace {

using testing::ExpectInvalid;
using testing::TemporaryFolder;

constexpr const char* kCoordinate = "%%MatrixMarket matrix coordinate real general\n";
constexpr const char* kSymmetric = "%%MatrixMarket matrix coordinate real symmetric\n";

RC_GTEST_PROP(MtxFile, RoundTripsBothFormats, ()) {
  const auto rows = *rc::gen::inRange(1, 6);
  const auto columns = *rc::gen::inRange(1, 6);
  Eigen::MatrixXd matrix(rows, columns);
  std::string entries, array;
  int count = 0;
  for (Eigen::Index j = 0; j < columns; ++j) {
    for (Eigen::Index i = 0; i < rows; ++i) {
      const auto value = *rc::gen::arbitrary<double>();
      matrix(i, j) = std::isfinite(value) ? value : 0;
      array += fmt::format("{}\n", matrix(i, j));
      if (matrix(i, j) == 0) continue;
      entries += fmt::format("{} {} {}\n", i + 1, j + 1, matrix(i, j));
      ++count;
    }
  }
  const TemporaryFolder folder;
  RC_ASSERT(ReadMatrix(folder.Write("c.mtx", fmt::format("{}{} {} {}\n{}", kCoordinate, rows,
                                                         columns, count, entries)))
                .values == matrix);
  RC_ASSERT(
      ReadMatrix(folder.Write("a.mtx", fmt::format("%%MatrixMarket matrix array real general\n"
                                                   "{} {}\n{}",
                                                   rows, columns, array)))
          .values == matrix);
}

TEST(MtxFile, NoEntriesAreAZeroMatrix) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("z.mtx", std::string(kCoordinate) + "2 3 0\n");
  EXPECT_EQ(ReadMatrix(path).values, Eigen::MatrixXd::Zero(2, 3));
}

TEST(MtxFile, CaseCommentsAndWindowsLineEnds) {
  const TemporaryFolder folder;
  const std::string path =
      folder.Write("w.mtx",
                   "%%MatrixMarket MATRIX Coordinate Real Symmetric\r\n%\r\n\r\n2 2 2\r\n1 1 4\r\n"
                   "% between\r\n1 2 -1e-3\r\n\r\n");
  Eigen::Matrix2d expected;
  expected << 4, -1e-3, -1e-3, 0;
  EXPECT_EQ(ReadMatrix(path).values, expected) << "either triangle";
}

TEST(MtxFile, RefusesCountsAndEntriesThatAreNone) {
  const TemporaryFolder folder;
  const auto refuse = [&](const std::string& text, const std::string& part) {
    const std::string path = folder.Write("x.mtx", text);
    ExpectInvalid([&] { (void)ReadMatrix(path); }, part);
  };
  const std::string general = kCoordinate;
  for (const char* const count : {"nan", "inf", "-1", "1.5", "1e300"}) {
    refuse(general + "2 2 " + count + "\n1 1 1\n", "x.mtx:2: ");
    refuse(general + "2 " + count + " 1\n1 1 1\n", "x.mtx:2: ");
    refuse(general + "2 2 1\n" + count + " 1 1\n", "x.mtx:3: ");
  }
  refuse(general + "0 0 0\n", "'0' is not a size");
  refuse(general + "2 2 1\n1 1 inf\n", "x.mtx:3: entry inf (must be finite)");
  refuse("%%MatrixMarket matrix array real general\n1 1\nnan\n", "x.mtx:3: entry nan");
  refuse("%%MatrixMarket matrix array integer general\n1 1\n1.5\n", "x.mtx:3: entry 1.5");
  refuse(std::string(kSymmetric) + "2 2 2\n1 2 1\n2 1 5\n", "x.mtx:4: entry (2, 1) comes twice");
  refuse("%%MatrixMarket matrix array real skew-symmetric\n1 1\n1\n", "'skew-symmetric'");
  refuse("%%MatrixMarket matrix array real hermitian\n1 1\n1\n", "'hermitian'");
  refuse("%%MatrixMarket matrix\n", "format ''");
  refuse("%%MatrixMarket vector array real general\n", "no MatrixMarket banner");
  refuse(general + "999999999 999999999 1\n1 1 1\n", "each row and column must have one");
}

TEST(MtxFile, NoTruncationCrashes) {
  const TemporaryFolder folder;
  const std::string whole = std::string(kSymmetric) + "% c\n2 2 3\n1 1 1\n2 1 0.5\n2 2 3\n";
  for (std::size_t length = 0; length < whole.size() - 1; ++length) {
    const std::string path = folder.Write("cut.mtx", whole.substr(0, length));
    // All entries need all bytes but the last newline.
    EXPECT_THROW((void)ReadMatrix(path), std::invalid_argument) << length;
  }
}

}  // namespace
}  // namespace adamsde
