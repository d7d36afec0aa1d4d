#include "tests/networks/net_paths.h"

namespace adamsde::networks::testing {

const char* const kNetProgram = ADAMSDE_NET_PROGRAM;
const char* const kNetDescribedDir = ADAMSDE_NET_DESCRIBED_DIR;

}  // namespace adamsde::networks::testing
