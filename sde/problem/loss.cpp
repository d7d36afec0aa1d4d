#include "sde/problem/loss.h"

#include <fmt/format.h>

#include <stdexcept>

namespace adamsde {

Eigen::MatrixXd FisherInformation(const SampledLoss& loss, const Eigen::VectorXd& x) {
  const Eigen::MatrixXd g = loss.SampleGradients(x);
  return g.transpose() * g / static_cast<double>(g.rows());
}

Eigen::MatrixXd EmpiricalGradientNoise(const SampledLoss& loss, const Eigen::VectorXd& x,
                                       std::int64_t batch_size, MinibatchSampling sampling) {
  if (sampling == MinibatchSampling::kEpoch) {
    throw std::domain_error(
        "no gradient noise covariance for sampling = epoch (reshuffled passes make successive "
        "noises anticorrelated) use --sampling replacement or batch");
  }
  const std::int64_t n = loss.NumSamples();
  double scale = 1.0 / static_cast<double>(batch_size);
  if (sampling == MinibatchSampling::kBatch) {
    if (batch_size > n) {
      throw std::invalid_argument(fmt::format(
          "batch-size = {} is more than the {} rows (only --sampling replacement allows that)",
          batch_size, n));
    }
    scale *= n > 1 ? static_cast<double>(n - batch_size) / static_cast<double>(n - 1) : 0.0;
  }
  Eigen::MatrixXd g = loss.SampleGradients(x);
  const Eigen::RowVectorXd mean = g.colwise().mean();
  g.rowwise() -= mean;
  const Eigen::MatrixXd c = g.transpose() * g * (scale / static_cast<double>(n));
  return 0.5 * (c + c.transpose());
}

}  // namespace adamsde
