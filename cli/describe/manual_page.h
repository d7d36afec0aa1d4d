#pragma once

#include <string>

#include "cli/describe/program_facts.h"

namespace adamsde {

/// adamsde(1) in roff (the `man` macros).
[[nodiscard]] std::string ManualPage(const ProgramFacts& program);

}  // namespace adamsde
