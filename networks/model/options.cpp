#include "networks/model/options.h"

#include <fmt/format.h>

#include <stdexcept>

namespace adamsde::networks {
namespace {

[[noreturn]] void RefuseModel(const ModelOptions& model, const std::string& why) {
  throw std::invalid_argument(fmt::format("model '{}' does not fit ({})", model.name, why));
}

void RequireSize(const ModelOptions& model, const char* name, std::int64_t value) {
  constexpr std::int64_t kMost = 1 << 20;
  if (value < 1 || value > kMost) {
    RefuseModel(model, fmt::format("{} = {} is not allowed, must be 1 to {}", name, value, kMost));
  }
}

void RequireVit(const ModelOptions& model, const InputShape& input) {
  RequireSize(model, "patch", model.patch);
  RequireSize(model, "dim", model.dim);
  RequireSize(model, "depth", model.depth);
  RequireSize(model, "heads", model.heads);
  RequireSize(model, "mlp-ratio", model.mlp_ratio);
  if (model.dim % model.heads != 0) {
    RefuseModel(model, fmt::format("heads = {} does not divide dim = {}", model.heads, model.dim));
  }
  if (input.height % model.patch != 0 || input.width % model.patch != 0) {
    RefuseModel(model, fmt::format("patch = {} does not divide images of {}x{}", model.patch,
                                   input.height, input.width));
  }
}

}  // namespace

void Validate(const ModelOptions& model, const InputShape& input, std::int64_t classes) {
  if (classes < 2)
    RefuseModel(model, fmt::format("the data have {} class, at least 2 needed", classes));
  const bool images = input.height > 1 && input.width > 1;
  if ((model.kind == ModelKind::kResNet || model.kind == ModelKind::kVit) && !images) {
    RefuseModel(model,
                fmt::format("it needs images, the data's rows are {}x{}x{}; a table's may be "
                            "given an image-shape",
                            input.channels, input.height, input.width));
  }
  for (const std::int64_t size : model.hidden) RequireSize(model, "hidden", size);
  if (model.kind == ModelKind::kVit) RequireVit(model, input);
  if (model.kind == ModelKind::kResNet) {
    RequireSize(model, "width", model.width);
    if (model.blocks.empty() || model.blocks.size() > 8) {
      RefuseModel(model,
                  fmt::format("blocks has {} stages, 1 to 8 are allowed", model.blocks.size()));
    }
    for (const std::int64_t count : model.blocks) RequireSize(model, "blocks", count);
  }
}

}  // namespace adamsde::networks
