#pragma once

#include <string>

namespace adamsde {

/// What --version prints: the version, how the program was built, and what it found on this machine
/// (instruction set, BLAS). Lines of "name: value" below the first, none at the end.
[[nodiscard]] std::string BuildFacts();

}  // namespace adamsde
