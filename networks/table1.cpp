#include <stdexcept>

#include "cli/io/atomic_file.h"
#include "cli/progress.h"
#include "networks/net_result.h"
#include "networks/table1/report.h"

namespace adamsde::networks {

ExitCode RunTable1(const NetArguments& arguments) {
  const Config config = LoadConfig(arguments);
  const Data data = LoadData(config.data);
  if (data.validation.empty()) {
    throw std::invalid_argument(
        "data.validation-rows = 0 is not allowed in table1 (lambda is tuned on them)");
  }
  NetResult result(arguments, config);
  const std::filesystem::path cells = result.PathOf("cells");
  CreateOutputDirectory(cells);
  const CellRunner runner(config, data, arguments.device == "cuda" ? Device::kCuda : Device::kCpu,
                          cells);
  ProgressBar bar(arguments.progress, "table 1");
  const auto show = bar.Callback();
  const std::vector<Table1Row> rows =
      RunExperiment(config.table1, runner, [&](const std::string&, double fraction) {
        if (show) show(fraction);
      });
  const Table1Report report{
      .rows = rows, .verdicts = JudgeTable1(rows), .sensitivity = MeasureSensitivity(rows, config)};
  AddJson(report, result.Root());
  const std::string text = ToText(report);
  result.AddText("table1.txt", text);
  result.AddText("table1.csv", TableCsv(report));
  result.AddText("cells.csv", CellsCsv(report));
  result.AddText("curves.csv", CurvesCsv(report));
  result.AddText("spectra.csv", SpectraCsv(report));
  result.Finish(text);
  return ExitCode::kDone;
}

}  // namespace adamsde::networks
