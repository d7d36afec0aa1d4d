#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace adamsde {

/// Files of data/ compiled into the program.
struct BuiltinFile {
  std::string_view name;
  std::string_view text;
};
[[nodiscard]] const std::vector<BuiltinFile>& BuiltinFiles();

/// Names of the built-in problems, in alphabetical order.
[[nodiscard]] std::vector<std::string> BuiltinProblemNames();

/// Marks a path that names a built-in file.
inline constexpr std::string_view kBuiltinPrefix = "builtin:";

/// The content of a file, built-in or not.
/// @throws std::invalid_argument  missing or unreadable.
[[nodiscard]] std::string ReadTextOrBuiltin(const std::string& path);

}  // namespace adamsde
