#include "networks/data/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "cli/io/csv.h"
#include "cli/io/gzip.h"
#include "cli/io/idx.h"
#include "cli/io/text.h"
#include "networks/data/cifar.h"

namespace adamsde::networks {
namespace {

std::string ReadMaybePacked(const std::filesystem::path& path) {
  std::string bytes = ReadTextFile(path);
  if (IsGzip(bytes)) return Gunzip(bytes, path.string(), bytes.size() * 2000);
  return bytes;
}

Samples LoadIdx(const DataSource& source) {
  const std::filesystem::path& path = source.files.front();
  const IdxImages read = ReadIdxImages(ReadTextFile(path), path, source.labels.string(),
                                       "data.train-labels or data.test-labels");
  const std::vector<std::size_t>& shape = read.pixels.shape;
  Samples samples{.shape = {.channels = 1,
                            .height = static_cast<std::int64_t>(shape[1]),
                            .width = static_cast<std::int64_t>(shape.size() > 2 ? shape[2] : 1)},
                  .bytes = read.pixels.bytes,
                  .source = path.string()};
  std::map<unsigned char, std::int64_t> numbers;
  for (const char label : read.labels.bytes) numbers[static_cast<unsigned char>(label)] = 0;
  for (auto& [label, number] : numbers) {
    number = static_cast<std::int64_t>(samples.classes.size());
    samples.classes.push_back(fmt::format("{}", label));
  }
  for (const char label : read.labels.bytes) {
    samples.labels.push_back(numbers[static_cast<unsigned char>(label)]);
  }
  return samples;
}

Samples LoadCifar(const DataSource& source) {
  Samples samples;
  for (const std::filesystem::path& path : source.files) {
    Samples read = ParseCifar(ReadMaybePacked(path), path.string());
    if (samples.labels.empty()) {
      samples = std::move(read);
    } else {
      Append(read, samples);
    }
  }
  return samples;
}

InputShape TableShape(const DataSource& source, std::int64_t columns) {
  if (source.image_shape.empty()) return {.channels = 1, .height = 1, .width = columns};
  const InputShape shape{.channels = source.image_shape[0],
                         .height = source.image_shape[1],
                         .width = source.image_shape[2]};
  if (shape.Features() != columns) {
    throw std::invalid_argument(fmt::format(
        "image-shape = [{}, {}, {}] does not fit '{}' (it has {} features a row)", shape.channels,
        shape.height, shape.width, source.files.front().string(), columns));
  }
  return shape;
}

Samples LoadCsv(const DataSource& source) {
  const std::filesystem::path& path = source.files.front();
  const Dataset dataset = ParseDataset(ReadMaybePacked(path), path.string(), source.target);
  Samples samples{.shape = TableShape(source, dataset.features.cols()),
                  .classes = Classes(dataset),
                  .source = path.string()};
  for (const Eigen::Index number : ClassNumbers(dataset, samples.classes)) {
    samples.labels.push_back(number);
  }
  samples.values.reserve(static_cast<std::size_t>(dataset.features.size()));
  for (Eigen::Index i = 0; i < dataset.features.rows(); ++i) {
    for (Eigen::Index j = 0; j < dataset.features.cols(); ++j) {
      samples.values.push_back(dataset.features(i, j));
    }
  }
  return samples;
}

}  // namespace

Samples Load(const DataSource& source) {
  switch (source.format) {
    case DataFormat::kIdx:
      return LoadIdx(source);
    case DataFormat::kCifar:
      return LoadCifar(source);
    case DataFormat::kCsv:
      break;
  }
  return LoadCsv(source);
}

}  // namespace adamsde::networks
