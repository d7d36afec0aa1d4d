#pragma once

#include <string>

namespace adamsde {

/// A word as a shell reads it back: in single quotes where it needs them.
[[nodiscard]] std::string ShellWord(const std::string& word);

}  // namespace adamsde
