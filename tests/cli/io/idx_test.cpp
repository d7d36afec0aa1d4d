// gzip and IDX: what is read, and what hostile files get.
#include "cli/io/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>

#include "cli/io/gzip.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace adamsde {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

std::string Gzip(const std::string& content) {
  std::string packed(compressBound(content.size()) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string Idx(const std::vector<std::uint32_t>& shape, const std::string& data, int type = 8) {
  std::string bytes = {'\0', '\0', static_cast<char>(type), static_cast<char>(shape.size())};
  for (const std::uint32_t extent : shape) {
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((extent >> shift) & 0xff);
  }
  return bytes + data;
}

void ExpectRefused(const std::string& bytes, const std::string& why) {
  for (const std::string& file : {bytes, Gzip(bytes)}) {
    try {
      (void)ParseIdx(file, "file");
      ADD_FAILURE() << "read what should say: " << why;
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
      EXPECT_THAT(error.what(), HasSubstr("'file'"));
    }
  }
}

TEST(Gzip, RoundTripsAlsoInSeveralMembers) {
  const std::string content(100000, 'x');
  EXPECT_EQ(Gunzip(Gzip(content), "file", content.size()), content);
  EXPECT_EQ(Gunzip(Gzip("one") + Gzip("two"), "file", 100), "onetwo");
  EXPECT_EQ(Gunzip(Gzip(""), "file", 100), "");
  EXPECT_EQ(GunzipPrefix(Gzip(content), "file", 4), "xxxx");
}

TEST(Gzip, RefusesDamage) {
  const std::string content = "some content that is long enough to be cut at every byte";
  const std::string packed = Gzip(content);
  for (std::size_t length = 0; length < packed.size(); ++length) {
    EXPECT_THROW((void)Gunzip(packed.substr(0, length), "file", 1000), std::invalid_argument)
        << length;
  }
  // A changed byte is an error or, in the header's free fields, harmless; never other content.
  for (std::size_t i = 0; i < packed.size(); ++i) {
    std::string damaged = packed;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    try {
      EXPECT_EQ(Gunzip(damaged, "file", 1000), content) << i;
    } catch (const std::invalid_argument&) {
    }
  }
  EXPECT_THROW((void)Gunzip(packed + "tail", "file", 1000), std::invalid_argument);
}

TEST(Gzip, StopsAtTheLimitWhateverTheFileHolds) {
  // A megabyte that unpacks to a thousand is stopped at the limit.
  const std::string bomb = Gzip(std::string(std::size_t{100} << 20, '\0'));
  ASSERT_LT(bomb.size(), 200000U);
  EXPECT_THROW((void)Gunzip(bomb, "file", 1000), std::invalid_argument);
  // One byte more or less than allowed.
  EXPECT_NO_THROW((void)Gunzip(Gzip("four"), "file", 4));
  EXPECT_THROW((void)Gunzip(Gzip("fives"), "file", 4), std::invalid_argument);
}

TEST(Idx, ReadsWhatItsHeaderSays) {
  const std::string bytes = Idx({2, 3}, "abcdef");
  for (const std::string& file : {bytes, Gzip(bytes)}) {
    const IdxArray array = ParseIdx(file, "file");
    EXPECT_EQ(array.shape, (std::vector<std::size_t>{2, 3}));
    EXPECT_EQ(array.bytes, "abcdef");
    EXPECT_TRUE(IsIdx(file, "file"));
  }
  EXPECT_FALSE(IsIdx("1,2,3\n", "file"));
  EXPECT_FALSE(IsIdx(Gzip("1,2,3\n"), "file"));
}

TEST(Idx, RefusesHostileFiles) {
  ExpectRefused("\x01 nonsense", "magic");
  ExpectRefused(std::string(3, '\0'), "magic");
  ExpectRefused(Idx({2}, "ab", 13), "type is 0x0d");
  ExpectRefused(Idx({}, ""), "0 dimensions");
  ExpectRefused(Idx({1, 1, 1, 1}, "a"), "4 dimensions");
  ExpectRefused(Idx({2, 2}, "").substr(0, 10), "header is cut short");
  ExpectRefused(Idx({0, 2}, ""), "dimension 1 is 0");
  ExpectRefused(Idx({0xffffffff, 0xffffffff, 0xffffffff}, ""), "overflow");
  ExpectRefused(Idx({0xffffffff, 0xffff}, ""), "GB");
  ExpectRefused(Idx({2, 3}, "abcde"), "announces 6");
  EXPECT_THROW((void)ParseIdx(Idx({2, 3}, "abcdefg"), "file"), std::invalid_argument);
  // A header of 6 bytes with 100 MB behind it: stopped at the seventh.
  EXPECT_THROW((void)ParseIdx(Gzip(Idx({2, 3}, std::string(std::size_t{100} << 20, 'x'))), "file"),
               std::invalid_argument);
}

TEST(Idx, ImagesFindTheirLabels) {
  const TemporaryFolder folder;
  const std::string images = Idx({2, 1, 2}, std::string("\x00\xff\x33\x66", 4));
  const std::string path = folder.Write("t-images-idx3-ubyte.gz", Gzip(images));
  EXPECT_THROW((void)ReadIdxDataset(images, path, ""), std::invalid_argument) << "no labels";
  folder.Write("t-labels-idx1-ubyte", Idx({2}, "\x07\x03"));
  const Dataset dataset = ReadIdxDataset(images, path, "");
  EXPECT_EQ(dataset.features, (Eigen::Matrix2d() << 0, 1, 0.2, 0.4).finished());
  EXPECT_EQ(dataset.targets, (std::vector<std::string>{"7", "3"}));
  EXPECT_EQ(dataset.feature_names, (std::vector<std::string>{"pixel1", "pixel2"}));
  const std::string three = folder.Write("three", Idx({3}, "abc"));
  EXPECT_THROW((void)ReadIdxDataset(images, path, three), std::invalid_argument);
  EXPECT_THROW((void)ReadIdxDataset(images, path, path), std::invalid_argument) << "images again";
}

TEST(IdxOnData, MnistHasItsDigits) {
  const auto path = testing::SharedFile("mnist-t10k-images-idx3-ubyte.gz");
  if (!path) GTEST_SKIP() << "MNIST is not there (ADAMSDE_SHARED_DATA names its folder)";
  const Dataset dataset = ReadIdxDataset(ReadTextFile(*path), *path, "");
  EXPECT_EQ(dataset.features.rows(), 10000);
  EXPECT_EQ(dataset.features.cols(), 784);
  EXPECT_EQ(dataset.features.maxCoeff(), 1);
  EXPECT_EQ(Classes(dataset).size(), 10U);
  // The first test images are known to be 7, 2, 1, 0, 4.
  EXPECT_THAT(std::vector<std::string>(dataset.targets.begin(), dataset.targets.begin() + 5),
              ::testing::ElementsAre("7", "2", "1", "0", "4"));
}

}  // namespace
}  // namespace adamsde
