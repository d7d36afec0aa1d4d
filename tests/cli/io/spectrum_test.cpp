// Spectra in every format that is read, and files made to break the reader.
#include "cli/io/spectrum.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "cli/io/spectrum_text.h"
#include "cli/io/zip.h"
#include "tests/cli/io/format_checks.h"
#include "tests/support/program.h"

namespace adamsde {
namespace {

using testing::BytesOf;
using testing::ExpectInvalid;
using testing::NumpyBytes;
using testing::TemporaryFolder;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string Number(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

std::string Deflate(const std::string& content) {
  std::string packed(content.size() + 100, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// A zip archive as PKWARE's note describes it; `claimed` replaces the sizes it states.
std::string Zip(const std::vector<std::pair<std::string, std::string>>& members, bool deflated,
                std::uint64_t claimed = 0) {
  std::string bytes;
  std::string directory;
  for (const auto& [name, content] : members) {
    const std::string packed = deflated ? Deflate(content) : content;
    const std::uint64_t size = claimed > 0 ? claimed : content.size();
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    const std::string common = Number(20, 2) + Number(0, 2) + Number(deflated ? 8 : 0, 2) +
                               Number(0, 4) + Number(crc, 4) + Number(packed.size(), 4) +
                               Number(size, 4) + Number(name.size(), 2) + Number(0, 2);
    directory += "PK\x01\x02" + Number(20, 2) + common + Number(0, 2) + Number(0, 2) +
                 Number(0, 2) + Number(0, 4) + Number(bytes.size(), 4) + name;
    bytes += "PK\x03\x04" + common + name + packed;
  }
  const std::string end = "PK\x05\x06" + Number(0, 4) + Number(members.size(), 2) +
                          Number(members.size(), 2) + Number(directory.size(), 4) +
                          Number(bytes.size(), 4) + Number(0, 2);
  return bytes + directory + end;
}

std::string Array(const std::string& type, const std::string& shape, const std::string& data,
                  bool fortran = false) {
  return NumpyBytes("{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") +
                        ", 'shape': " + shape + ", }",
                    data);
}

void ExpectTwoRuns(const SpectrumRuns& s) {
  ASSERT_EQ(s.runs.size(), 2U);
  EXPECT_EQ(s.runs[0].values, Eigen::Vector2d(1, 2));
  EXPECT_EQ(s.runs[0].weights, Eigen::Vector2d(0.25, 0.75));
  EXPECT_EQ(s.runs[1].values, Eigen::Vector2d(3, -4));
  EXPECT_EQ(s.runs[1].weights, Eigen::Vector2d(0.5, 0.5));
}

const std::string kEig = Array("<f8", "(2, 2)", BytesOf<double>({1, 2, 3, -4}));
const std::string kWt = Array("<f8", "(2, 2)", BytesOf<double>({0.25, 0.75, 0.5, 0.5}));

TEST(Npz, StoredDeflatedAndEveryKnownName) {
  const TemporaryFolder folder;
  const std::pair<const char*, const char*> names[] = {{"eig", "wt"},
                                                       {"eigenvalues", "weights"},
                                                       {"eigen_list_full", "weight_list_full"},
                                                       {"raw_eigenvalues", "raw_weights"},
                                                       {"arr_0", "arr_1"}};
  for (const bool deflated : {false, true}) {
    for (const auto& [value, weight] : names) {
      const std::string file = folder.Write(
          "s.npz", Zip({{std::string(weight) + ".npy", kWt}, {std::string(value) + ".npy", kEig}},
                       deflated));
      ExpectTwoRuns(ReadSpectrum(file));
    }
  }
}

TEST(Npz, ComplexWeightsFortranOrderFloat32AndNanPadding) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& eig, const std::string& wt) {
    return ReadSpectrum(folder.Write("s.npz", Zip({{"eig.npy", eig}, {"wt.npy", wt}}, true)));
  };
  const std::string complex =
      Array("<c16", "(2, 2)", BytesOf<double>({0.25, 0, 0.75, 0, 0.5, 0, 0.5, -0.0}));
  ExpectTwoRuns(read(kEig, complex));
  ExpectTwoRuns(read(Array("<f4", "(2, 2)", BytesOf<float>({1, 3, 2, -4}), true), kWt));
  const SpectrumRuns padded = read(Array("<f8", "(2, 2)", BytesOf<double>({1, 2, 3, kNan})),
                                   Array("<f8", "(2, 2)", BytesOf<double>({0.5, 0.5, 1, kNan})));
  ASSERT_EQ(padded.runs.size(), 2U);
  EXPECT_EQ(padded.runs[0].values.size(), 2);
  EXPECT_EQ(padded.runs[1].values.size(), 1);
  ExpectInvalid(
      [&] {
        (void)read(kEig, Array("<c16", "(1, 2)", BytesOf<double>({1, 0.1, 0, 0})));
      },
      "imaginary part 0.1");
}

TEST(Npz, WholeSquaredEigenvectorMatricesAreExplained) {
  const TemporaryFolder folder;
  const std::string cube = Array("<f8", "(2, 2, 2)", BytesOf<double>({1, 0, 0, 1, 1, 0, 0, 1}));
  const std::string file = folder.Write("s.npz", Zip({{"eig.npy", kEig}, {"wt.npy", cube}}, false));
  ExpectInvalid([&] { (void)ReadSpectrum(file); }, "squared FIRST components");
  const std::string json = folder.Write("s.json", R"({"eig": [[1, 2]], "wt": [[[1, 0], [0, 1]]]})");
  ExpectInvalid([&] { (void)ReadSpectrum(json); }, "squared FIRST components");
}

TEST(Npz, HostileFilesAreOneClearRefusal) {
  const TemporaryFolder folder;
  const auto refuse = [&](const std::string& bytes, const std::string& part) {
    const std::string file = folder.Write("s.npz", bytes);
    ExpectInvalid([&] { (void)ReadSpectrum(file); }, part);
  };
  const std::string good = Zip({{"eig.npy", kEig}, {"wt.npy", kWt}}, true);
  refuse("not a zip at all", "not a zip archive");
  refuse("PK", "no zip directory");
  refuse(Zip({{"other.npy", kEig}}, false), "no array 'eig'");
  refuse(Zip({{"eig.npy", kEig}}, true, 1ULL << 31), "allowed are");
  refuse(Zip({{"eig.npy", kEig}}, true, 1ULL << 29), "impossible size");
  refuse(Zip({{"eig.npy", kEig}}, true, 1000), "does not inflate");
  refuse(Zip({{"eig.npy", "no numpy"}}, false), "no NumPy magic");
  refuse(Zip({{"eig.npy", Array("|O", "(2,)", "pickle")}}, false), "object array");
  refuse(Zip({{"eig.npy", Array("<i8", "(1,)", BytesOf<double>({1}))}}, false), "'<i8'");
  refuse(Zip({{"eig.npy", Array("<f8", "(99999999999, 99999999999)", "")}}, false), "shape");
  std::string flipped = good;
  flipped[45] = static_cast<char>(flipped[45] ^ 1);
  EXPECT_THROW((void)ReadSpectrum(folder.Write("s.npz", flipped)), std::invalid_argument);
  // Cut anywhere and with any byte of the directory changed: refused or read, never worse.
  for (std::size_t n = 0; n < good.size(); ++n) {
    const std::string cut = folder.Write("s.npz", good.substr(0, n));
    if (n + 2 < good.size()) {  // the last field is the length of a comment
      EXPECT_THROW((void)ReadSpectrum(cut), std::invalid_argument) << n;
    }
    std::string changed = good;
    changed[n] = static_cast<char>(changed[n] ^ 0x55);
    const std::string file = folder.Write("s.npz", changed);
    try {
      (void)ReadSpectrum(file);
    } catch (const std::invalid_argument&) {
      continue;
    }
  }
}

TEST(JsonSpectrum, RaggedRunsPairsNanAndComplexText) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& text) {
    return ReadSpectrum(folder.Write("s.json", text));
  };
  ExpectTwoRuns(read(R"({"eig": [[1, 2], [3, -4]], "wt": [[0.25, 0.75], [0.5, 0.5]]})"));
  ExpectTwoRuns(read("[[[1, 2], [3, -4]], [[0.25, 0.75], [0.5, 0.5]]]"));
  ExpectTwoRuns(read(R"x({"eigenvalues": [[1, 2, NaN], [3, -4]],
                          "weights": [["(0.25+0j)", "0.75+0j", null], [0.5, 5e-1]]})x"));
  const SpectrumRuns ragged = read(R"({"eig": [[1], [2, 3, 4]], "wt": [[1], [0.2, 0.3, 0.5]]})");
  EXPECT_EQ(ragged.runs[0].values.size(), 1);
  EXPECT_EQ(ragged.runs[1].values.size(), 3);
  const SpectrumRuns plain = read("[1, 2, 3, 4]");
  ASSERT_EQ(plain.runs.size(), 1U);
  EXPECT_EQ(plain.runs[0].weights, Eigen::Vector4d::Constant(0.25));
  const auto refuse = [&](const std::string& text, const std::string& part) {
    ExpectInvalid([&] { (void)read(text); }, part);
  };
  refuse("{", "not JSON at byte");
  refuse("3", "neither");
  refuse("{}", "no key 'eig'");
  refuse(R"({"eig": [[1, 2]], "wt": [[0.5, 0.4]]})", "sum to 0.9");
  refuse(R"({"eig": [[1, 2]], "wt": [[1.5, -0.5]]})", "negative weight");
  refuse(R"({"eig": [[1, 2]], "wt": [["0.5+0.1j", 0.5]]})", "not a number");
  refuse(R"({"eig": [[1, 2]], "wt": [[1]]})", "2 eigenvalues and 1 weights");
  refuse(R"({"eig": [[1, 2]], "wt": [[1], [1]]})", "1 runs of eigenvalues, 2 of weights");
  refuse(R"({"eig": [[1, NaN]], "wt": [[0.5, 0.5]]})", "node 2");
  refuse(std::string(100000, '['), "deeper than");
}

TEST(TextSpectrum, ColumnsByNumberAndByName) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& text) {
    return ReadSpectrum(folder.Write("s.csv", text));
  };
  ExpectTwoRuns(read("run,k,eig,weight\n0,0,1,0.25\n0,1,2,0.75\n1,0,3,0.5\n1,1,-4,0.5\n"));
  ExpectTwoRuns(read("0 0 1 .25\n0 1 2 .75\n1 0 3 .5\n1 1 -4 .5\n"));
  ExpectTwoRuns(read("# made\nweight;eig;run\r\n.25;1;7\r\n.75;2;7\r\n.5;3;9\r\n.5;-4;9\r\n"));
  EXPECT_EQ(read("eig,weight\n1,0.5\n2,0.5\n").runs[0].values, Eigen::Vector2d(1, 2));
  EXPECT_EQ(read("1\n2\n").runs[0].weights, Eigen::Vector2d(0.5, 0.5));
  EXPECT_DOUBLE_EQ(read("1,0.5\n2,0.5005\n").runs[0].weights.sum(), 1) << "within 1e-3";
  const auto refuse = [&](const std::string& text, const std::string& part) {
    ExpectInvalid([&] { (void)read(text); }, part);
  };
  refuse("1,0.5\n2,0.502\n", "sum to 1.002");
  refuse("1,2,3\n", "3 columns");
  refuse("1,0.5\n2\n", "s.csv:2: 1 fields, expected 2");
  refuse("1,0.5\n2,x\n", "s.csv:2: column 2 is 'x'");
  refuse("1,0.5\ninf,0.5\n", "column 1 is 'inf'");
  refuse("# nothing\n", "has no rows");
  refuse(std::string(1000, ','), "more than 16 columns");
}

}  // namespace
}  // namespace adamsde
