#pragma once

#include "cli/options.h"

namespace CLI {
class App;
}

namespace adamsde {

/// Declares every option of the program on the top-level app, in the groups of `adamsde --help`.
void AddOptions(CLI::App& app, Options& options, bool& dump_config);

}  // namespace adamsde
