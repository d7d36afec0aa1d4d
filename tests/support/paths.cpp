#include "tests/support/paths.h"

namespace adamsde::testing {

const char* const kProgram = ADAMSDE_PROGRAM;
const char* const kSourceDir = ADAMSDE_SOURCE_DIR;
const char* const kSharedData = ADAMSDE_SHARED_DATA;
const char* const kDescribedDir = ADAMSDE_DESCRIBED_DIR;

}  // namespace adamsde::testing
