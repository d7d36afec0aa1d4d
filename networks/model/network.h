#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "networks/model/options.h"

namespace adamsde::networks {

/// What the network computes in; parameters, moments and sums over batches are double in any case.
enum class Precision { kFloat, kDouble };

enum class Device { kCpu, kCuda };

/// Batch normalization and what depends on it.
enum class Mode { kTraining, kEvaluation };

/// One tensor of parameters within the flat vector x.
struct ParameterBlock {
  std::string name{};  ///< "block1.conv2.weight"
  Eigen::Index offset = 0;
  Eigen::Index size = 0;
  std::vector<std::int64_t> shape{};
  double initial_deviation = 0;  ///< entries start as N(value, deviation²)
  double initial_value = 0;
};

/// Samples as the network takes them.
struct Batch {
  const double* features = nullptr;        ///< count × features, row by row
  std::span<const std::int64_t> labels{};  ///< class numbers, count
};

/// Sums over a batch.
struct BatchSums {
  double loss = 0;  ///< Σ cross-entropy
  std::int64_t correct = 0;
};

/// A classifier with cross-entropy loss as a function of one flat vector x of d parameters.
/// Not for several threads at once: libtorch has its own.
class Network {
 public:
  /// @throws std::invalid_argument  as Validate(ModelOptions).
  Network(const ModelOptions& model, const InputShape& input, std::int64_t classes,
          Precision precision, Device device);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network();

  [[nodiscard]] Eigen::Index Dimension() const;
  [[nodiscard]] const std::vector<ParameterBlock>& Blocks() const;
  /// Name of the block that holds parameter i.
  [[nodiscard]] const std::string& BlockOf(Eigen::Index i) const;
  /// Length d; a function of (seed, component).
  [[nodiscard]] Eigen::VectorXd InitialParameters(std::uint64_t seed) const;

  void SetParameters(const Eigen::VectorXd& x);
  /// Running statistics of batch normalization, one after the other; empty without any.
  [[nodiscard]] Eigen::VectorXd Buffers() const;
  void SetBuffers(const Eigen::VectorXd& buffers);

  /// gradient = (1/count) Σ ∇f_i(x). Training mode updates the running statistics.
  BatchSums Gradient(const Batch& batch, Mode mode, Eigen::VectorXd& gradient);
  /// Evaluation mode.
  [[nodiscard]] BatchSums Evaluate(const Batch& batch) const;
  /// (1/count) Σ ∇²f_i(x) V for V d×k, by differentiating the gradient once more; evaluation mode.
  /// Cost: about 2 + 2k gradients.
  [[nodiscard]] Eigen::MatrixXd HessianTimes(const Batch& batch, const Eigen::MatrixXd& v) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Threads of libtorch's own; results depend on their number in the last bits.
void SetTorchThreads(int threads);

/// @throws std::invalid_argument  no CUDA device; says what libtorch found.
void RequireCuda();

[[nodiscard]] std::string TorchVersion();

}  // namespace adamsde::networks
