#pragma once

#include <string>

#include "cli/describe/program_facts.h"

namespace adamsde {

/// The page of section 1 in roff (the `man` macros).
[[nodiscard]] std::string ManualPage(const ProgramFacts& program);

}  // namespace adamsde
