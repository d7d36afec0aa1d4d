#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "networks/data/augment.h"
#include "networks/data/cifar.h"
#include "networks/data/split.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace adamsde::networks {
namespace {

using adamsde::testing::TemporaryFolder;

std::string CifarRecord(char label, int pixel) {
  std::string record(3073, static_cast<char>(pixel));
  record[0] = label;
  return record;
}

TEST(Cifar, ReadsRecords) {
  const Samples samples = ParseCifar(CifarRecord(3, 255) + CifarRecord(9, 51), "f");
  ASSERT_EQ(samples.Count(), 2);
  EXPECT_EQ(samples.labels, (std::vector<std::int64_t>{3, 9}));
  EXPECT_EQ(samples.classes[3], "cat");
  EXPECT_EQ(samples.shape.Features(), 3072);
  EXPECT_DOUBLE_EQ(samples.At(0, 0), 1);
  EXPECT_DOUBLE_EQ(samples.At(1, 3071), 0.2);
}

std::string WhyRefused(const std::function<void()>& what) {
  try {
    what();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Cifar, RefusesWhatIsNotOne) {
  EXPECT_THAT(WhyRefused([] { (void)ParseCifar("abc", "f"); }), ::testing::HasSubstr("3073"));
  EXPECT_THAT(WhyRefused([] { (void)ParseCifar(CifarRecord(1, 0) + CifarRecord(10, 0), "f"); }),
              ::testing::HasSubstr("record 2 has the label 10"));
}

DataOptions CsvOptions(const std::string& path) {
  return {.train = {.format = DataFormat::kCsv, .files = {path}},
          .test = {.format = DataFormat::kCsv}};
}

std::string CsvTable(int rows) {
  std::string text = "a,b,c,class\n";
  for (int i = 0; i < rows; ++i) {
    text +=
        std::to_string(i) + "," + std::to_string(i * i) + ",7," + (i % 2 ? "odd" : "even") + "\n";
  }
  return text;
}

TEST(Split, PartsAreDisjointAndScaledByTheTrainingRows) {
  const TemporaryFolder folder;
  DataOptions options = CsvOptions(folder.Write("t.csv", CsvTable(100)));
  options.train_rows = 80;
  options.validation_rows = 20;
  const Data data = LoadData(options);
  EXPECT_EQ(data.train.size(), 60U);
  EXPECT_EQ(data.validation.size(), 20U);
  EXPECT_EQ(data.test.size(), 20U);
  EXPECT_EQ(data.test.front(), 80);
  std::set<Eigen::Index> all(data.train.begin(), data.train.end());
  all.insert(data.validation.begin(), data.validation.end());
  all.insert(data.test.begin(), data.test.end());
  EXPECT_EQ(all.size(), 100U);
  EXPECT_EQ(LoadData(options).validation, data.validation);
  options.split_seed = 2;
  EXPECT_NE(LoadData(options).validation, data.validation);

  std::vector<double> row(3);
  Eigen::Vector3d sum = Eigen::Vector3d::Zero();
  Eigen::Vector3d squares = Eigen::Vector3d::Zero();
  for (const Eigen::Index i : data.train) {
    CopyRow(data.samples, data.scaling, i, row.data());
    const Eigen::Map<const Eigen::Vector3d> values(row.data());
    sum += values;
    squares += values.cwiseAbs2();
  }
  EXPECT_LT(sum.norm(), 1e-10);
  EXPECT_NEAR(squares(0), 60, 1e-9);
  EXPECT_NEAR(squares(1), 60, 1e-9);
  EXPECT_EQ(squares(2), 0);  // constant
}

TEST(Split, RefusesMoreRowsThanThereAre) {
  const TemporaryFolder folder;
  const DataOptions whole = CsvOptions(folder.Write("t.csv", CsvTable(10)));
  const auto why = [&](const std::function<void(DataOptions&)>& change) {
    DataOptions options = whole;
    change(options);
    return WhyRefused([&] { (void)LoadData(options); });
  };
  EXPECT_THAT(why([](DataOptions& o) { o.train_rows = 11; }),
              ::testing::HasSubstr("train-rows = 11"));
  EXPECT_THAT(why([](DataOptions& o) { o.test_rows = 11; }),
              ::testing::HasSubstr("test-rows = 11"));
  EXPECT_THAT(why([](DataOptions& o) { o.validation_rows = 10; }),
              ::testing::HasSubstr("validation-rows = 10"));
  EXPECT_THAT(why([](DataOptions& o) {
                o.train.image_shape = {1, 2, 2};
              }),
              ::testing::HasSubstr("3 features"));
  EXPECT_THAT(why([](DataOptions& o) { o.train.files = {"nowhere.csv"}; }),
              ::testing::HasSubstr("nowhere.csv"));
}

TEST(Split, ATestFileOfItsOwnMustHaveTheSameClasses) {
  const TemporaryFolder folder;
  DataOptions options = CsvOptions(folder.Write("t.csv", CsvTable(10)));
  options.test.files = {folder.Write("u.csv", CsvTable(6))};
  const Data data = LoadData(options);
  EXPECT_EQ(data.train.size(), 10U);
  EXPECT_EQ(data.test.size(), 6U);
  EXPECT_EQ(data.samples.At(data.test.back(), 0), 5);
  options.test.files = {folder.Write("v.csv", "a,b,c,class\n1,2,3,odd\n1,2,3,new\n")};
  EXPECT_THAT(WhyRefused([&] { (void)LoadData(options); }), ::testing::HasSubstr("'new'"));
}

TEST(Load, ReadsMnist) {
  const auto images = adamsde::testing::SharedFile("mnist-t10k-images-idx3-ubyte.gz");
  if (!images) GTEST_SKIP() << "no ADAMSDE_SHARED_DATA with MNIST";
  const Samples samples = Load({.format = DataFormat::kIdx, .files = {*images}});
  EXPECT_EQ(samples.Count(), 10000);
  EXPECT_EQ(samples.shape.height, 28);
  EXPECT_EQ(samples.classes.size(), 10U);
  EXPECT_EQ(samples.labels[0], 7);
  EXPECT_EQ(std::count(samples.labels.begin(), samples.labels.end(), 1), 1135);  // the known count
}

TEST(Augment, MovesAndMirrors) {
  const InputShape shape{.channels = 1, .height = 2, .width = 3};
  const auto apply = [&](const Augmentation& how) {
    std::vector<double> image = {1, 2, 3, 4, 5, 6};
    std::vector<double> scratch(6);
    Augment(how, shape, image.data(), scratch.data());
    return image;
  };
  EXPECT_EQ(apply({}), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(apply({.down = 1}), (std::vector<double>{0, 0, 0, 1, 2, 3}));
  EXPECT_EQ(apply({.right = -1}), (std::vector<double>{2, 3, 0, 5, 6, 0}));
  EXPECT_EQ(apply({.mirror = true}), (std::vector<double>{3, 2, 1, 6, 5, 4}));
}

TEST(Augment, IsAFunctionOfSeedPlaceAndStep) {
  std::set<std::int64_t> moves;
  int mirrored = 0;
  for (std::uint32_t place = 0; place < 200; ++place) {
    const Augmentation how = DrawAugmentation(1, place, 7, true, 2);
    EXPECT_EQ(how.down, DrawAugmentation(1, place, 7, true, 2).down);
    moves.insert(how.down);
    mirrored += how.mirror ? 1 : 0;
    EXPECT_FALSE(DrawAugmentation(1, place, 7, false, 2).mirror);
  }
  EXPECT_EQ(moves, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
  EXPECT_NEAR(mirrored, 100, 30);  // four standard deviations
}

}  // namespace
}  // namespace adamsde::networks
