#pragma once

namespace adamsde::networks::testing {

// Where this build's things are, in one small file as tests/support/paths.h has it.
extern const char* const kNetProgram;       ///< adamsde-net
extern const char* const kNetDescribedDir;  ///< manual page and completions

}  // namespace adamsde::networks::testing
