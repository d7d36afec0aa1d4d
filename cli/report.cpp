#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <set>

#include "cli/commands.h"
#include "cli/io/atomic_file.h"
#include "cli/io/limits.h"
#include "cli/io/text.h"
#include "cli/report/build_page.h"
#include "cli/report/html.h"
#include "cli/report/plot.h"

namespace adamsde {
namespace {

constexpr int kDeepest = 64;

Json ReadResult(const std::filesystem::path& path) {
  const std::string text = ReadTextFile(path, kLargestJson);
  if (!IsShallowJson(text, kDeepest)) {
    throw std::invalid_argument(
        fmt::format("{} is nested more than {} deep", path.string(), kDeepest));
  }
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw std::invalid_argument(fmt::format("{} is not JSON ({})", path.string(), error.what()));
  }
}

/// The files that a result names as its own.
std::optional<std::set<std::string>> NamesOf(const Json& result) {
  const auto files = result.find("files");
  if (files == result.end()) return std::nullopt;
  std::set<std::string> names;
  for (const Json& name : *files) names.insert(name.get<std::string>());
  return names;
}

}  // namespace

ExitCode RunReport(const Arguments& arguments) {
  const Options& options = arguments.options;
  if (options.folder.empty()) {
    throw std::invalid_argument("report needs the folder that an earlier run wrote with --out");
  }
  if (!options.plot.empty()) RequirePlotName(options.plot);
  const std::filesystem::path folder = options.folder;
  const std::filesystem::path source = folder / "result.json";
  const Json result = ReadResult(source);
  try {
    const ReportFiles files(folder, NamesOf(result));
    // --plot alone makes no page.
    if (options.plot.empty() || !options.report.empty()) {
      const std::filesystem::path page =
          options.report.empty() ? folder / "report.html" : std::filesystem::path(options.report);
      WriteFileAtomically(page, ToHtml(MakePage(result, files)));
      fmt::print("{}\n", page.string());
    }
    if (!options.plot.empty()) {
      WritePlot(options.plot, options.figure, result, files);
      fmt::print("{}\n", options.plot);
    }
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("{}: {}", source.string(), error.what()));
  } catch (const Json::exception& error) {  // of another shape than ours
    throw std::invalid_argument(fmt::format("{}: {}", source.string(), error.what()));
  }
  return ExitCode::kDone;
}

}  // namespace adamsde
