#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace adamsde {

/// The files of a result (mean.npy, sweep.csv, …) as a page wants them: kept in memory by the
/// command that makes them, or read back from the folder of an earlier --out.
class ReportFiles {
 public:
  ReportFiles() = default;
  /// @param names  the result's own, where it says so: an earlier one may have left others there.
  ReportFiles(std::filesystem::path folder, std::optional<std::set<std::string>> names)
      : folder_(std::move(folder)), names_(std::move(names)) {}

  void Keep(const std::string& name, const Eigen::MatrixXd& matrix) { matrices_[name] = matrix; }
  void Keep(const std::string& name, const std::string& text) { texts_[name] = text; }

  /// Nothing where there is no such file; a vector is one column.
  /// @throws std::invalid_argument  a file that is damaged.
  [[nodiscard]] std::optional<Eigen::MatrixXd> Matrix(const std::string& name) const;
  [[nodiscard]] std::optional<std::string> Text(const std::string& name) const;

 private:
  /// Where a saved file is; nothing where it is none of the result's.
  [[nodiscard]] std::optional<std::filesystem::path> PathOf(const std::string& name) const;

  std::optional<std::filesystem::path> folder_;
  std::optional<std::set<std::string>> names_;
  std::map<std::string, Eigen::MatrixXd> matrices_;
  std::map<std::string, std::string> texts_;
};

}  // namespace adamsde
