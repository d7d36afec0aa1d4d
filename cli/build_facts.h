#pragma once

#include <string>

namespace adamsde {

/// What --version prints: the version, how the program was built, and what it found on this machine
/// (instruction set, BLAS). Lines of "name: value" below the first, none at the end.
[[nodiscard]] std::string BuildFacts();

/// Which of the kernels run on this CPU: what the last digits of results depend on.
[[nodiscard]] std::string KernelsInUse();

}  // namespace adamsde
