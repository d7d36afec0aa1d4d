#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

#include "sde/problem/dataset.h"

namespace adamsde {

/// Fields of a delimited text file: separated by ',', ';', tab or runs of spaces (whichever the
/// first line uses outside quotes, in this order), with "quoted" fields, CRLF, a byte order mark,
/// blank lines and lines starting with '#' allowed.
struct TextTable {
  std::vector<std::vector<std::string>> rows;
  std::vector<int> line_numbers;  ///< of each row, for messages
};

/// @param name  what to call the source in messages: "name:line: 5 fields, expected 7".
/// @throws std::invalid_argument  ragged rows, no rows, a quote that is not closed.
[[nodiscard]] TextTable ParseTextTable(std::string text, const std::string& name);

/// Numbers only, no header.
/// @throws std::invalid_argument  a field that is not a number; names file, line and column.
[[nodiscard]] Eigen::MatrixXd ReadCsvMatrix(const std::filesystem::path& path);

/// A dataset with a target column. The first row is a header iff it has a non-numeric field in a
/// column that is numeric in the second row; columns without header are column1, column2, ….
///
/// @param text    the file's content
/// @param name    its name for messages
/// @param target  header name or 1-based number; empty: the last column. Several, separated by
///                commas: one-hot columns, of which each row has exactly one 1 and else 0; the
///                row's class is the name of that column.
/// @throws std::invalid_argument  unknown or ambiguous target (names the nearest), a feature that
///                                is not a finite number or a row that is not one-hot (name file,
///                                line and column).
[[nodiscard]] Dataset ParseDataset(std::string text, const std::string& name,
                                   const std::string& target);

}  // namespace adamsde
