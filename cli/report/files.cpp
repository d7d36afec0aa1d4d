#include "cli/report/files.h"

#include "cli/io/npy.h"
#include "cli/io/text.h"

namespace adamsde {

std::optional<Eigen::MatrixXd> ReportFiles::Matrix(const std::string& name) const {
  if (const auto kept = matrices_.find(name); kept != matrices_.end()) return kept->second;
  if (!folder_ || !std::filesystem::exists(*folder_ / name)) return std::nullopt;
  return ReadNpy(*folder_ / name).values;
}

std::optional<std::string> ReportFiles::Text(const std::string& name) const {
  if (const auto kept = texts_.find(name); kept != texts_.end()) return kept->second;
  if (!folder_ || !std::filesystem::exists(*folder_ / name)) return std::nullopt;
  return ReadTextFile(*folder_ / name);
}

}  // namespace adamsde
