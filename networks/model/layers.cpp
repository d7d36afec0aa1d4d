#include "networks/model/layers.h"

#include <cmath>
#include <utility>

namespace adamsde::networks {

std::size_t Builder::Add(const std::string& name, std::vector<std::int64_t> shape, double deviation,
                         double value) {
  ParameterBlock block{.name = name,
                       .shape = std::move(shape),
                       .initial_deviation = deviation,
                       .initial_value = value};
  if (!blocks.empty()) block.offset = blocks.back().offset + blocks.back().size;
  block.size = 1;
  for (const std::int64_t n : block.shape) block.size *= n;
  blocks.push_back(std::move(block));
  return blocks.size() - 1;
}

Linear::Linear(Builder& builder, const std::string& name, std::int64_t in, std::int64_t out,
               double gain)
    : weight(builder.Add(name + ".weight", {out, in}, std::sqrt(gain / static_cast<double>(in)))),
      bias(builder.Add(name + ".bias", {out}, 0)) {}

at::Tensor Linear::operator()(const Parameters& p, const at::Tensor& x) const {
  return at::linear(x, p[weight], p[bias]);
}

Convolution::Convolution(Builder& builder, const std::string& name, std::int64_t in,
                         std::int64_t out, std::int64_t kernel, std::int64_t stride_)
    : weight(builder.Add(name + ".weight", {out, in, kernel, kernel},
                         std::sqrt(2.0 / static_cast<double>(in * kernel * kernel)))),
      stride(stride_),
      padding(kernel / 2) {}

at::Tensor Convolution::operator()(const Parameters& p, const at::Tensor& x) const {
  return at::conv2d(x, p[weight], {}, stride, padding);
}

BatchNorm::BatchNorm(Builder& builder, const std::string& name, std::int64_t channels)
    : scale(builder.Add(name + ".scale", {channels}, 0, 1)),
      shift(builder.Add(name + ".shift", {channels}, 0)),
      running_mean(at::zeros({channels}, builder.options)),
      running_variance(at::ones({channels}, builder.options)) {
  builder.buffers.push_back(running_mean);
  builder.buffers.push_back(running_variance);
}

at::Tensor BatchNorm::operator()(const Parameters& p, const at::Tensor& x, Mode mode) const {
  constexpr double kMomentum = 0.1;
  constexpr double kEpsilon = 1e-5;
  return at::batch_norm(x, p[scale], p[shift], running_mean, running_variance,
                        mode == Mode::kTraining, kMomentum, kEpsilon, false);
}

LayerNorm::LayerNorm(Builder& builder, const std::string& name, std::int64_t size)
    : scale(builder.Add(name + ".scale", {size}, 0, 1)),
      shift(builder.Add(name + ".shift", {size}, 0)) {}

at::Tensor LayerNorm::operator()(const Parameters& p, const at::Tensor& x) const {
  return at::layer_norm(x, p[scale].sizes(), p[scale], p[shift]);
}

}  // namespace adamsde::networks
