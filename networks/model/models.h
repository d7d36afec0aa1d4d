#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "networks/model/layers.h"

namespace adamsde::networks {

/// A network's function: logits from inputs and parameters.
class Model {
 public:
  virtual ~Model() = default;
  /// @param x  count × channels × height × width
  /// @return   count × classes
  [[nodiscard]] virtual at::Tensor Logits(const Parameters& p, const at::Tensor& x,
                                          Mode mode) const = 0;
};

/// Makes the model and declares its parameters and running statistics.
[[nodiscard]] std::unique_ptr<Model> MakeModel(const ModelOptions& options, const InputShape& input,
                                               std::int64_t classes, Builder& builder);

}  // namespace adamsde::networks
