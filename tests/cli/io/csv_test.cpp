// Delimited text: numbers to the last bit, quotes, separators, headers, and messages with the line.
#include "cli/io/csv.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "cli/io/matrix.h"
#include "cli/io/text.h"
#include "tests/cli/io/format_checks.h"
#include "tests/support/program.h"

namespace adamsde {
namespace {

using testing::ExpectInvalid;
using testing::TemporaryFolder;
using Rows = std::vector<std::vector<std::string>>;

double AnyFinite() {
  const auto bits = *rc::gen::arbitrary<std::uint64_t>();
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return std::isfinite(value) ? value : std::numeric_limits<double>::denorm_min();
}

RC_GTEST_PROP(CsvNumbers, RoundTripAnyFiniteMatrix, ()) {
  const auto rows = *rc::gen::inRange(1, 5);
  const auto columns = *rc::gen::inRange(1, 5);
  const auto separator = *rc::gen::element<std::string>(",", ";", "\t", " ", "  ", " , ");
  const auto line_end = *rc::gen::element<std::string>("\n", "\r\n");
  Eigen::MatrixXd matrix(rows, columns);
  std::string text;
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) {
      matrix(i, j) = AnyFinite();
      text += fmt::format("{}{}", j > 0 ? separator : "", matrix(i, j));
    }
    text += line_end;
  }
  const TemporaryFolder folder;
  const Eigen::MatrixXd read = ReadMatrix(folder.Write("x.csv", text)).values;
  RC_ASSERT(read.rows() == rows && read.cols() == columns);
  RC_ASSERT(std::memcmp(read.data(), matrix.data(),
                        sizeof(double) * static_cast<std::size_t>(matrix.size())) == 0);
}

RC_GTEST_PROP(CsvQuotes, ProtectAnyText, ()) {
  const auto count = *rc::gen::inRange(1, 5);
  const auto separator = *rc::gen::element(',', ';', '\t');
  std::vector<std::string> fields;
  std::string line;
  for (int k = 0; k < count; ++k) {
    // Surrounded by letters: blanks at the ends of a field are not kept.
    const auto inner = *rc::gen::container<std::string>(
        rc::gen::element('a', ' ', ',', ';', '\t', '"', '#', '\'', '\xE9'));
    fields.push_back("x" + inner + "x");
    std::string escaped;
    for (const char c : fields.back())
      escaped += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += (k > 0 ? std::string(1, separator) : "") + "\"" + escaped + "\"";
  }
  RC_ASSERT(ParseTextTable(line + "\n", "t").rows == Rows{fields});
}

TEST(CsvNumbers, TooSmallIsZeroTooLargeIsRefused) {
  EXPECT_EQ(ParseNumber("4.9406564584124654e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(ParseNumber("1e-400"), 0.0);
  EXPECT_TRUE(std::signbit(ParseNumber("-1e-400").value()));
  EXPECT_EQ(ParseNumber("1.7976931348623157e308"), std::numeric_limits<double>::max());
  for (const char* const text : {"1e400", "-1e400", "1e99999", "1e-400x", "1d5", "1.5D+3", "0x10",
                                 "1_000", "--1", "++1", "e5", ".", "1e"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  }
}

TEST(CsvTable, SeparatorIsSoughtOutsideQuotes) {
  EXPECT_EQ(ParseTextTable("\"a,b\";c\n1;2\n", "t").rows, (Rows{{"a,b", "c"}, {"1", "2"}}));
  EXPECT_EQ(ParseTextTable("\"a b\"  c\n1 \t 2 \n", "t").rows, (Rows{{"a b", "c"}, {"1", "2"}}));
}

TEST(CsvTable, EmptyFieldsBetweenTabsAndCommasCount) {
  EXPECT_EQ(ParseTextTable("\ta\tb\n0\t1\t\n", "t").rows, (Rows{{"", "a", "b"}, {"0", "1", ""}}));
  EXPECT_EQ(ParseTextTable(",a,b\n0,1,\n", "t").rows, (Rows{{"", "a", "b"}, {"0", "1", ""}}));
}

TEST(CsvTable, QuotesInsideAFieldAreText) {
  EXPECT_EQ(ParseTextTable("5\" pipe,\"say \"\"x\"\"\" , \"\"\n", "t").rows,
            (Rows{{"5\" pipe", "say \"x\"", ""}}));
}

TEST(CsvTable, MessagesCountLinesOfTheFile) {
  const auto refuse = [](const std::string& text, const std::string& part) {
    ExpectInvalid([&] { (void)ParseTextTable(text, "t.csv"); }, part);
  };
  refuse("# note\n\n1,2,3,4,5,6,7\n1,2,3,4,5\n", "t.csv:4: 5 fields, expected 7");
  refuse("a,b\r\n1,\"2\r\n", "t.csv:2: a quote is not closed");
  refuse("1,\"2\"3\n", "t.csv:1: text after a closing quote");
  refuse("\"1\"2 3\n", "t.csv:1: text after a closing quote");
  refuse("\xEF\xBB\xBF\r\n \n#\n", "'t.csv' has no rows");
}

TEST(CsvTable, NoTruncationCrashes) {
  const std::string whole = "\xEF\xBB\xBF\"a,\"\"b\",c\r\n# x\r\n1,+2e-3\r\n.5,\"4\"\r\n";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    try {
      const TextTable table = ParseTextTable(whole.substr(0, length), "cut");
      for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.rows[0].size()) << length;
    } catch (const std::invalid_argument&) {
    }
  }
}

TEST(CsvDataset, HeaderIsTextAboveNumbers) {
  EXPECT_EQ(ParseDataset("1,A\n2,B\n", "f", "").features.rows(), 2) << "a class is no header";
  EXPECT_EQ(ParseDataset("x,A\n2,B\n", "f", "").features.rows(), 1);
  EXPECT_EQ(ParseDataset("country,1990\n3,4\n", "f", "1990").target_name, "1990")
      << "a header's name comes before a column's number";
  EXPECT_EQ(ParseDataset("1,2,3\n4,5,6\n", "f", "column2").targets[1], "5");
}

TEST(CsvDataset, RefusalsNamePlaceAndValue) {
  const auto refuse = [](const std::string& text, const std::string& target,
                         const std::string& part) {
    ExpectInvalid([&] { (void)ParseDataset(text, "f.csv", target); }, part);
  };
  refuse("x,x,y\n1,2,3\n", "x", "'x' names more than one column");
  refuse("x,y\n1,2\n", "0", "columns 1 to 2");
  refuse("x,y\n1,2\n", "3", "columns 1 to 2");
  refuse("x,y\n1,2\n", "99999999999999999999", "not a column");
  refuse("x,y\n1,2\nnan,3\n", "", "f.csv:3: column 1 is 'nan'");
  refuse("x,y\n1,2\n,3\n", "", "f.csv:3: column 1 is ''");
  refuse("x,y\n1,2\n1e400,3\n", "", "f.csv:3: column 1 is '1e400'");
}

struct RealFile {
  const char* name;
  Eigen::Index rows;
  Eigen::Index features;
  std::size_t classes;
};

TEST(CsvDataset, RealFilesHaveTheirPublishedShape) {
  const std::filesystem::path folder = testing::kSharedData;
  if (folder.empty()) GTEST_SKIP() << "no folder with real data";
  for (const RealFile& file :
       {RealFile{"iris.csv", 150, 4, 3}, RealFile{"sonar.csv", 208, 60, 2},
        RealFile{"wine.csv", 178, 13, 3}, RealFile{"banknote_authentication.csv", 1372, 4, 2},
        RealFile{"optdigits.tra", 3823, 64, 10}, RealFile{"optdigits.tes", 1797, 64, 10}}) {
    const std::string path = (folder / file.name).string();
    if (!std::filesystem::exists(path)) continue;
    const Dataset dataset = ParseDataset(ReadTextFile(path), path, "");
    EXPECT_EQ(dataset.features.rows(), file.rows) << path;
    EXPECT_EQ(dataset.features.cols(), file.features) << path;
    EXPECT_EQ(Classes(dataset).size(), file.classes) << path;
  }
}

}  // namespace
}  // namespace adamsde
