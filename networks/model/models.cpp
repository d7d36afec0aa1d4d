#include "networks/model/models.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

namespace adamsde::networks {
namespace {

using Sizes = at::IntArrayRef;

at::Tensor Activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::kRelu:
      return at::relu(x);
    case Activation::kGelu:
      return at::gelu(x);
    case Activation::kTanh:
      break;
  }
  return at::tanh(x);
}

/// x[k·(p+1) + j] is feature j's weight for class k, the intercept last: SoftmaxLoss's order.
class Softmax final : public Model {
 public:
  Softmax(const InputShape& input, std::int64_t classes, Builder& builder)
      : weight_(builder.Add("softmax.weight", {classes - 1, input.Features() + 1}, 0)) {}

  at::Tensor Logits(const Parameters& p, const at::Tensor& x, Mode) const override {
    const at::Tensor one = at::ones({x.size(0), 1}, x.options());
    const at::Tensor logits = at::linear(at::cat({x.flatten(1), one}, 1), p[weight_]);
    return at::cat({logits, at::zeros({x.size(0), 1}, x.options())}, 1);
  }

 private:
  std::size_t weight_;
};

class Mlp final : public Model {
 public:
  Mlp(const ModelOptions& options, const InputShape& input, std::int64_t classes, Builder& builder)
      : activation_(options.activation) {
    const double gain = activation_ == Activation::kTanh ? 1 : 2;
    std::int64_t in = input.Features();
    for (const std::int64_t out : options.hidden) {
      layers_.emplace_back(builder, fmt::format("linear{}", layers_.size() + 1), in, out, gain);
      in = out;
    }
    layers_.emplace_back(builder, fmt::format("linear{}", layers_.size() + 1), in, classes);
  }

  at::Tensor Logits(const Parameters& p, const at::Tensor& x, Mode) const override {
    at::Tensor h = layers_.front()(p, x.flatten(1));
    for (std::size_t i = 1; i < layers_.size(); ++i) h = layers_[i](p, Activate(activation_, h));
    return h;
  }

 private:
  Activation activation_;
  std::vector<Linear> layers_;
};

/// relu(x + norm(conv(relu(norm(conv(x)))))), the shortcut through a 1×1 convolution where shapes
/// differ.
struct ResidualBlock {
  ResidualBlock(Builder& builder, const std::string& name, std::int64_t in, std::int64_t out,
                std::int64_t stride)
      : conv1(builder, name + ".conv1", in, out, 3, stride),
        norm1(builder, name + ".norm1", out),
        conv2(builder, name + ".conv2", out, out, 3, 1),
        norm2(builder, name + ".norm2", out) {
    if (in == out && stride == 1) return;
    shortcut.emplace(builder, name + ".shortcut", in, out, 1, stride);
    shortcut_norm.emplace(builder, name + ".shortcut-norm", out);
  }

  at::Tensor operator()(const Parameters& p, const at::Tensor& x, Mode mode) const {
    const at::Tensor h = norm2(p, conv2(p, at::relu(norm1(p, conv1(p, x), mode))), mode);
    return at::relu(h + (shortcut ? (*shortcut_norm)(p, (*shortcut)(p, x), mode) : x));
  }

  Convolution conv1;
  BatchNorm norm1;
  Convolution conv2;
  BatchNorm norm2;
  std::optional<Convolution> shortcut;
  std::optional<BatchNorm> shortcut_norm;
};

class ResNet final : public Model {
 public:
  ResNet(const ModelOptions& options, const InputShape& input, std::int64_t classes,
         Builder& builder)
      : large_stem_(options.large_stem),
        stem_(builder, "stem", input.channels, options.width, large_stem_ ? 7 : 3,
              large_stem_ ? 2 : 1),
        stem_norm_(builder, "stem-norm", options.width),
        head_(AddBlocks(options, builder, classes)) {}

  at::Tensor Logits(const Parameters& p, const at::Tensor& x, Mode mode) const override {
    at::Tensor h = at::relu(stem_norm_(p, stem_(p, x), mode));
    if (large_stem_) h = at::max_pool2d(h, 3, 2, 1);
    for (const ResidualBlock& block : blocks_) h = block(p, h, mode);
    return head_(p, h.mean(Sizes({2, 3})));
  }

 private:
  Linear AddBlocks(const ModelOptions& options, Builder& builder, std::int64_t classes) {
    std::int64_t in = options.width;
    std::int64_t out = options.width;
    for (std::size_t stage = 0; stage < options.blocks.size(); ++stage) {
      for (std::int64_t i = 0; i < options.blocks[stage]; ++i) {
        const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
        blocks_.emplace_back(builder, fmt::format("stage{}.block{}", stage + 1, i + 1), in, out,
                             stride);
        in = out;
      }
      out *= 2;
    }
    return {builder, "head", in, classes};
  }

  bool large_stem_;
  Convolution stem_;
  BatchNorm stem_norm_;
  std::vector<ResidualBlock> blocks_;
  Linear head_;
};

/// x + attention(norm(x)), then x + mlp(norm(x)).
struct TransformerBlock {
  TransformerBlock(Builder& builder, const std::string& name, const ModelOptions& options)
      : heads(options.heads),
        norm1(builder, name + ".norm1", options.dim),
        qkv(builder, name + ".qkv", options.dim, 3 * options.dim),
        projection(builder, name + ".projection", options.dim, options.dim),
        norm2(builder, name + ".norm2", options.dim),
        up(builder, name + ".up", options.dim, options.mlp_ratio * options.dim),
        down(builder, name + ".down", options.mlp_ratio * options.dim, options.dim) {}

  at::Tensor operator()(const Parameters& p, const at::Tensor& x) const {
    const at::Tensor h = x + Attention(p, norm1(p, x));
    return h + down(p, at::gelu(up(p, norm2(p, h))));
  }

  [[nodiscard]] at::Tensor Attention(const Parameters& p, const at::Tensor& x) const {
    const std::int64_t count = x.size(0);
    const std::int64_t tokens = x.size(1);
    const std::int64_t dim = x.size(2);
    // 3 × count × heads × tokens × dim/heads
    const at::Tensor split =
        qkv(p, x).reshape({count, tokens, 3, heads, dim / heads}).permute({2, 0, 3, 1, 4});
    const double scale = 1 / std::sqrt(static_cast<double>(dim / heads));
    const at::Tensor weights =
        at::softmax(at::matmul(split.select(0, 0), split.select(0, 1).transpose(2, 3)) * scale, -1);
    return projection(
        p, at::matmul(weights, split.select(0, 2)).transpose(1, 2).reshape({count, tokens, dim}));
  }

  std::int64_t heads;
  LayerNorm norm1;
  Linear qkv;
  Linear projection;
  LayerNorm norm2;
  Linear up;
  Linear down;
};

class Vit final : public Model {
 public:
  Vit(const ModelOptions& options, const InputShape& input, std::int64_t classes, Builder& builder)
      : patch_(options.patch),
        embedding_(
            builder.Add("embedding.weight", {options.dim, input.channels, patch_, patch_},
                        1 / std::sqrt(static_cast<double>(input.channels * patch_ * patch_)))),
        embedding_bias_(builder.Add("embedding.bias", {options.dim}, 0)),
        token_(builder.Add("class-token", {1, 1, options.dim}, kDeviation)),
        positions_(builder.Add(
            "positions", {1, 1 + (input.height / patch_) * (input.width / patch_), options.dim},
            kDeviation)),
        blocks_(MakeBlocks(options, builder)),
        norm_(builder, "norm", options.dim),
        head_(builder, "head", options.dim, classes) {}

  at::Tensor Logits(const Parameters& p, const at::Tensor& x, Mode) const override {
    const at::Tensor patches =
        at::conv2d(x, p[embedding_], p[embedding_bias_], patch_).flatten(2).transpose(1, 2);
    at::Tensor h = at::cat({p[token_].expand({x.size(0), 1, -1}), patches}, 1) + p[positions_];
    for (const TransformerBlock& block : blocks_) h = block(p, h);
    return head_(p, norm_(p, h.select(1, 0)));
  }

 private:
  static constexpr double kDeviation = 0.02;

  static std::vector<TransformerBlock> MakeBlocks(const ModelOptions& options, Builder& builder) {
    std::vector<TransformerBlock> blocks;
    for (std::int64_t i = 0; i < options.depth; ++i) {
      blocks.emplace_back(builder, fmt::format("block{}", i + 1), options);
    }
    return blocks;
  }

  std::int64_t patch_;
  std::size_t embedding_, embedding_bias_, token_, positions_;
  std::vector<TransformerBlock> blocks_;
  LayerNorm norm_;
  Linear head_;
};

}  // namespace

std::unique_ptr<Model> MakeModel(const ModelOptions& options, const InputShape& input,
                                 std::int64_t classes, Builder& builder) {
  Validate(options, input, classes);
  switch (options.kind) {
    case ModelKind::kSoftmax:
      return std::make_unique<Softmax>(input, classes, builder);
    case ModelKind::kMlp:
      return std::make_unique<Mlp>(options, input, classes, builder);
    case ModelKind::kResNet:
      return std::make_unique<ResNet>(options, input, classes, builder);
    case ModelKind::kVit:
      break;
  }
  return std::make_unique<Vit>(options, input, classes, builder);
}

}  // namespace adamsde::networks
