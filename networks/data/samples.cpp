#include "networks/data/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace adamsde::networks {

void Append(const Samples& more, Samples& samples) {
  const auto shape = [](const Samples& s) {
    return fmt::format("{}x{}x{}", s.shape.channels, s.shape.height, s.shape.width);
  };
  if (shape(more) != shape(samples) || more.bytes.empty() != samples.bytes.empty()) {
    throw std::invalid_argument(fmt::format("'{}' has rows of {}, '{}' of {} (must be alike)",
                                            more.source, shape(more), samples.source,
                                            shape(samples)));
  }
  for (const std::int64_t label : more.labels) {
    const std::string& name = more.classes[static_cast<std::size_t>(label)];
    const auto found = std::find(samples.classes.begin(), samples.classes.end(), name);
    if (found == samples.classes.end()) {
      throw std::invalid_argument(fmt::format("'{}' has the class '{}', which '{}' has not",
                                              more.source, name, samples.source));
    }
    samples.labels.push_back(found - samples.classes.begin());
  }
  samples.bytes += more.bytes;
  samples.values.insert(samples.values.end(), more.values.begin(), more.values.end());
}

namespace {

/// Mean and deviation of features first … first+count−1 taken together.
void MeasureFeatures(const Samples& samples, const std::vector<Eigen::Index>& rows,
                     std::int64_t first, std::int64_t count, Scaling& scaling) {
  const auto n = static_cast<double>(rows.size()) * static_cast<double>(count);
  double sum = 0;
  for (const Eigen::Index i : rows) {
    for (std::int64_t j = first; j < first + count; ++j) sum += samples.At(i, j);
  }
  const double mean = sum / n;
  double squares = 0;
  double largest = 0;
  for (const Eigen::Index i : rows) {
    for (std::int64_t j = first; j < first + count; ++j) {
      const double deviation = samples.At(i, j) - mean;
      squares += deviation * deviation;
      largest = std::max(largest, std::abs(samples.At(i, j)));
    }
  }
  double deviation = std::sqrt(squares / n);
  if (!(deviation > 1e-14 * largest)) deviation = std::numeric_limits<double>::infinity();
  for (std::int64_t j = first; j < first + count; ++j) {
    scaling.mean[static_cast<std::size_t>(j)] = mean;
    scaling.deviation[static_cast<std::size_t>(j)] = deviation;
  }
}

}  // namespace

Scaling MakeScaling(const Samples& samples, const std::vector<Eigen::Index>& rows,
                    Normalization normalization) {
  const std::int64_t features = samples.shape.Features();
  Scaling scaling{.mean = std::vector<double>(static_cast<std::size_t>(features), 0.0),
                  .deviation = std::vector<double>(static_cast<std::size_t>(features), 1.0)};
  if (normalization == Normalization::kNone) return scaling;
  const std::int64_t count =
      normalization == Normalization::kFeature ? 1 : samples.shape.height * samples.shape.width;
  for (std::int64_t j = 0; j < features; j += count)
    MeasureFeatures(samples, rows, j, count, scaling);
  return scaling;
}

void CopyRow(const Samples& samples, const Scaling& scaling, Eigen::Index i, double* out) {
  const std::int64_t features = samples.shape.Features();
  for (std::int64_t j = 0; j < features; ++j) {
    const auto at = static_cast<std::size_t>(j);
    out[j] = (samples.At(i, j) - scaling.mean[at]) / scaling.deviation[at];
  }
}

}  // namespace adamsde::networks
