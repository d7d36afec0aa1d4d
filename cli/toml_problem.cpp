#include "cli/toml_problem.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "cli/builtin_problems.h"
#include "cli/io/limits.h"
#include "cli/io/text.h"

namespace adamsde {
namespace {

constexpr std::array<std::string_view, 8> kFileOptions = {
    "hessian", "minimizer", "drift", "diffusion", "center", "dataset", "labels", "spectrum"};
constexpr std::array<std::string_view, 2> kMixedOptions = {"gradient-noise", "preconditioner"};
constexpr std::array<std::string_view, 5> kKeywords = {"hessian", "empirical", "lemma5",
                                                       "minibatch", "identity"};

template <typename Range>
bool Contains(const Range& range, std::string_view value) {
  return std::find(range.begin(), range.end(), value) != range.end();
}

[[noreturn]] void Refuse(const TomlProblem& problem, const toml::node& node, std::string_view key,
                         std::string_view why) {
  throw std::invalid_argument(
      fmt::format("{}:{}: {} {}", problem.source, node.source().begin.line, key, why));
}

std::optional<double> Number(const toml::node& node) { return node.value<double>(); }

/// An array of numbers (a column) or of equally long arrays of numbers (rows).
Eigen::MatrixXd Matrix(const TomlProblem& problem, const toml::array& array, std::string_view key) {
  std::vector<std::vector<double>> rows;
  for (const toml::node& item : array) {
    std::vector<double> row;
    if (const toml::array* const inner = item.as_array()) {
      for (const toml::node& entry : *inner) {
        const auto value = Number(entry);
        if (!value) Refuse(problem, entry, key, "has an entry that is not a number");
        row.push_back(*value);
      }
    } else if (const auto value = Number(item)) {
      row.push_back(*value);
    } else {
      Refuse(problem, item, key, "has an entry that is not a number");
    }
    if (!rows.empty() && row.size() != rows.front().size()) {
      Refuse(problem, item, key,
             fmt::format("has a row of {} numbers, expected {}", row.size(), rows.front().size()));
    }
    rows.push_back(std::move(row));
  }
  if (rows.empty() || rows.front().empty()) Refuse(problem, array, key, "is empty");
  Eigen::MatrixXd matrix(rows.size(), rows.front().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows[i].size(); ++j) {
      matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = rows[i][j];
    }
  }
  return matrix;
}

std::string Text(const TomlProblem& problem, const toml::node& node, const std::string& key,
                 const std::string& folder) {
  if (const auto text = node.value<std::string>()) {
    return NamesFile(key, *text) ? folder + *text : *text;
  }
  if (const auto* const flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* const integer = node.as_integer()) return fmt::format("{}", integer->get());
  if (const auto* const number = node.as_floating_point()) return fmt::format("{}", number->get());
  Refuse(problem, node, key, "has a value of a kind no option takes");
}

/// What to put before file names in the problem: its own folder, or the mark of built-in files.
std::string FolderOf(const std::string& path) {
  if (path.starts_with(kBuiltinPrefix)) return std::string(kBuiltinPrefix);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "" : folder.string() + "/";
}

std::string PathOf(const std::string& name) {
  const std::vector<std::string> builtin = BuiltinProblemNames();
  if (Contains(builtin, name)) return fmt::format("{}{}.toml", kBuiltinPrefix, name);
  if (name.ends_with(".toml")) return name;
  throw std::invalid_argument(
      fmt::format("problem = '{}' is not known{} give a built-in name or a .toml file", name,
                  Suggest(name, builtin)));
}

}  // namespace

bool NamesFile(const std::string& option, const std::string& value) {
  if (value.starts_with('/') || value.starts_with(kBuiltinPrefix)) return false;
  return Contains(kFileOptions, option) ||
         (Contains(kMixedOptions, option) && !Contains(kKeywords, value));
}

TomlProblem LoadTomlProblem(const std::string& name) {
  const std::string path = PathOf(name);
  TomlProblem problem;
  problem.source = path;
  toml::table table;
  const std::string text = ReadTextOrBuiltin(path);
  if (text.size() > kLargestToml) {
    throw std::invalid_argument(
        fmt::format("cannot read '{}' (it has more than {} bytes) give large matrices as .npy",
                    path, kLargestToml));
  }
  if (!HasShallowKeys(text)) {
    throw std::invalid_argument(
        fmt::format("cannot read '{}' (keys within keys, deeper than 16)", path));
  }
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw std::invalid_argument(
        fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
  const std::string folder = FolderOf(path);
  for (const auto& [raw_key, node] : table) {
    const std::string key(raw_key.str());
    if (key == "description") {
      problem.description = node.value_or(std::string());
    } else if (const toml::array* const array = node.as_array()) {
      if (!Contains(kFileOptions, key) && !Contains(kMixedOptions, key)) {
        Refuse(problem, node, key, "cannot be a list");
      }
      problem.matrices[key] = Matrix(problem, *array, key);
      problem.options.emplace_back(key, "inline");
    } else {
      problem.options.emplace_back(key, Text(problem, node, key, folder));
    }
  }
  return problem;
}

}  // namespace adamsde
