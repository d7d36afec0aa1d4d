#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace adamsde::networks {

/// What one sample looks like to a network.
struct InputShape {
  std::int64_t channels = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;  ///< rows of a table: 1×1×p

  [[nodiscard]] std::int64_t Features() const { return channels * height * width; }
};

enum class ModelKind {
  kSoftmax,  ///< one linear layer, the last class's weights fixed at zero: adamsde's softmax
  kMlp,      ///< linear layers with an activation between them
  kResNet,   ///< residual blocks of 3×3 convolutions with batch normalization
  kVit,      ///< vision transformer: patches, class token, pre-normalized blocks
};

enum class Activation { kRelu, kGelu, kTanh };

struct ModelOptions {
  std::string name{};
  ModelKind kind = ModelKind::kMlp;
  // kMlp
  std::vector<std::int64_t> hidden = {64};
  Activation activation = Activation::kRelu;
  // kResNet. width 64 with blocks 2, 2, 2, 2 is ResNet18.
  std::int64_t width = 8;                     ///< channels of the first stage, doubled by each next
  std::vector<std::int64_t> blocks = {1, 1};  ///< per stage
  bool large_stem = false;  ///< 7×7 of stride 2 and a pooling (ImageNet's) instead of 3×3 (CIFAR's)
  // kVit. dim 384, depth 12, heads 6, patch 16 is ViT-small.
  std::int64_t patch = 7;
  std::int64_t dim = 32;
  std::int64_t depth = 2;
  std::int64_t heads = 4;
  std::int64_t mlp_ratio = 4;  ///< hidden width of a block's perceptron, in units of dim
};

/// @throws std::invalid_argument  the model does not fit the input (heads do not divide dim, the
///                                patch not the image, a size below 1); names the model and why.
void Validate(const ModelOptions& model, const InputShape& input, std::int64_t classes);

}  // namespace adamsde::networks
