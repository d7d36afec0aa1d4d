#include "cli/io/spectrum_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <stdexcept>

#include "cli/io/limits.h"
#include "cli/io/text.h"

namespace adamsde {
namespace {

constexpr std::size_t kMostColumns = 16;

struct LineFields {
  std::array<std::string_view, kMostColumns> at;
  std::size_t count = 0;
};

/// One line's fields: commas, semicolons and tabs separate; where there are none, spaces do.
std::optional<LineFields> Split(std::string_view line) {
  const bool spaces = line.find_first_of(",;\t") == std::string_view::npos;
  const std::string_view separators = spaces ? " " : ",;\t";
  LineFields fields;
  while (true) {
    if (fields.count == kMostColumns) return std::nullopt;
    const std::size_t end = line.find_first_of(separators);
    std::string_view field = Trim(line.substr(0, end));
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
      field = field.substr(1, field.size() - 2);
    }
    fields.at[fields.count++] = field;
    if (end == std::string_view::npos) return fields;
    line = spaces ? Trim(line.substr(end)) : line.substr(end + 1);
  }
}

/// Which column is what.
struct ColumnRoles {
  std::optional<std::size_t> run;
  std::size_t value = 0;
  std::optional<std::size_t> weight;
  std::size_t count = 1;
};

bool IsOneOf(std::string_view field, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), field) != names.end();
}

std::optional<ColumnRoles> FromHeader(const LineFields& fields) {
  ColumnRoles columns{.run = {}, .value = kMostColumns, .weight = {}, .count = fields.count};
  for (std::size_t j = 0; j < fields.count; ++j) {
    if (fields.at[j] == "run") columns.run = j;
    if (IsOneOf(fields.at[j], {"eig", "eigenvalue", "eigenvalues", "value", "sigma"})) {
      columns.value = j;
    }
    if (IsOneOf(fields.at[j], {"weight", "weights", "wt"})) columns.weight = j;
  }
  if (columns.value == kMostColumns) return std::nullopt;
  return columns;
}

std::optional<ColumnRoles> FromCount(std::size_t count) {
  if (count == 1) return ColumnRoles{.run = {}, .value = 0, .weight = {}, .count = 1};
  if (count == 2) return ColumnRoles{.run = {}, .value = 0, .weight = 1, .count = 2};
  if (count == 4) return ColumnRoles{.run = 0, .value = 2, .weight = 3, .count = 4};
  return std::nullopt;
}

class TableReader {
 public:
  explicit TableReader(const std::string& name) : name_(name) {}

  void Line(std::string_view line, int number) {
    number_ = number;
    const auto fields = Split(line);
    if (!fields) Refuse("more than 16 columns");
    if (!columns_ && ReadHeader(*fields)) return;
    if (fields->count != columns_->count) {
      Refuse(fmt::format("{} fields, expected {}", fields->count, columns_->count));
    }
    std::size_t run = 0;
    if (columns_->run) run = RunOf(Number(*fields, *columns_->run));
    if (table_.values.size() <= run) {
      table_.values.resize(run + 1);
      if (columns_->weight) table_.weights.resize(run + 1);
    }
    table_.values[run].push_back(Number(*fields, columns_->value));
    if (columns_->weight) table_.weights[run].push_back(Number(*fields, *columns_->weight));
  }

  [[nodiscard]] SpectrumTable Take() {
    if (table_.values.empty()) throw std::invalid_argument(fmt::format("'{}' has no rows", name_));
    return std::move(table_);
  }

 private:
  [[noreturn]] void Refuse(const std::string& why) const {
    throw std::invalid_argument(fmt::format("{}:{}: {}", name_, number_, why));
  }

  /// Decides the columns from the first line; true if it was a header.
  bool ReadHeader(const LineFields& fields) {
    columns_ = FromHeader(fields);
    if (columns_) return true;
    columns_ = FromCount(fields.count);
    const bool text = !ParseNumber(fields.at[0]);
    if (!columns_) {
      Refuse(fmt::format("{} columns (a spectrum has run,k,eig,weight, or eig,weight, or eig)",
                         fields.count));
    }
    return text;  // a header of other names: columns by their number
  }

  [[nodiscard]] double Number(const LineFields& fields, std::size_t column) const {
    const auto number = ParseNumber(fields.at[column]);
    if (!number || std::isinf(*number)) {
      Refuse(fmt::format("column {} is '{}' (must be a number)", column + 1,
                         fields.at[column].substr(0, 40)));
    }
    return *number;
  }

  /// Runs in the order in which their numbers first appear.
  [[nodiscard]] std::size_t RunOf(double number) {
    if (std::isnan(number)) Refuse("the run is not a number");
    if (indices_.size() > kMostSpectrumRuns) {
      Refuse(fmt::format("more than {} runs", kMostSpectrumRuns));
    }
    if (!last_run_ || *last_run_ != number) {
      last_run_ = number;
      last_index_ = indices_.try_emplace(number, indices_.size()).first->second;
    }
    return last_index_;
  }

  const std::string& name_;
  int number_ = 0;
  std::optional<ColumnRoles> columns_;
  SpectrumTable table_;
  std::map<double, std::size_t> indices_;
  std::optional<double> last_run_;
  std::size_t last_index_ = 0;
};

}  // namespace

SpectrumTable ParseSpectrumTable(const std::string& name, std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  TableReader reader(name);
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.front() != '#') reader.Line(line, number);
  }
  return reader.Take();
}

std::optional<double> ParseRealOfComplex(std::string_view text) {
  text = Trim(text);
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  if (!text.ends_with('j')) return ParseNumber(text);
  text.remove_suffix(1);
  // The sign that starts the imaginary part: not the first character, not an exponent's.
  std::size_t at = text.size();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if ((text[i] == '+' || text[i] == '-') && text[i - 1] != 'e' && text[i - 1] != 'E') at = i;
  }
  const auto real = ParseNumber(text.substr(0, at));
  const auto imaginary = ParseNumber(text.substr(std::min(at, text.size())));
  if (!real || !imaginary || *imaginary != 0) return std::nullopt;
  return real;
}

std::string NullForNan(const std::string& json) {
  std::string result;
  result.reserve(json.size());
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (quoted && json[i] == '\\' && i + 1 < json.size()) {
      result += json[i++];
      result += json[i];
      continue;
    }
    if (json[i] == '"') quoted = !quoted;
    if (!quoted && json.compare(i, 3, "NaN") == 0) {
      result += "null";
      i += 2;
    } else {
      result += json[i];
    }
  }
  return result;
}

}  // namespace adamsde
