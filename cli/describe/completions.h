#pragma once

#include <string>

#include "cli/describe/program_facts.h"

namespace adamsde {

// Completion scripts: commands, options, and after an option its choices, files or folders.

[[nodiscard]] std::string BashCompletion(const ProgramFacts& program);
[[nodiscard]] std::string ZshCompletion(const ProgramFacts& program);
[[nodiscard]] std::string FishCompletion(const ProgramFacts& program);

}  // namespace adamsde
