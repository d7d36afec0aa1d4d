#include "networks/table1/experiment.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <utility>

#include "networks/training/optimizer.h"

namespace adamsde::networks {
namespace {

bool Better(const TrainedCell& a, const TrainedCell& b) {
  if (a.diverged || b.diverged) return !a.diverged && b.diverged;
  const EpochRecord& first = a.curves.back();
  const EpochRecord& second = b.curves.back();
  if (first.validation_accuracy != second.validation_accuracy) {
    return first.validation_accuracy > second.validation_accuracy;
  }
  return first.validation_loss < second.validation_loss;
}

}  // namespace

const TrainedCell& ChooseDecay(const std::vector<TrainedCell>& tuning) {
  const TrainedCell* best = &tuning.front();
  for (const TrainedCell& cell : tuning) {
    if (Better(cell, *best)) best = &cell;
  }
  return *best;
}

std::vector<double> DecayGrid(const Table1Options& options, const std::string& optimizer) {
  if (optimizer == "adam") return {0};
  return IsL2(optimizer) ? options.l2_decays : options.decays;
}

std::vector<Table1Row> RunExperiment(
    const Table1Options& options, const CellRunner& runner,
    const std::function<void(const std::string&, double)>& progress) {
  double total = 0;
  for (const std::string& optimizer : options.optimizers) {
    total += static_cast<double>(options.models.size() *
                                 (DecayGrid(options, optimizer).size() + 2 * options.seeds.size()));
  }
  double done = 0;
  const auto part = [&](const std::string& what, double fraction) {
    if (progress) progress(what, (done + fraction) / total);
  };
  std::vector<Table1Row> rows;
  for (const std::string& model : options.models) {
    for (const std::string& optimizer : options.optimizers) {
      Table1Row row{.model = model, .optimizer = optimizer};
      for (const double decay : DecayGrid(options, optimizer)) {
        row.tuning.push_back(runner.Train({model, optimizer, decay, options.seeds.front()}, part));
        ++done;
      }
      row.weight_decay = ChooseDecay(row.tuning).cell.weight_decay;
      for (const std::uint64_t seed : options.seeds) {
        Member member{.trained = runner.Train({model, optimizer, row.weight_decay, seed}, part)};
        ++done;
        if (!member.trained.diverged) {
          member.spectrum = runner.Measure(member.trained.cell, part);
        }
        ++done;
        row.members.push_back(std::move(member));
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace adamsde::networks
