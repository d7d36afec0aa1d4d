// .npy files byte by byte: what NumPy writes, what no NumPy writes, and files cut short.
#include "cli/io/npy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "cli/io/matrix.h"
#include "tests/cli/io/format_checks.h"
#include "tests/support/program.h"

namespace adamsde {
namespace {

using testing::BytesOf;
using testing::ExpectInvalid;
using testing::NumpyBytes;
using testing::ReadAll;
using testing::TemporaryFolder;

std::string Dictionary(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
}

RC_GTEST_PROP(NpyBytes, BothByteOrdersOfFloat32AreExact, ()) {
  const auto value = static_cast<float>(*rc::gen::arbitrary<double>());
  RC_PRE(std::isfinite(value));
  std::string bytes = BytesOf<float>({value, 1.0F});
  const TemporaryFolder folder;
  const LoadedMatrix little =
      ReadMatrix(folder.Write("l.npy", NumpyBytes(Dictionary("<f4", "(2,)"), bytes)));
  std::reverse(bytes.begin(), bytes.end());
  const LoadedMatrix big =
      ReadMatrix(folder.Write("b.npy", NumpyBytes(Dictionary(">f4", "(2,)"), bytes)));
  RC_ASSERT(little.is_float32 && big.is_float32);
  RC_ASSERT(little.values(0, 0) == static_cast<double>(value));
  RC_ASSERT(big.values(1, 0) == static_cast<double>(value));
}

// The expected bytes are those of numpy.save (NumPy 1.24), copied, not computed.
TEST(NpyBytes, WritesWhatNumpyWrites) {
  const TemporaryFolder folder;
  Eigen::MatrixXd matrix(2, 3);
  matrix << 1, 2, 3, 4, 5, 6;
  WriteNpy(folder / "m.npy", matrix);
  const std::string start = std::string("\x93NUMPY\x01\x00v\x00", 10) +
                            "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
  EXPECT_EQ(ReadAll(folder / "m.npy"), start + std::string(127 - start.size(), ' ') + "\n" +
                                           BytesOf<double>({1, 2, 3, 4, 5, 6}));
  const Eigen::VectorXd vector = Eigen::Vector2d(7, -0.0);
  WriteNpy(folder / "v.npy", vector);
  const std::string bytes = ReadAll(folder / "v.npy");
  EXPECT_EQ(bytes.substr(10, 57), "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }");
  EXPECT_EQ(bytes.substr(128), BytesOf<double>({7, -0.0}));
}

TEST(NpyBytes, LaterVersionsScalarsAndOtherSpellings) {
  const TemporaryFolder folder;
  const std::string data = BytesOf<double>({1.5, 2.5});
  for (const int version : {1, 2, 3}) {
    const std::string path =
        folder.Write("x.npy", NumpyBytes(Dictionary("<f8", "(1, 2)"), data, version));
    EXPECT_EQ(ReadMatrix(path).values, Eigen::RowVector2d(1.5, 2.5)) << version;
  }
  const std::string scalar =
      folder.Write("s.npy", NumpyBytes(Dictionary("<f8", "()"), BytesOf<double>({-3})));
  EXPECT_EQ(ReadMatrix(scalar).values, Eigen::MatrixXd::Constant(1, 1, -3));
  // Other writers order and quote the keys as they like.
  const std::string reordered = folder.Write(
      "r.npy", NumpyBytes("{\"shape\":(2 ,1),\"fortran_order\":True,\"descr\":\"<f8\"}", data));
  EXPECT_EQ(ReadMatrix(reordered).values, Eigen::Vector2d(1.5, 2.5));
}

TEST(NpyBytes, RefusesMalformedHeaders) {
  const TemporaryFolder folder;
  const std::string one = BytesOf<double>({1});
  const auto refuse = [&](const std::string& bytes, const std::string& part) {
    const std::string path = folder.Write("x.npy", bytes);
    ExpectInvalid([&] { (void)ReadMatrix(path); }, part);
  };
  for (const char* const shape :
       {"(1)", "(1 1)", "(,)", "(,1)", "(1,,1)", "(-1,)", "(1.0,)", "(1,", "[1]", "1", "('1',)"}) {
    refuse(NumpyBytes(Dictionary("<f8", shape), one), "malformed");
  }
  const std::string order = "'fortran_order': False, ";
  refuse(NumpyBytes("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1,)}", one),
         "fortran_order");
  refuse(NumpyBytes("{'descr': '<f8', 'descr': '<f8', " + order + "'shape': (1,)}", one),
         "'descr'");
  refuse(NumpyBytes("{'descr': '<f8', 'mode': 1, " + order + "'shape': (1,)}", one), "'mode'");
  refuse(NumpyBytes("{'descr': '<f8' " + order + "'shape': (1,)}", one), "malformed");
  refuse(NumpyBytes(Dictionary("<f8", "(1,)") + " x", one), "malformed");
  refuse(NumpyBytes(" ", one), "malformed");
  refuse(NumpyBytes("{}", one), "has no 'descr'");
  refuse(NumpyBytes("{'descr': [('a', '<f8')], " + order + "'shape': (1,)}", one), "record");
  for (const char* const type : {"<i8", "|b1", "<f2", "<f16", "<c16", "|O", "<U3", ""}) {
    refuse(NumpyBytes(Dictionary(type, "(1,)"), one),
           "its type is '" + std::string(type) + "', allowed are float64 and float32");
  }
  refuse(NumpyBytes(Dictionary("<f8", "(1,)"), one, 4), "version 4.0");
  refuse(NumpyBytes(Dictionary("<f8", "(1,)"), one, 1, 7), "version 1.7");
}

TEST(NpyBytes, HugeShapesAreRefusedBeforeAnythingIsAllocated) {
  const TemporaryFolder folder;
  const std::string eight_bytes = BytesOf<double>({1});
  // Products that wrap around to 1, 0 and a negative size; extents beyond 64 bits.
  for (const char* const shape :
       {"(6148914691236517205, 3)", "(4294967296, 4294967296)", "(9223372036854775807,)",
        "(18446744073709551615, 18446744073709551615)", "(0, 18446744073709551615)",
        "(1, 18446744073709551616)"}) {
    const std::string path =
        folder.Write("x.npy", NumpyBytes(Dictionary("<f8", shape), eight_bytes));
    EXPECT_THROW((void)ReadMatrix(path), std::invalid_argument) << shape;
  }
  // A version 2 header that claims 4 GB.
  std::string bytes = NumpyBytes(Dictionary("<f8", "(1,)"), eight_bytes, 2);
  bytes.replace(8, 4, "\xFF\xFF\xFF\xFF");
  const std::string path = folder.Write("h.npy", bytes);
  ExpectInvalid([&] { (void)ReadMatrix(path); }, "cut short");
}

TEST(NpyBytes, EveryByteMayBeWrong) {
  const TemporaryFolder folder;
  const std::string good = NumpyBytes(Dictionary("<f8", "(2,)"), BytesOf<double>({1, 2}));
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char wrong : {'\0', '\xFF', '9', '(', '\''}) {
      std::string bytes = good;
      bytes[at] = wrong;
      const std::string path = folder.Write("x.npy", bytes);
      // Either refused in words, or a matrix of 2 numbers: never a crash, never another size.
      try {
        EXPECT_EQ(ReadMatrix(path).values.size(), 2) << at;
      } catch (const std::invalid_argument&) {
      }
    }
  }
}

TEST(NpySampleWriter, WritesThreeDimensionsInPieces) {
  const TemporaryFolder folder;
  NpySampleWriter writer(folder / "s.npy", 3, 2, 1);
  writer.Append(Eigen::MatrixXd{{1, 2}});
  EXPECT_FALSE(std::filesystem::exists(folder / "s.npy"));
  writer.Append(Eigen::MatrixXd{{3, 4}, {5, 6}});
  writer.Commit();
  const std::string bytes = ReadAll(folder / "s.npy");
  EXPECT_NE(bytes.find("'shape': (3, 2, 1)"), std::string::npos);
  EXPECT_EQ(bytes.substr(128), BytesOf<double>({1, 2, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace adamsde
