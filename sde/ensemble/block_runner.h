#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "sde/ensemble/ensemble.h"
#include "sde/ensemble/ensemble_progress.h"

namespace adamsde {

/// Shared by all threads: counts transitions done, tells the user, asks whether to pause.
class Meter {
 public:
  Meter(const EnsembleOptions& options, const EnsembleProgress& before);
  void Add(std::int64_t transitions);
  /// Not before something was added, so that every run gets further; once true, always true.
  [[nodiscard]] bool Paused();

 private:
  const EnsembleOptions& options_;
  double total_;
  std::atomic<double> done_;
  std::atomic<bool> moved_ = false;
  std::atomic<bool> paused_ = false;
};

/// Takes blocks of chains from where they are to their end, or to a pause.
class BlockRunner {
 public:
  BlockRunner(const ChainSource& source, const EnsembleOptions& options,
              const EnsembleLayout& layout, Meter& meter);

  [[nodiscard]] PausedBlock Begin(std::int64_t block) const;
  /// @return  whether the block is finished; otherwise its state is saved in it
  [[nodiscard]] bool Run(PausedBlock& block) const;

 private:
  /// @return  whether it got there
  bool AdvanceTo(std::int64_t transition, ChainBlock& chains, PausedBlock& block) const;
  void Record(ChainBlock& chains, const Eigen::MatrixXd& states, PausedBlock& block) const;
  void Report(const Eigen::MatrixXd& states, Eigen::Index rows, PausedBlock& block) const;

  const ChainSource& source_;
  const EnsembleOptions& options_;
  const EnsembleLayout& layout_;
  Meter& meter_;
  std::int64_t stride_;  // transitions between two looks at the meter
};

}  // namespace adamsde
