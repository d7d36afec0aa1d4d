#pragma once

#include <Eigen/Core>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace adamsde {

/// A problem file: options by name, matrices written out, and a line about it.
struct TomlProblem {
  std::string source;                                        ///< for messages
  std::string description;                                   ///< may be empty
  std::vector<std::pair<std::string, std::string>> options;  ///< paths resolved against the file
  std::map<std::string, Eigen::MatrixXd> matrices;           ///< by option name
};

/// @param name  a built-in name, or a path ending in .toml
/// @throws std::invalid_argument  unknown name (names the nearest), unreadable, not TOML (names the
///                                line), a value that no option can take.
[[nodiscard]] TomlProblem LoadTomlProblem(const std::string& name);

/// Whether the option's value is a file name rather than one of its keywords.
[[nodiscard]] bool NamesFile(const std::string& option, const std::string& value);

}  // namespace adamsde
