#pragma once

#include <filesystem>

#include "cli/describe/program_facts.h"

namespace adamsde {

/// Writes NAME.1, NAME.bash, _NAME and NAME.fish to a folder.
/// @throws std::ios_base::failure  a file cannot be written.
void WriteDescriptions(const ProgramFacts& program, const std::filesystem::path& folder);

}  // namespace adamsde
