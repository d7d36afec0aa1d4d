#pragma once

namespace adamsde::testing {

// Where this build's things are. Defined in one small file, so that a compiler cache shares the
// tests themselves between checkouts.
extern const char* const kProgram;       ///< adamsde
extern const char* const kSourceDir;     ///< the checkout
extern const char* const kSharedData;    ///< folder of optional real data, or empty
extern const char* const kDescribedDir;  ///< manual page and completions

}  // namespace adamsde::testing
