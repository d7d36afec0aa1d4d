#pragma once

#include <cstdlib>
#include <string>

#include "tests/support/program.h"

namespace adamsde::testing {

inline bool HasProgram(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

/// What a command of bash prints, with what it complains about; it must succeed.
inline std::string OutputOf(const std::string& command) {
  const TemporaryFolder folder;
  const std::string script = folder.Write("script", command);
  const int status =
      std::system(("bash '" + script + "' >'" + (folder / "out") + "' 2>&1").c_str());
  EXPECT_EQ(status, 0) << command;
  return ReadAll(folder / "out");
}

}  // namespace adamsde::testing
