#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>

#include "networks/data/split.h"
#include "networks/training/trainer.h"
#include "sde/random/normal.h"

namespace adamsde::networks::testing {

inline double Normal(std::uint32_t row, std::uint32_t column) {
  return StandardNormal({.seed = 7, .stream = 1000}, row, 0, column);
}

/// `rows` rows of a shape, of `classes` classes with different means; two thirds train.
inline Data TinyData(const InputShape& shape, std::int64_t classes, std::int64_t rows) {
  Data data;
  data.samples.shape = shape;
  data.samples.source = "tiny";
  for (std::int64_t k = 0; k < classes; ++k) {
    data.samples.classes.push_back(std::to_string(k));
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t label = i % classes;
    data.samples.labels.push_back(label);
    for (std::int64_t j = 0; j < shape.Features(); ++j) {
      const double mean = std::sin(static_cast<double>((label + 1) * (j + 1)));
      data.samples.values.push_back(
          mean + Normal(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j)));
    }
    ((i / 3) % 3 == 2 ? data.test : data.train).push_back(i);
  }
  data.scaling = MakeScaling(data.samples, data.train, Normalization::kNone);
  return data;
}

/// For Trainer::Run: to the end.
inline constexpr auto kGoOn = [](const TrainingState&) { return true; };

inline InputShape Table(std::int64_t columns) {
  return {.channels = 1, .height = 1, .width = columns};
}

}  // namespace adamsde::networks::testing
