#include "analysis/spectrum/hutchinson.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sde/random/normal.h"

namespace adamsde {
namespace {

/// Beside the streams of sde/random/streams.h.
constexpr std::uint32_t kStream = 68;

/// Probes in one product.
constexpr int kBlock = 4;

double Sign(std::uint64_t seed, int probe, Eigen::Index i) {
  const auto bits = PhiloxBits(
      {static_cast<std::uint32_t>(probe), static_cast<std::uint32_t>(i), 0, kStream}, seed);
  return (bits[0] & 1U) == 0 ? -1.0 : 1.0;
}

}  // namespace

DiagonalEstimate EstimateDiagonal(const BlockOperator& a, Eigen::Index dimension, int probes,
                                  std::uint64_t seed, const std::function<void(double)>& progress) {
  if (probes < 1) {
    throw std::invalid_argument(
        fmt::format("diagonal-probes = {} is not allowed (must be >= 1)", probes));
  }
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(dimension);
  Eigen::VectorXd squares = Eigen::VectorXd::Zero(dimension);  // Σ (value − mean)²
  for (int first = 0; first < probes; first += kBlock) {
    Eigen::MatrixXd v(dimension, std::min(kBlock, probes - first));
    for (Eigen::Index j = 0; j < v.cols(); ++j) {
      for (Eigen::Index i = 0; i < dimension; ++i) {
        v(i, j) = Sign(seed, first + static_cast<int>(j), i);
      }
    }
    const Eigen::MatrixXd values = v.cwiseProduct(a(v));
    for (Eigen::Index j = 0; j < v.cols(); ++j) {
      const double count = first + static_cast<double>(j) + 1;
      const Eigen::VectorXd delta = values.col(j) - mean;
      mean += delta / count;
      squares += delta.cwiseProduct(values.col(j) - mean);
    }
    if (progress) progress(std::min(1.0, (first + kBlock) / static_cast<double>(probes)));
  }
  DiagonalEstimate estimate{.value = mean, .standard_error = {}};
  const auto n = static_cast<double>(probes);
  estimate.standard_error =
      probes > 1 ? Eigen::VectorXd((squares / (n * (n - 1))).cwiseSqrt())
                 : Eigen::VectorXd::Constant(dimension, std::numeric_limits<double>::quiet_NaN());
  return estimate;
}

}  // namespace adamsde
