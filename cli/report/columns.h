#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/report/files.h"

namespace adamsde {

/// A CSV file of ours: a header, then rows, of which some columns may be words.
class Columns {
 public:
  /// Nothing where there is no such file.
  /// @throws std::invalid_argument  rows of different length.
  [[nodiscard]] static std::optional<Columns> Read(const ReportFiles& files,
                                                   const std::string& name);

  [[nodiscard]] std::size_t Rows() const { return rows_; }
  [[nodiscard]] bool Has(const std::string& column) const { return words_.contains(column); }
  /// @throws std::invalid_argument  no such column; for numbers also: a field that is none.
  [[nodiscard]] const std::vector<std::string>& Words(const std::string& column) const;
  [[nodiscard]] std::vector<double> Numbers(const std::string& column) const;

 private:
  std::string name_;
  std::size_t rows_ = 0;
  std::map<std::string, std::vector<std::string>> words_;
};

}  // namespace adamsde
