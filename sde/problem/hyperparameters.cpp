#include "sde/problem/hyperparameters.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

void RequireMovingAverageWeight(const char* name, double value) {
  if (!(value > 0 && value <= 1)) {
    throw std::invalid_argument(
        fmt::format("{} = {} is not allowed (it is the weight of the new gradient) choose a value "
                    "in (0, 1]",
                    name, value));
  }
}

}  // namespace

void RequirePositive(const char* name, double value) {
  if (!(std::isfinite(value) && value > 0)) {
    throw std::invalid_argument(fmt::format("{} = {} is not allowed (must be > 0)", name, value));
  }
}

void Validate(const Hyperparameters& hyper) {
  RequirePositive("learning-rate", hyper.learning_rate);
  if (!(std::isfinite(hyper.weight_decay) && hyper.weight_decay >= 0)) {
    throw std::invalid_argument(
        fmt::format("weight-decay = {} is not allowed (must be >= 0)", hyper.weight_decay));
  }
  if (hyper.batch_size < 1) {
    throw std::invalid_argument(
        fmt::format("batch-size = {} is not allowed (must be >= 1)", hyper.batch_size));
  }
  RequireMovingAverageWeight("beta1", hyper.beta1);
  RequireMovingAverageWeight("beta2", hyper.beta2);
  RequirePositive("delta", hyper.delta);
}

}  // namespace adamsde
