#include "networks/training/optimizer.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace adamsde::networks {

bool IsL2(const std::string& optimizer) { return optimizer.starts_with("l2-adam"); }

bool IsDecaying(const std::string& optimizer) { return optimizer.ends_with("-d"); }

TrainingRule::TrainingRule(const TrainingOptions& options, std::int64_t steps)
    : schedule_(options.schedule), warm_up_(options.warm_up), steps_(steps) {
  const Hyperparameters hyper{
      .optimizer = IsL2(options.optimizer) ? OptimizerKind::kL2Adam : OptimizerKind::kAdamW,
      .learning_rate = options.learning_rate,
      .weight_decay = options.optimizer == "adam" ? 0 : options.weight_decay,
      .batch_size = options.batch_size,
      .beta1 = options.beta1,
      .beta2 = options.beta2,
      .delta = options.delta,
      .convention = options.convention};
  Validate(hyper);
  if (warm_up_ >= steps) {
    throw std::invalid_argument(fmt::format(
        "warm-up = {} is not allowed (must be below the {} steps of the run)", warm_up_, steps));
  }
  rule_ = MakeUpdateRule(hyper);
  if (schedule_ == RateSchedule::kInverseRoot) {
    rule_.learning_rate = Schedule::InverseRoot(options.learning_rate);
  }
  if (IsDecaying(options.optimizer) && steps > 1) {
    rule_.weight_decay = Schedule::Geometric(
        options.weight_decay, std::pow(options.decay_final, 1 / static_cast<double>(steps - 1)));
  }
}

double TrainingRule::LearningRate(std::int64_t step) const {
  const double rate = rule_.learning_rate.At(step);
  if (schedule_ != RateSchedule::kCosine) return rate;
  const auto k = static_cast<double>(step);
  const auto warm_up = static_cast<double>(warm_up_);
  if (step < warm_up_) return rate * (k + 1) / warm_up;
  return rate * 0.5 *
         (1 + std::cos(std::numbers::pi * (k - warm_up) / static_cast<double>(steps_ - warm_up_)));
}

UpdateStep TrainingRule::Step(std::int64_t step) const {
  UpdateRule now = rule_;
  now.learning_rate = LearningRate(step);
  return MakeUpdateStep(now, step);
}

}  // namespace adamsde::networks
