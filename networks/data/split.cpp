#include "networks/data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "networks/streams.h"
#include "sde/random/uniform_integer.h"

namespace adamsde::networks {
namespace {

void RequireRows(const char* key, std::int64_t asked, std::int64_t most,
                 const std::string& source) {
  if (asked > most) {
    throw std::invalid_argument(fmt::format("{} = {} is not allowed ('{}' has {} rows for them)",
                                            key, asked, source, most));
  }
}

std::vector<Eigen::Index> Range(Eigen::Index first, Eigen::Index count) {
  std::vector<Eigen::Index> rows(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = first + static_cast<Eigen::Index>(i);
  return rows;
}

/// Moves `count` rows, drawn at random, to the end of the result; both parts stay in order.
std::vector<Eigen::Index> TakeAtRandom(std::vector<Eigen::Index>& rows, std::int64_t count,
                                       std::uint64_t seed) {
  UniformIntegers below(seed, kSplitStream, 0, 0);
  for (std::size_t taken = 0; taken < static_cast<std::size_t>(count); ++taken) {
    const std::size_t last = rows.size() - 1 - taken;
    std::swap(rows[below.Below(static_cast<std::uint32_t>(last + 1))], rows[last]);
  }
  std::vector<Eigen::Index> drawn(rows.end() - count, rows.end());
  rows.resize(rows.size() - static_cast<std::size_t>(count));
  std::sort(rows.begin(), rows.end());
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

}  // namespace

Data LoadData(const DataOptions& options) {
  Data data{.samples = Load(options.train), .flip = options.flip, .shift = options.shift};
  const Eigen::Index own = data.samples.Count();
  const std::string source = data.samples.source;
  RequireRows("train-rows", options.train_rows, own, source);
  if (options.test.files.empty()) {
    RequireRows("test-rows", options.test_rows, own - options.train_rows, source);
    const Eigen::Index train =
        options.train_rows > 0 ? options.train_rows : own - options.test_rows;
    const Eigen::Index test = options.test_rows > 0 ? options.test_rows : own - train;
    data.train = Range(0, train);
    data.test = Range(own - test, test);
  } else {
    const Samples test = Load(options.test);
    RequireRows("test-rows", options.test_rows, test.Count(), test.source);
    Append(test, data.samples);
    data.train = Range(0, options.train_rows > 0 ? options.train_rows : own);
    data.test = Range(own, options.test_rows > 0 ? options.test_rows : test.Count());
  }
  RequireRows("validation-rows", options.validation_rows,
              static_cast<std::int64_t>(data.train.size()) - 1, source);
  data.validation = TakeAtRandom(data.train, options.validation_rows, options.split_seed);
  data.scaling = MakeScaling(data.samples, data.train, options.normalization);
  return data;
}

}  // namespace adamsde::networks
