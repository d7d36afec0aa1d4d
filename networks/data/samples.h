#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "networks/model/options.h"

namespace adamsde::networks {

/// Labelled samples: pixels as the bytes they came in, or a table's numbers.
struct Samples {
  InputShape shape{};
  std::string bytes{};                 ///< count × features, pixels 0 … 255, or empty
  std::vector<double> values{};        ///< count × features where bytes is empty
  std::vector<std::int64_t> labels{};  ///< class numbers
  std::vector<std::string> classes{};  ///< names, in the order of the numbers
  std::string source{};                ///< for messages

  [[nodiscard]] Eigen::Index Count() const { return static_cast<Eigen::Index>(labels.size()); }
  /// Feature j of row i; pixels are divided by 255.
  [[nodiscard]] double At(Eigen::Index i, std::int64_t j) const {
    const auto at = static_cast<std::size_t>(i * shape.Features() + j);
    return bytes.empty() ? values[at] : static_cast<unsigned char>(bytes[at]) / 255.0;
  }
};

/// All of `more` behind `samples`; classes are matched by name.
/// @throws std::invalid_argument  another shape, or a class that `samples` lacks; names both
/// sources.
void Append(const Samples& more, Samples& samples);

enum class Normalization {
  kNone,     ///< pixels in [0, 1], a table's numbers as they are
  kChannel,  ///< each channel to mean 0, standard deviation 1 over the training rows and pixels
  kFeature,  ///< each feature so; constant ones become 0
};

/// (value − mean)/deviation per feature, from some of the rows; population standard deviations.
struct Scaling {
  std::vector<double> mean{};       ///< features
  std::vector<double> deviation{};  ///< features; infinite where the feature is constant
};
[[nodiscard]] Scaling MakeScaling(const Samples& samples, const std::vector<Eigen::Index>& rows,
                                  Normalization normalization);

/// Row i, normalized, to out[0 … features).
void CopyRow(const Samples& samples, const Scaling& scaling, Eigen::Index i, double* out);

}  // namespace adamsde::networks
