#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/support/program.h"

namespace adamsde::testing {

/// result.json of a command that must succeed.
inline nlohmann::json RunJson(const std::string& arguments) {
  const Outcome outcome = RunProgram(arguments + " --json");
  EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
  return outcome.Json();
}

/// The keys that every command's result has.
inline void ExpectCommonKeys(const nlohmann::json& json, const std::string& command) {
  EXPECT_EQ(json["schema"], "adamsde." + command + ".v1");
  for (const char* const key : {"version", "options", "dimension", "files", "seconds"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
}

}  // namespace adamsde::testing
