#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "networks/model/network.h"

namespace adamsde::networks {

/// The parameters of a network as tensors, in the order of its blocks.
using Parameters = std::vector<at::Tensor>;

/// Collects what layers are made of.
struct Builder {
  std::vector<ParameterBlock> blocks{};
  std::vector<at::Tensor> buffers{};  ///< running statistics
  at::TensorOptions options;          ///< precision and device

  /// @return the block's number
  std::size_t Add(const std::string& name, std::vector<std::int64_t> shape, double deviation,
                  double value = 0);
};

// Layers hold the numbers of their blocks and read the tensors when called.

struct Linear {
  /// @param gain  initial weights ~ N(0, gain/fan-in)
  Linear(Builder& builder, const std::string& name, std::int64_t in, std::int64_t out,
         double gain = 1);
  at::Tensor operator()(const Parameters& p, const at::Tensor& x) const;
  std::size_t weight, bias;
};

/// Square kernels without bias: batch normalization follows.
struct Convolution {
  Convolution(Builder& builder, const std::string& name, std::int64_t in, std::int64_t out,
              std::int64_t kernel, std::int64_t stride_);
  at::Tensor operator()(const Parameters& p, const at::Tensor& x) const;
  std::size_t weight;
  std::int64_t stride, padding;
};

/// Training: the batch's own mean and variance, and running ones updated with momentum 0.1.
/// Evaluation: the running ones, constants for any derivative.
struct BatchNorm {
  BatchNorm(Builder& builder, const std::string& name, std::int64_t channels);
  at::Tensor operator()(const Parameters& p, const at::Tensor& x, Mode mode) const;
  std::size_t scale, shift;
  at::Tensor running_mean, running_variance;
};

struct LayerNorm {
  LayerNorm(Builder& builder, const std::string& name, std::int64_t size);
  at::Tensor operator()(const Parameters& p, const at::Tensor& x) const;
  std::size_t scale, shift;
};

}  // namespace adamsde::networks
