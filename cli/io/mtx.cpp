#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cli/io/limits.h"
#include "cli/io/matrix.h"
#include "cli/io/text.h"
#include "cli/machine.h"

namespace adamsde {
namespace {

/// Lines of a MatrixMarket file, one at a time, with their numbers for messages.
class MtxReader {
 public:
  explicit MtxReader(const std::filesystem::path& path) : path_(path) {
    std::string text = ReadTextFile(path);
    bytes_ = text.size();
    stream_.str(std::move(text));
  }

  LoadedMatrix operator()() {
    ReadBanner();
    const std::vector<double> size = NextNumbers(coordinate_ ? 3 : 2);
    const auto rows = Count(size[0]);
    const auto columns = Count(size[1]);
    if (symmetric_ && rows != columns) Refuse("a symmetric matrix must be square");
    RequireEnough(rows, columns, coordinate_ ? size[2] : 0);
    RequireMemory(2.0 * sizeof(double) * static_cast<double>(rows) * static_cast<double>(columns),
                  fmt::format("'{}' as a dense {}x{} matrix", path_.string(), rows, columns));
    LoadedMatrix loaded{.values = Eigen::MatrixXd::Zero(rows, columns), .is_float32 = false};
    if (coordinate_) {
      ReadCoordinates(size[2] == 0 ? 0 : Count(size[2]), loaded.values);
    } else {
      ReadArray(loaded.values);
    }
    if (NextLine()) Refuse("more entries than announced");
    return loaded;
  }

 private:
  [[noreturn]] void Refuse(const std::string& why) const {
    throw std::invalid_argument(fmt::format("{}:{}: {}", path_.string(), line_number_, why));
  }

  bool NextLine() {
    while (std::getline(stream_, line_)) {
      ++line_number_;
      if (!Trim(line_).empty() && line_.front() != '%') return true;
    }
    return false;
  }

  std::vector<double> NextNumbers(std::size_t count) {
    if (!NextLine()) Refuse("the file ends too early");
    std::vector<double> numbers;
    std::istringstream fields(line_);
    for (std::string field; fields >> field;) {
      const auto number = ParseNumber(field);
      if (!number) Refuse(fmt::format("'{}' is not a number", field));
      numbers.push_back(*number);
    }
    if (numbers.size() != count) {
      Refuse(fmt::format("{} fields, expected {}", numbers.size(), count));
    }
    return numbers;
  }

  Eigen::Index Count(double value) const {
    if (!(value >= 1 && value <= 1e9) || value != std::floor(value)) {
      Refuse(fmt::format("'{}' is not a size", value));
    }
    return static_cast<Eigen::Index>(value);
  }

  /// A short file must not take memory for the huge matrix that it announces.
  void RequireEnough(Eigen::Index rows, Eigen::Index columns, double entries) const {
    const double elements = static_cast<double>(rows) * static_cast<double>(columns);
    const auto longest = static_cast<double>(std::max(rows, columns));
    constexpr double kShortestEntry = 2;  // a digit and the end of its line
    const double least = coordinate_ ? entries : (symmetric_ ? elements / 2 : elements);
    if (least * kShortestEntry > static_cast<double>(bytes_)) {
      Refuse(fmt::format("{} entries are announced, which {} bytes cannot hold", least, bytes_));
    }
    if (elements > kFreeElements && coordinate_ && entries < longest) {
      Refuse(
          fmt::format("{}x{} with {} entries (above {} elements each row and column must have one)",
                      rows, columns, entries, kFreeElements));
    }
  }

  double Entry(double value) const {
    if (!std::isfinite(value)) Refuse(fmt::format("entry {} (must be finite)", value));
    if (integer_ && value != std::floor(value)) {
      Refuse(fmt::format("entry {} (must be an integer, as the banner says)", value));
    }
    return value;
  }

  void ReadBanner() {
    if (!std::getline(stream_, line_)) Refuse("no MatrixMarket banner");
    ++line_number_;
    std::transform(line_.begin(), line_.end(), line_.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::istringstream words(line_);
    std::string banner, object, format, field, symmetry;
    words >> banner >> object >> format >> field >> symmetry;
    if (banner != "%%matrixmarket" || object != "matrix") Refuse("no MatrixMarket banner");
    if (format != "coordinate" && format != "array") Refuse("format '" + format + "'");
    if (field != "real" && field != "integer" && field != "double") {
      Refuse("field '" + field + "' (allowed are real and integer)");
    }
    if (symmetry != "general" && symmetry != "symmetric") Refuse("symmetry '" + symmetry + "'");
    coordinate_ = format == "coordinate";
    symmetric_ = symmetry == "symmetric";
    integer_ = field == "integer";
  }

  void ReadCoordinates(Eigen::Index entries, Eigen::MatrixXd& values) {
    Eigen::MatrixXi seen = Eigen::MatrixXi::Zero(values.rows(), values.cols());
    for (Eigen::Index k = 0; k < entries; ++k) {
      const std::vector<double> entry = NextNumbers(3);
      const Eigen::Index i = Count(entry[0]) - 1;
      const Eigen::Index j = Count(entry[1]) - 1;
      if (i >= values.rows() || j >= values.cols()) {
        Refuse(fmt::format("entry ({}, {}) is outside {}x{}", i + 1, j + 1, values.rows(),
                           values.cols()));
      }
      if (seen(i, j)++ != 0) Refuse(fmt::format("entry ({}, {}) comes twice", i + 1, j + 1));
      if (symmetric_ && i != j && seen(j, i) != 0) {
        Refuse(fmt::format("entry ({}, {}) comes twice (the matrix is symmetric)", i + 1, j + 1));
      }
      values(i, j) = Entry(entry[2]);
      if (symmetric_) values(j, i) = values(i, j);
    }
  }

  void ReadArray(Eigen::MatrixXd& values) {
    for (Eigen::Index j = 0; j < values.cols(); ++j) {
      for (Eigen::Index i = symmetric_ ? j : 0; i < values.rows(); ++i) {
        values(i, j) = Entry(NextNumbers(1)[0]);
        if (symmetric_) values(j, i) = values(i, j);
      }
    }
  }

  std::filesystem::path path_;
  std::istringstream stream_;
  std::size_t bytes_ = 0;
  std::string line_;
  int line_number_ = 0;
  bool coordinate_ = false;
  bool symmetric_ = false;
  bool integer_ = false;
};

}  // namespace

LoadedMatrix ReadMatrixMarket(const std::filesystem::path& path) { return MtxReader(path)(); }

}  // namespace adamsde
