#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace adamsde {

/// Arrays by name ("part/name"): a state outside the process, as a checkpoint holds it and as ranks
/// exchange it.
struct ArrayMap {
  std::map<std::string, Eigen::MatrixXd> matrices;
  std::map<std::string, std::vector<std::int64_t>> integers;

  /// @throws std::invalid_argument  there is none of that name.
  [[nodiscard]] const Eigen::MatrixXd& Matrix(const std::string& name) const;
  [[nodiscard]] const std::vector<std::int64_t>& Integers(const std::string& name) const;
  /// @throws std::invalid_argument  none, or not `count` of them.
  [[nodiscard]] const std::vector<std::int64_t>& Integers(const std::string& name,
                                                          std::size_t count) const;
};

/// As one message between ranks of the same program.
[[nodiscard]] std::string ToBytes(const ArrayMap& arrays);
/// @throws std::invalid_argument  bytes that ToBytes did not make.
[[nodiscard]] ArrayMap FromBytes(std::string_view bytes);

}  // namespace adamsde
