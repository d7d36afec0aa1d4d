#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/io/csv.h"
#include "cli/io/text.h"
#include "tests/support/paths.h"

namespace adamsde::testing {

/// A file of the optional folder ADAMSDE_SHARED_DATA, or nothing.
inline std::optional<std::filesystem::path> SharedFile(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(kSharedData) / name;
  if (std::string(kSharedData).empty() || !std::filesystem::exists(path)) return {};
  return path;
}

/// A dataset of the optional folder, or nothing.
inline std::optional<Dataset> SharedDataset(const std::string& name) {
  const auto path = SharedFile(name);
  if (!path) return {};
  return ParseDataset(ReadTextFile(*path), path->string(), "");
}

}  // namespace adamsde::testing
