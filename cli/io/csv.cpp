#include "cli/io/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "cli/io/text.h"
#include "cli/machine.h"

namespace adamsde {
namespace {

/// What may stand before a field, whichever separator it is.
constexpr std::string_view kBeforeField = ",;\t ";

char SeparatorOf(std::string_view line) {
  std::string unquoted;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool is_quote = line[i] == '"';
    if (quoted && is_quote && line.substr(i + 1, 1) == "\"") {
      ++i;
    } else if (quoted) {
      quoted = !is_quote;
    } else if (is_quote && (i == 0 || kBeforeField.find(line[i - 1]) != std::string_view::npos)) {
      quoted = true;
    } else {
      unquoted += line[i];
    }
  }
  for (const char candidate : {',', ';', '\t'}) {
    if (unquoted.find(candidate) != std::string::npos) return candidate;
  }
  return ' ';
}

/// Splits one line. A field that starts with a quote runs to the closing quote, "" inside it is a
/// quote, and nothing but spaces may follow; a quote elsewhere is an ordinary character.
class LineSplitter {
 public:
  /// @param place  "file:line" for messages
  LineSplitter(std::string_view line, char separator, std::string place)
      : line_(line), separator_(separator), place_(std::move(place)) {}

  std::vector<std::string> operator()() {
    std::vector<std::string> fields;
    SkipSpaces();
    while (true) {
      fields.push_back(!AtEnd() && line_[at_] == '"' ? TakeQuoted() : TakePlain());
      const std::size_t end = at_;
      SkipSpaces();
      if (AtEnd()) return fields;
      if (separator_ == ' ' ? at_ == end : line_[at_] != separator_) {
        Refuse("text after a closing quote");
      }
      if (separator_ != ' ') ++at_;
      SkipSpaces();
    }
  }

 private:
  [[noreturn]] void Refuse(const char* problem) const {
    throw std::invalid_argument(fmt::format(
        "{}: {} (a quoted field ends on its line, before a separator)", place_, problem));
  }

  [[nodiscard]] bool AtEnd() const { return at_ == line_.size(); }

  /// Spaces around a field; where they separate fields, tabs do too.
  [[nodiscard]] bool AtSpace() const {
    return line_[at_] == ' ' || line_[at_] == '\r' || (line_[at_] == '\t' && separator_ != '\t');
  }

  void SkipSpaces() {
    while (!AtEnd() && AtSpace()) ++at_;
  }

  std::string TakePlain() {
    const std::size_t first = at_;
    while (!AtEnd() && line_[at_] != separator_ && !(separator_ == ' ' && AtSpace())) ++at_;
    return std::string(Trim(line_.substr(first, at_ - first)));
  }

  std::string TakeQuoted() {
    std::string field;
    for (++at_; !AtEnd(); ++at_) {
      if (line_[at_] == '"' && line_.substr(at_ + 1, 1) != "\"") {
        ++at_;
        return std::string(Trim(field));
      }
      if (line_[at_] == '"') ++at_;
      field += line_[at_];
    }
    Refuse("a quote is not closed");
  }

  std::string_view line_;
  char separator_;
  std::string place_;
  std::size_t at_ = 0;
};

bool HasHeader(const TextTable& table) {
  if (table.rows.size() < 2) return false;
  const auto& first = table.rows[0];
  const auto& second = table.rows[1];
  for (std::size_t j = 0; j < first.size(); ++j) {
    if (!ParseNumber(first[j]) && ParseNumber(second[j])) return true;
  }
  return false;
}

double RequireNumber(const std::string& name, const TextTable& table, std::size_t row,
                     std::size_t column) {
  const std::string& text = table.rows[row][column];
  const auto number = ParseNumber(text);
  if (!number || !std::isfinite(*number)) {
    throw std::invalid_argument(fmt::format("{}:{}: column {} is '{}' (must be a finite number)",
                                            name, table.line_numbers[row], column + 1, text));
  }
  return *number;
}

Eigen::MatrixXd Numbers(const std::string& name, const TextTable& table) {
  const std::size_t columns = table.rows.front().size();
  Eigen::MatrixXd values(table.rows.size(), columns);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
          RequireNumber(name, table, i, j);
    }
  }
  return values;
}

std::size_t FindTarget(const std::vector<std::string>& names, const std::string& target) {
  if (target.empty()) return names.size() - 1;
  const auto found = std::find(names.begin(), names.end(), target);
  if (std::count(names.begin(), names.end(), target) > 1) {
    throw std::invalid_argument(
        fmt::format("target = '{}' names more than one column (give its number, 1 to {})", target,
                    names.size()));
  }
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(target.data(), target.data() + target.size(), number);
  const bool is_number = error == std::errc() && end == target.data() + target.size();
  if (is_number && number >= 1 && number <= names.size()) return number - 1;
  if (is_number) {
    throw std::invalid_argument(fmt::format(
        "target = {} is not allowed (the dataset has columns 1 to {})", target, names.size()));
  }
  throw std::invalid_argument(
      fmt::format("target = '{}' is not a column{}", target, Suggest(target, names)));
}

/// One column, or several separated by commas; a header that has the commas itself comes first.
std::vector<std::size_t> FindTargets(const std::vector<std::string>& names,
                                     const std::string& target) {
  const bool is_name = std::find(names.begin(), names.end(), target) != names.end();
  if (is_name || target.find(',') == std::string::npos) return {FindTarget(names, target)};
  std::vector<std::size_t> columns;
  std::istringstream list(target);
  for (std::string item; std::getline(list, item, ',');) {
    const std::string name(Trim(item));
    if (name.empty()) {
      throw std::invalid_argument(
          fmt::format("target = '{}' has an empty name between commas", target));
    }
    columns.push_back(FindTarget(names, name));
    if (std::count(columns.begin(), columns.end(), columns.back()) > 1) {
      throw std::invalid_argument(
          fmt::format("target = '{}' names column {} twice", target, columns.back() + 1));
    }
  }
  return columns;
}

/// The class of a one-hot row: the name of the column that holds its 1.
const std::string& HotColumn(const std::string& name, const TextTable& table, std::size_t row,
                             const std::vector<std::string>& names,
                             const std::vector<std::size_t>& columns) {
  const std::string* hot = nullptr;
  for (const std::size_t j : columns) {
    const double value = RequireNumber(name, table, row, j);
    if (value == 0) continue;
    if (value != 1 || hot != nullptr) {
      throw std::invalid_argument(
          fmt::format("{}:{}: column {} is {} (one-hot targets are a single 1 and else 0)", name,
                      table.line_numbers[row], j + 1, table.rows[row][j]));
    }
    hot = &names[j];
  }
  if (hot == nullptr) {
    throw std::invalid_argument(
        fmt::format("{}:{}: no target column is 1 (one-hot targets are a single 1 and else 0)",
                    name, table.line_numbers[row]));
  }
  return *hot;
}

/// Each field becomes a string, however short; and a number.
void RequireMemoryForFields(const std::string& text, const std::string& name) {
  const auto ends = std::count_if(text.begin(), text.end(), [](char c) {
    return std::string_view(",;\t \n").find(c) != std::string_view::npos;
  });
  RequireMemory(2.0 * static_cast<double>(text.size()) +
                    (sizeof(std::string) + 2 * sizeof(double)) * static_cast<double>(ends),
                fmt::format("the table '{}'", name));
}

}  // namespace

TextTable ParseTextTable(std::string text, const std::string& name) {
  RequireMemoryForFields(text, name);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  std::istringstream stream(text);
  TextTable table;
  char separator = 0;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    const std::string_view trimmed = Trim(line);
    if (trimmed.empty() || trimmed.front() == '#') continue;
    if (separator == 0) separator = SeparatorOf(trimmed);
    // Not the trimmed line: its first or last field may be empty between tabs.
    table.rows.push_back(LineSplitter(line, separator, fmt::format("{}:{}", name, number))());
    table.line_numbers.push_back(number);
    const std::size_t expected = table.rows.front().size();
    if (table.rows.back().size() != expected) {
      throw std::invalid_argument(fmt::format("{}:{}: {} fields, expected {}", name, number,
                                              table.rows.back().size(), expected));
    }
  }
  if (table.rows.empty()) {
    throw std::invalid_argument(fmt::format("'{}' has no rows", name));
  }
  return table;
}

Eigen::MatrixXd ReadCsvMatrix(const std::filesystem::path& path) {
  return Numbers(path.string(), ParseTextTable(ReadTextFile(path), path.string()));
}

Dataset ParseDataset(std::string text, const std::string& name, const std::string& target) {
  const TextTable table = ParseTextTable(std::move(text), name);
  const std::size_t columns = table.rows.front().size();
  if (columns < 2) {
    throw std::invalid_argument(
        fmt::format("{} has one column (a dataset needs features and a target)", name));
  }
  const bool header = HasHeader(table);
  std::vector<std::string> names = table.rows.front();
  if (!header) {
    for (std::size_t j = 0; j < columns; ++j) names[j] = fmt::format("column{}", j + 1);
  }
  const std::vector<std::size_t> targets = FindTargets(names, target);
  if (targets.size() == columns) {
    throw std::invalid_argument(
        fmt::format("target = '{}' takes every column (none is left as a feature)", target));
  }
  const auto is_target = [&](std::size_t j) {
    return std::find(targets.begin(), targets.end(), j) != targets.end();
  };
  const std::size_t first = header ? 1 : 0;
  Dataset dataset;
  dataset.target_name = targets.size() == 1 ? names[targets[0]] : target;
  dataset.features.resize(static_cast<Eigen::Index>(table.rows.size() - first),
                          static_cast<Eigen::Index>(columns - targets.size()));
  for (std::size_t i = first; i < table.rows.size(); ++i) {
    dataset.targets.push_back(targets.size() == 1 ? table.rows[i][targets[0]]
                                                  : HotColumn(name, table, i, names, targets));
    Eigen::Index feature = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      if (is_target(j)) continue;
      dataset.features(static_cast<Eigen::Index>(i - first), feature++) =
          RequireNumber(name, table, i, j);
    }
  }
  for (std::size_t j = 0; j < columns; ++j) {
    if (!is_target(j)) dataset.feature_names.push_back(names[j]);
  }
  return dataset;
}

}  // namespace adamsde
