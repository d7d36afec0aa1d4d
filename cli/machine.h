#pragma once

#include <string>

namespace adamsde {

/// Installed memory in bytes.
[[nodiscard]] double PhysicalMemory();

/// Refuses work that this machine cannot hold, before it starts.
/// @throws std::invalid_argument  bytes > 90 % of what is installed; names both figures.
void RequireMemory(double bytes, const std::string& what);

}  // namespace adamsde
