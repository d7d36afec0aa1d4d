#pragma once

#include <cstdint>
#include <string>

#include "sde/optimizer/minibatch.h"
#include "sde/optimizer/update.h"

namespace adamsde::networks {

enum class RateSchedule { kConstant, kInverseRoot, kCosine };

/// Algorithm 1 on a network. β is the weight of the NEW gradient.
struct TrainingOptions {
  std::string optimizer = "adamw";  ///< adamw, adamw-d, l2-adam, l2-adam-d, adam
  OptimizerConvention convention = OptimizerConvention::kPaper;
  double learning_rate = 1e-3;
  double weight_decay = 1e-2;  ///< λ₀ of the -D variants; adam has none
  double decay_final = 0.01;  ///< -D: λ falls geometrically to this share of λ₀ at the last step
  double beta1 = 0.1;
  double beta2 = 1e-3;
  double delta = 1e-8;
  double ridge = 0;  ///< (r/2)‖x‖² as part of the loss itself
  std::int64_t batch_size = 128;
  MinibatchSampling sampling = MinibatchSampling::kEpoch;
  std::int64_t epochs = 10;  ///< of ⌈n/b⌉ steps
  RateSchedule schedule = RateSchedule::kConstant;
  std::int64_t warm_up = 0;  ///< steps, kCosine
  std::uint64_t seed = 1;    ///< of initial parameters, minibatches, augmentation
};

[[nodiscard]] bool IsL2(const std::string& optimizer);
/// Whether λ_k decays.
[[nodiscard]] bool IsDecaying(const std::string& optimizer);

/// Algorithm 1 for a run of `steps` steps.
class TrainingRule {
 public:
  /// @throws std::invalid_argument  a field outside its range; names it.
  TrainingRule(const TrainingOptions& options, std::int64_t steps);

  /// η_k: constant; v/√(k+1); or cosine: v(k+1)/W for k < W, then ½v(1 + cos(π(k−W)/(T−W))).
  [[nodiscard]] double LearningRate(std::int64_t step) const;
  /// λ_k
  [[nodiscard]] double WeightDecay(std::int64_t step) const { return rule_.weight_decay.At(step); }
  [[nodiscard]] UpdateStep Step(std::int64_t step) const;

 private:
  UpdateRule rule_;
  RateSchedule schedule_;
  std::int64_t warm_up_;
  std::int64_t steps_;
};

}  // namespace adamsde::networks
