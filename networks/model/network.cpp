#include "networks/model/network.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <algorithm>
#include <stdexcept>

#include "networks/model/models.h"
#include "networks/streams.h"
#include "sde/random/normal.h"

namespace adamsde::networks {
namespace {

Eigen::VectorXd ToVector(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().reshape(-1).to(at::kCPU, at::kDouble).contiguous();
  return Eigen::Map<const Eigen::VectorXd>(flat.data_ptr<double>(), flat.numel());
}

/// A tensor of its own: the values may change afterwards.
at::Tensor FromDoubles(const double* values, at::IntArrayRef shape,
                       const at::TensorOptions& options) {
  const at::Tensor view = at::from_blob(const_cast<double*>(values), shape, at::kDouble);
  return view.to(options, /*non_blocking=*/false, /*copy=*/true);
}

at::Tensor Differentiate(const at::Tensor& scalar, const at::Tensor& x, bool keep_graph,
                         bool differentiable) {
  return torch::autograd::grad({scalar}, {x}, {}, keep_graph, differentiable)[0];
}

}  // namespace

struct Network::Implementation {
  Implementation(const ModelOptions& options, const InputShape& input_shape, std::int64_t classes,
                 Precision precision, Device device)
      : input(input_shape) {
    builder.options = at::TensorOptions()
                          .dtype(precision == Precision::kFloat ? at::kFloat : at::kDouble)
                          .device(device == Device::kCuda ? at::kCUDA : at::kCPU);
    model = MakeModel(options, input, classes, builder);
    for (const ParameterBlock& block : builder.blocks) sizes.push_back(block.size);
    const ParameterBlock& last = builder.blocks.back();
    flat = at::zeros({last.offset + last.size}, builder.options);
    flat.requires_grad_();
  }

  /// The flat vector as the blocks' tensors: one operation, whose derivative is a concatenation.
  [[nodiscard]] Parameters Split() const {
    Parameters parameters = flat.split_with_sizes(sizes);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      parameters[i] = parameters[i].view(builder.blocks[i].shape);
    }
    return parameters;
  }

  [[nodiscard]] at::Tensor Labels(const Batch& batch) const {
    const auto count = static_cast<std::int64_t>(batch.labels.size());
    const at::Tensor view =
        at::from_blob(const_cast<std::int64_t*>(batch.labels.data()), {count}, at::kLong);
    return view.to(flat.device(), at::kLong, /*non_blocking=*/false, /*copy=*/true);
  }

  [[nodiscard]] at::Tensor Logits(const Batch& batch, Mode mode) const {
    const auto count = static_cast<std::int64_t>(batch.labels.size());
    const at::Tensor x = FromDoubles(
        batch.features, {count, input.channels, input.height, input.width}, builder.options);
    return model->Logits(Split(), x, mode);
  }

  static BatchSums Sums(const at::Tensor& logits, const at::Tensor& labels,
                        const at::Tensor& mean_loss) {
    const at::Tensor correct = logits.detach().argmax(1).eq(labels).sum();
    return {.loss = mean_loss.item<double>() * static_cast<double>(labels.size(0)),
            .correct = correct.item<std::int64_t>()};
  }

  InputShape input;
  Builder builder;
  std::unique_ptr<Model> model;
  std::vector<std::int64_t> sizes;
  at::Tensor flat;
};

Network::Network(const ModelOptions& model, const InputShape& input, std::int64_t classes,
                 Precision precision, Device device)
    : implementation_(std::make_unique<Implementation>(model, input, classes, precision, device)) {}

Network::~Network() = default;

Eigen::Index Network::Dimension() const { return implementation_->flat.numel(); }

const std::vector<ParameterBlock>& Network::Blocks() const {
  return implementation_->builder.blocks;
}

const std::string& Network::BlockOf(Eigen::Index i) const {
  const auto after = std::upper_bound(
      Blocks().begin(), Blocks().end(), i,
      [](Eigen::Index at, const ParameterBlock& block) { return at < block.offset; });
  return std::prev(after)->name;
}

Eigen::VectorXd Network::InitialParameters(std::uint64_t seed) const {
  const NormalStream stream{.seed = seed, .stream = kParameterStream};
  Eigen::VectorXd x(Dimension());
  for (const ParameterBlock& block : Blocks()) {
    for (Eigen::Index i = block.offset; i < block.offset + block.size; ++i) {
      const double noise = block.initial_deviation == 0
                               ? 0
                               : StandardNormal(stream, 0, 0, static_cast<std::uint32_t>(i));
      x(i) = block.initial_value + block.initial_deviation * noise;
    }
  }
  return x;
}

void Network::SetParameters(const Eigen::VectorXd& x) {
  const at::NoGradGuard no_grad;
  implementation_->flat.copy_(
      FromDoubles(x.data(), {Dimension()}, implementation_->builder.options));
}

Eigen::VectorXd Network::Buffers() const {
  const std::vector<at::Tensor>& buffers = implementation_->builder.buffers;
  if (buffers.empty()) return {};
  std::vector<at::Tensor> rows;
  for (const at::Tensor& buffer : buffers) rows.push_back(buffer.reshape(-1));
  return ToVector(at::cat(rows));
}

void Network::SetBuffers(const Eigen::VectorXd& buffers) {
  const at::NoGradGuard no_grad;
  const double* from = buffers.data();
  for (at::Tensor& buffer : implementation_->builder.buffers) {
    buffer.copy_(FromDoubles(from, buffer.sizes(), implementation_->builder.options));
    from += buffer.numel();
  }
}

BatchSums Network::Gradient(const Batch& batch, Mode mode, Eigen::VectorXd& gradient) {
  const at::Tensor labels = implementation_->Labels(batch);
  const at::Tensor logits = implementation_->Logits(batch, mode);
  const at::Tensor loss = at::cross_entropy_loss(logits, labels);
  gradient = ToVector(Differentiate(loss, implementation_->flat, false, false));
  return Implementation::Sums(logits, labels, loss);
}

BatchSums Network::Evaluate(const Batch& batch) const {
  const at::NoGradGuard no_grad;
  const at::Tensor labels = implementation_->Labels(batch);
  const at::Tensor logits = implementation_->Logits(batch, Mode::kEvaluation);
  return Implementation::Sums(logits, labels, at::cross_entropy_loss(logits, labels));
}

Eigen::MatrixXd Network::HessianTimes(const Batch& batch, const Eigen::MatrixXd& v) const {
  const at::Tensor& x = implementation_->flat;
  const at::Tensor loss = at::cross_entropy_loss(implementation_->Logits(batch, Mode::kEvaluation),
                                                 implementation_->Labels(batch));
  const at::Tensor gradient = Differentiate(loss, x, true, true);
  Eigen::MatrixXd product(v.rows(), v.cols());
  for (Eigen::Index j = 0; j < v.cols(); ++j) {
    const at::Tensor direction =
        FromDoubles(v.col(j).data(), {Dimension()}, implementation_->builder.options);
    product.col(j) = ToVector(Differentiate(gradient.dot(direction), x, j + 1 < v.cols(), false));
  }
  return product;
}

void SetTorchThreads(int threads) { at::set_num_threads(threads); }

void RequireCuda() {
  if (torch::cuda::is_available()) return;
  throw std::invalid_argument(fmt::format(
      "device = cuda is not there (libtorch {} found {} CUDA devices) use --device cpu, or a "
      "libtorch built for CUDA",
      TorchVersion(), torch::cuda::device_count()));
}

std::string TorchVersion() { return TORCH_VERSION; }

}  // namespace adamsde::networks
