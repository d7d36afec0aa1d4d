#include "cli/report/columns.h"

#include <fmt/format.h>

#include <stdexcept>

#include "cli/io/csv.h"
#include "cli/io/text.h"

namespace adamsde {

std::optional<Columns> Columns::Read(const ReportFiles& files, const std::string& name) {
  const auto text = files.Text(name);
  if (!text) return std::nullopt;
  const TextTable table = ParseTextTable(*text, name);
  Columns columns;
  columns.name_ = name;
  columns.rows_ = table.rows.size() - 1;
  for (std::size_t k = 0; k < table.rows.front().size(); ++k) {
    std::vector<std::string>& column = columns.words_[table.rows.front()[k]];
    for (std::size_t r = 1; r < table.rows.size(); ++r) column.push_back(table.rows[r][k]);
  }
  return columns;
}

const std::vector<std::string>& Columns::Words(const std::string& column) const {
  const auto found = words_.find(column);
  if (found == words_.end()) {
    throw std::invalid_argument(fmt::format("{} has no column '{}'", name_, column));
  }
  return found->second;
}

std::vector<double> Columns::Numbers(const std::string& column) const {
  std::vector<double> numbers;
  for (const std::string& word : Words(column)) {
    const auto number = ParseNumber(word);
    if (!number) {
      throw std::invalid_argument(
          fmt::format("{}: '{}' in column '{}' is not a number", name_, word, column));
    }
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace adamsde
