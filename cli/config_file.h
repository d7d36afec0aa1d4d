#pragma once

#include <CLI/CLI.hpp>
#include <istream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace adamsde {

/// Reads --config: one `key = value` per line, no sections, as --dump-config prints it.
class FlatConfig : public CLI::ConfigBase {
 public:
  /// @param keys  the names that are known
  explicit FlatConfig(std::vector<std::string> keys) : keys_(std::move(keys)) {}

  /// @throws std::invalid_argument  a section, an unknown key, a list, or more text than a
  ///                                configuration has; names the line.
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;

 private:
  void RequireFlat(std::string_view line, int number) const;

  std::vector<std::string> keys_;
};

}  // namespace adamsde
