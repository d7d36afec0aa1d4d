#pragma once

#include <string>
#include <vector>

#include "cli/io/json.h"
#include "networks/table1/summary.h"

namespace adamsde::networks {

/// Everything of an experiment that is reported.
struct Table1Report {
  const std::vector<Table1Row>& rows;
  std::vector<Table1Verdict> verdicts{};
  std::vector<Sensitivity> sensitivity{};
};

/// `rows`, `verdicts`, `unstated`, `sensitivity` of result.json (adamsde-net.table1.v1).
void AddJson(const Table1Report& report, Json& json);
[[nodiscard]] std::string ToText(const Table1Report& report);
/// One line per model and optimizer.
[[nodiscard]] std::string TableCsv(const Table1Report& report);
/// One line per training, diverged or not.
[[nodiscard]] std::string CellsCsv(const Table1Report& report);
/// One line per node of every measured network's spectrum.
[[nodiscard]] std::string SpectraCsv(const Table1Report& report);
/// One line per training and epoch.
[[nodiscard]] std::string CurvesCsv(const Table1Report& report);

}  // namespace adamsde::networks
