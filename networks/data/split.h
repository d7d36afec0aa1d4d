#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "networks/data/load.h"
#include "networks/data/samples.h"

namespace adamsde::networks {

struct DataOptions {
  DataSource train{};
  DataSource test{};                 ///< no files: the test rows are the last of `train`
  std::int64_t train_rows = 0;       ///< the first rows of `train`; 0: all but the test rows
  std::int64_t test_rows = 0;        ///< 0: all that are left (of `test`: all)
  std::int64_t validation_rows = 0;  ///< drawn from the training rows, which lose them
  std::uint64_t split_seed = 1;      ///< of that draw
  Normalization normalization = Normalization::kFeature;
  bool flip = false;       ///< augmentation: half of the training images mirrored
  std::int64_t shift = 0;  ///< augmentation: moved by up to so many pixels, each way
};

/// What a network is trained and judged on.
struct Data {
  Samples samples{};
  std::vector<Eigen::Index> train{};
  std::vector<Eigen::Index> validation{};
  std::vector<Eigen::Index> test{};
  Scaling scaling{};  ///< from the training rows that are left
  bool flip = false;
  std::int64_t shift = 0;
};

/// @throws std::invalid_argument  as Load; more rows than there are, none left to train; names the
///                                key.
[[nodiscard]] Data LoadData(const DataOptions& options);

}  // namespace adamsde::networks
