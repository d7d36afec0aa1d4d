#include "cli/builtin_problems.h"

#include <fmt/format.h>

#include <stdexcept>

#include "cli/io/text.h"

namespace adamsde {

std::vector<std::string> BuiltinProblemNames() {
  std::vector<std::string> names;
  for (const BuiltinFile& file : BuiltinFiles()) {
    if (file.name.ends_with(".toml")) names.emplace_back(file.name.substr(0, file.name.size() - 5));
  }
  return names;
}

std::string ReadTextOrBuiltin(const std::string& path) {
  if (!path.starts_with(kBuiltinPrefix)) return ReadTextFile(path);
  const std::string_view name = std::string_view(path).substr(kBuiltinPrefix.size());
  for (const BuiltinFile& file : BuiltinFiles()) {
    if (file.name == name) return std::string(file.text);
  }
  throw std::invalid_argument(fmt::format("no built-in file '{}'", name));
}

}  // namespace adamsde
