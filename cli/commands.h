#pragma once

#include "cli/arguments.h"
#include "cli/result.h"

namespace adamsde {

// One function per command: parse → validate → library → write. Errors leave as exceptions, which
// main turns into exit codes.

[[nodiscard]] ExitCode RunPosterior(const Arguments& arguments);
[[nodiscard]] ExitCode RunSimulate(const Arguments& arguments);
[[nodiscard]] ExitCode RunCheck(const Arguments& arguments);
[[nodiscard]] ExitCode RunBound(const Arguments& arguments);
[[nodiscard]] ExitCode RunSweep(const Arguments& arguments);
[[nodiscard]] ExitCode RunConverge(const Arguments& arguments);
[[nodiscard]] ExitCode RunSpectrum(const Arguments& arguments);
[[nodiscard]] ExitCode RunReport(const Arguments& arguments);
[[nodiscard]] ExitCode RunProblem(const Arguments& arguments);

}  // namespace adamsde
