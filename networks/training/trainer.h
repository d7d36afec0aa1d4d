#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "networks/data/split.h"
#include "networks/model/network.h"
#include "networks/training/checkpoint.h"
#include "networks/training/optimizer.h"
#include "sde/optimizer/minibatch.h"

namespace adamsde::networks {

/// Mean loss and accuracy over rows, with the accuracy's binomial standard error; NaN without rows.
struct Score {
  double loss = 0;
  double accuracy = 0;
  double accuracy_stderr = 0;
};

/// Normalized rows as a network takes them, gathered batch by batch.
class BatchGatherer {
 public:
  explicit BatchGatherer(const Data& data) : data_(data) {}
  /// Valid until the next call.
  Batch operator()(std::span<const Eigen::Index> rows);
  /// The same, augmented as the data's options say.
  Batch Augmented(std::span<const Eigen::Index> rows, std::uint64_t seed, std::int64_t step);

 private:
  const Data& data_;
  std::vector<double> features_;
  std::vector<double> scratch_;
  std::vector<std::int64_t> labels_;
};

/// In evaluation mode.
[[nodiscard]] Score Evaluate(const Network& network, const Data& data,
                             const std::vector<Eigen::Index>& rows);

/// Algorithm 1 (sde/optimizer/update.h) on a network's flat parameter vector, in double precision
/// whatever the network computes in. A run is a function of options, data and seed; continued from
/// its state at any step it gives the same bits, on the same machine with as many threads.
class Trainer {
 public:
  /// @throws std::invalid_argument  options that do not fit; names them.
  Trainer(Network& network, const Data& data, const TrainingOptions& options);

  [[nodiscard]] TrainingState Start() const;
  [[nodiscard]] std::int64_t StepsPerEpoch() const { return steps_per_epoch_; }
  [[nodiscard]] std::int64_t Steps() const { return steps_per_epoch_ * options_.epochs; }
  [[nodiscard]] const TrainingRule& Rule() const { return rule_; }

  /// Runs to the end, to divergence (noted in the state, whose x is what diverged), or until
  /// `go_on`, asked after each step, says no. Leaves the network at the state.
  void Run(TrainingState& state, const std::function<bool(const TrainingState&)>& go_on);

 private:
  void Step(TrainingState& state);
  void FinishEpoch(TrainingState& state);
  [[nodiscard]] bool FindDivergence(double loss, const TrainingState& state);

  Network& network_;
  const Data& data_;
  TrainingOptions options_;
  std::int64_t steps_per_epoch_;
  TrainingRule rule_;
  MinibatchDrawer drawer_;
  BatchGatherer gather_;
  Eigen::VectorXd gradient_;
  std::vector<Eigen::Index> rows_;
  Divergence found_;
};

}  // namespace adamsde::networks
