#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/program.h"

namespace adamsde::testing {

/// The program refuses: this exit code, one line on standard error with this text, nothing printed.
inline void ExpectRefusal(const std::string& arguments, int code, const std::string& text) {
  const Outcome outcome = RunProgram(arguments);
  EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
  EXPECT_THAT(outcome.err, ::testing::HasSubstr(text)) << arguments;
  EXPECT_THAT(outcome.err, ::testing::StartsWith("adamsde: "));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_EQ(outcome.out, "") << arguments;
}

}  // namespace adamsde::testing
