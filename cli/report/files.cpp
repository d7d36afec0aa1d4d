#include "cli/report/files.h"

#include "cli/io/npy.h"
#include "cli/io/text.h"

namespace adamsde {

std::optional<std::filesystem::path> ReportFiles::PathOf(const std::string& name) const {
  if (!folder_ || (names_ && !names_->contains(name))) return std::nullopt;
  if (!std::filesystem::exists(*folder_ / name)) return std::nullopt;
  return *folder_ / name;
}

std::optional<Eigen::MatrixXd> ReportFiles::Matrix(const std::string& name) const {
  if (const auto kept = matrices_.find(name); kept != matrices_.end()) return kept->second;
  const auto path = PathOf(name);
  if (!path) return std::nullopt;
  return ReadNpy(*path).values;
}

std::optional<std::string> ReportFiles::Text(const std::string& name) const {
  if (const auto kept = texts_.find(name); kept != texts_.end()) return kept->second;
  const auto path = PathOf(name);
  if (!path) return std::nullopt;
  return ReadTextFile(*path);
}

}  // namespace adamsde
