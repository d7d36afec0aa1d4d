#pragma once

#include <map>
#include <string>
#include <vector>

#include "networks/table1/cell.h"
#include "networks/table1/options.h"

namespace adamsde::networks {

/// One seed of a row: a network trained with the row's λ.
struct Member {
  TrainedCell trained{};
  std::optional<SpectrumCell> spectrum{};  ///< none where the training diverged
};

/// A model with an optimizer.
struct Table1Row {
  std::string model{};
  std::string optimizer{};
  double weight_decay = 0;            ///< chosen
  std::vector<TrainedCell> tuning{};  ///< every λ of the grid with the first seed, diverged or not
  std::vector<Member> members{};      ///< by seed, in order
};

/// The λ of the best validation accuracy at the end, the smaller validation loss where equal; a
/// diverged run loses to any other.
[[nodiscard]] const TrainedCell& ChooseDecay(const std::vector<TrainedCell>& tuning);

/// The grid of an optimizer; {0} for adam.
[[nodiscard]] std::vector<double> DecayGrid(const Table1Options& options,
                                            const std::string& optimizer);

/// Runs or reads every cell, in an order that completes one row after the other.
/// @throws as CellRunner.
[[nodiscard]] std::vector<Table1Row> RunExperiment(
    const Table1Options& options, const CellRunner& runner,
    const std::function<void(const std::string& what, double fraction)>& progress);

}  // namespace adamsde::networks
