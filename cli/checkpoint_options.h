#pragma once

#include <set>
#include <string>

namespace adamsde {

/// Options that --resume may change: they decide where and how fast, not what.
[[nodiscard]] bool ChangesNoResult(const std::string& option);

/// @throws std::invalid_argument  a command without checkpoints, given an option about them.
void RequireCheckpoints(const std::string& command, const std::set<std::string>& given);

/// Options about checkpoints: result.json does not name them, since a resumed run ends in the same
/// bytes as one that was never interrupted.
[[nodiscard]] bool IsAboutCheckpoints(const std::string& option);

}  // namespace adamsde
