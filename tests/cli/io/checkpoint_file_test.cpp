#include "cli/io/checkpoint_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "cli/io/error.h"
#include "sde/ensemble/progress_arrays.h"
#include "tests/support/program.h"

namespace adamsde {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::ReadAll;
using testing::TemporaryFolder;

Hdf5Content Sample(int salt) {
  Hdf5Content content;
  content.texts = {{"command", "simulate"}, {"options", "{\"seed\":1}"}, {"empty", ""}};
  content.arrays.integers["range0/keys"] = {1, -2, std::int64_t{1} << 62, salt};
  content.arrays.integers["range0/none"] = {};
  content.arrays.matrices["range0/block3/state"] = Eigen::MatrixXd::Random(64, 300);
  content.arrays.matrices["wide"] = Eigen::MatrixXd::Random(200000, 2);
  content.arrays.matrices["empty"] = Eigen::MatrixXd(0, 3);
  content.arrays.matrices["special"] =
      Eigen::Vector3d(-0.0, std::numeric_limits<double>::denorm_min(), INFINITY);
  return content;
}

void ExpectSame(const Hdf5Content& a, const Hdf5Content& b) {
  EXPECT_EQ(a.texts, b.texts);
  EXPECT_EQ(a.arrays.integers, b.arrays.integers);
  ASSERT_EQ(a.arrays.matrices.size(), b.arrays.matrices.size());
  for (const auto& [name, values] : a.arrays.matrices) {
    const Eigen::MatrixXd& other = b.arrays.Matrix(name);
    ASSERT_EQ(values.rows(), other.rows()) << name;
    ASSERT_EQ(values.cols(), other.cols()) << name;
    EXPECT_EQ(Fingerprint(values, 1), Fingerprint(other, 1)) << name;
  }
}

TEST(CheckpointFile, RoundTripBitForBit) {
  const Hdf5Content content = Sample(1);
  const std::string bytes = CheckpointBytes(content);
  ExpectSame(content, ParseCheckpoint(bytes));
  EXPECT_EQ(bytes, CheckpointBytes(content)) << "the same content, the same bytes";
}

TEST(CheckpointFile, EveryKindOfDamageIsSeen) {
  const std::string bytes = CheckpointBytes(Sample(1));
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    std::string flipped = bytes;
    // The header's padding is checked too.
    const std::size_t at = i < 100 ? random() % 512 : random() % bytes.size();
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << random() % 8));
    EXPECT_THROW((void)ParseCheckpoint(flipped), DamagedCheckpoint) << at;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{20}, std::size_t{511},
                                 std::size_t{512}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_THROW((void)ParseCheckpoint(bytes.substr(0, size)), DamagedCheckpoint) << size;
  }
  EXPECT_THROW((void)ParseCheckpoint(bytes + "x"), DamagedCheckpoint);
}

TEST(CheckpointFile, ThePreviousOneIsKept) {
  const TemporaryFolder folder;
  const fs::path path = folder / "run.h5";
  EXPECT_THROW((void)ReadCheckpoint(path), std::invalid_argument);
  WriteCheckpoint(path, Sample(1));
  EXPECT_FALSE(fs::exists(PreviousCheckpoint(path)));
  WriteCheckpoint(path, Sample(2));
  WriteCheckpoint(path, Sample(3));
  EXPECT_EQ(ReadCheckpoint(path).content.arrays.Integers("range0/keys").back(), 3);
  EXPECT_EQ(ReadCheckpoint(path).note, "");
  EXPECT_EQ(
      ParseCheckpoint(ReadAll(PreviousCheckpoint(path))).arrays.Integers("range0/keys").back(), 2);
  fs::remove(path);
  const LoadedCheckpoint loaded = ReadCheckpoint(path);
  EXPECT_EQ(loaded.content.arrays.Integers("range0/keys").back(), 2);
  EXPECT_THAT(loaded.note, HasSubstr("run.h5.previous"));
}

std::int64_t NumberIn(const fs::path& path) {
  return ParseCheckpoint(ReadAll(path)).arrays.Integers("range0/keys").back();
}

TEST(CheckpointFile, ThePreviousOneTakesTheDamagedOnesPlace) {
  const TemporaryFolder folder;
  const fs::path path = folder / "run.h5";
  WriteCheckpoint(path, Sample(1));
  WriteCheckpoint(path, Sample(2));
  folder.Write("run.h5", "damaged");
  TakePreviousCheckpoint(path);
  EXPECT_EQ(NumberIn(path), 1);
  EXPECT_FALSE(fs::exists(PreviousCheckpoint(path)));
  EXPECT_THROW(TakePreviousCheckpoint(path), IoError);
  WriteCheckpoint(path, Sample(3));
  EXPECT_EQ(NumberIn(path), 3);
  EXPECT_EQ(NumberIn(PreviousCheckpoint(path)), 1) << "never the damaged one";
}

TEST(CheckpointFile, ALinksFileHasItsPreviousOneBesideIt) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "scratch");
  fs::create_symlink("scratch/real.h5", folder / "link.h5");
  const fs::path link = folder / "link.h5";
  for (const int number : {1, 2, 3}) WriteCheckpoint(link, Sample(number));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(NumberIn(folder / "scratch/real.h5"), 3);
  EXPECT_EQ(NumberIn(folder / "scratch/real.h5.previous"), 2);
  folder.Write("scratch/real.h5", "damaged");
  EXPECT_EQ(ReadCheckpoint(link).content.arrays.Integers("range0/keys").back(), 2);
}

TEST(CheckpointFile, EnsemblesRoundTrip) {
  EnsembleProgress progress;
  MomentSums sums(3);
  sums.Add(Eigen::MatrixXd::Random(5, 3));
  const GroupSums group{.group = 2,
                        .first_shard = 3,
                        .last_shard = 4,
                        .windows = {sums, MomentSums(3)},
                        .observables = Eigen::Vector2d(1, 2)};
  progress.ranges.push_back({.begin = 0,
                             .next = 4,
                             .end = 9,
                             .sums = {group, group},
                             .paused = {{.block = 5,
                                         .transitions = 17,
                                         .records = 2,
                                         .state = Eigen::MatrixXd::Random(64, 3),
                                         .sums = {group},
                                         .kept = {},
                                         .divergences = {{7, 8}}}},
                             .divergences = {{1, 2}, {3, 4}}});
  progress.ranges.push_back(
      {.begin = 9, .next = 9, .end = 10, .sums = {}, .paused = {}, .divergences = {}});
  Hdf5Content content;
  AddArrays(progress, "x/", content.arrays);
  const EnsembleProgress back =
      ReadProgress(ParseCheckpoint(CheckpointBytes(content)).arrays, "x/");
  Hdf5Content again;
  AddArrays(back, "x/", again.arrays);
  EXPECT_EQ(CheckpointBytes(content), CheckpointBytes(again));
  EXPECT_EQ(back.ranges[0].sums[1].windows[0].lower, sums.lower);
  EXPECT_EQ(back.ranges[0].paused[0].state, progress.ranges[0].paused[0].state);
  EXPECT_EQ(back.ranges[0].divergences[1].transition, 4);
  content.arrays.integers.erase("x/range0/blocks");
  EXPECT_THROW((void)ReadProgress(content.arrays, "x/"), std::invalid_argument);
}

}  // namespace
}  // namespace adamsde
