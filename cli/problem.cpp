#include <fmt/format.h>

#include <filesystem>

#include "cli/builtin_problems.h"
#include "cli/commands.h"
#include "cli/dataset_layout.h"
#include "cli/io/atomic_file.h"
#include "cli/toml_problem.h"

namespace adamsde {
namespace {

std::string List() {
  std::string text;
  for (const std::string& name : BuiltinProblemNames()) {
    text += fmt::format("{:12} {}\n", name, LoadTomlProblem(name).description);
  }
  return text;
}

std::string TomlMatrix(const Eigen::MatrixXd& matrix) {
  std::string text = "[";
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    text += matrix.cols() > 1 ? "\n  [" : (i > 0 ? ", " : "");
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
      text += fmt::format("{}{}", j > 0 ? ", " : "", matrix(i, j));
    }
    if (matrix.cols() > 1) text += "],";
  }
  return text + (matrix.cols() > 1 ? "\n]" : "]");
}

/// Every option with a value, as TOML that --problem reads back; built-in files lose their mark and
/// are named beside the file.
std::string Show(const Arguments& arguments) {
  std::string text;
  for (const auto& [name, value] : arguments.resolved.items()) {
    if (value.is_null() || name == "problem" || name == "json" || name == "out" ||
        name == "report" || name == "plot" || name == "figure" || name == "progress" ||
        name == "plan-only" || (name == "num-samples" && !arguments.num_samples_given)) {
      continue;
    }
    const auto matrix = arguments.options.inline_matrices.find(name);
    if (matrix != arguments.options.inline_matrices.end()) {
      text += fmt::format("{} = {}\n", name, TomlMatrix(matrix->second));
      continue;
    }
    if (value.is_string() && value.get<std::string>().starts_with(kBuiltinPrefix)) {
      text += fmt::format("{} = \"{}\"\n", name,
                          value.get<std::string>().substr(kBuiltinPrefix.size()));
      continue;
    }
    if (value.is_string() && NamesFile(name, value.get<std::string>())) {
      // Seen from where the program runs, not from where the copy will lie.
      text += fmt::format("{} = \"{}\"\n", name,
                          std::filesystem::absolute(value.get<std::string>()).string());
      continue;
    }
    text += fmt::format("{} = {}\n", name, value.dump());
  }
  return text;
}

ExitCode Export(const Arguments& arguments) {
  const Options& options = arguments.options;
  if (options.out.empty()) throw std::invalid_argument("problem export needs --out (a folder)");
  CreateOutputDirectory(options.out);
  const std::filesystem::path folder = options.out;
  const std::string stem = std::filesystem::path(options.problem).stem().string();
  for (const auto& [name, value] : arguments.resolved.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    if (!text.starts_with(kBuiltinPrefix)) continue;
    const std::string file = text.substr(kBuiltinPrefix.size());
    WriteFileAtomically(folder / file, ReadTextOrBuiltin(text));
    fmt::print("{}\n", (folder / file).string());
  }
  const std::filesystem::path toml = folder / (stem + ".toml");
  WriteFileAtomically(toml, Show(arguments));
  fmt::print("{}\n", toml.string());
  return ExitCode::kDone;
}

}  // namespace

ExitCode RunProblem(const Arguments& arguments) {
  if (arguments.problem_action == "export") return Export(arguments);
  const bool list = arguments.problem_action == "list";
  const Options& options = arguments.options;
  Json layout;
  if (!list && !options.dataset.empty()) {
    layout = LayoutJson(LoadDatasetProblem(options), options.test_rows > 0);
  }
  if (options.json) {
    Json json;
    json["schema"] = "adamsde.problem.v1";
    json["version"] = ADAMSDE_VERSION;
    json["problems"] = BuiltinProblemNames();
    if (!list) json["options"] = arguments.resolved;
    if (!layout.is_null()) json["layout"] = layout;
    fmt::print("{}", ToText(json));
    return ExitCode::kDone;
  }
  if (!layout.is_null()) fmt::print("{}", LayoutComments(layout));
  fmt::print("{}", list ? List() : Show(arguments));
  return ExitCode::kDone;
}

}  // namespace adamsde
