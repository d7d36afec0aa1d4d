// Writes adamsde-net's manual page and completion scripts to the folder named by the argument: part
// of the build, not installed.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "cli/describe/write.h"
#include "networks/arguments.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    adamsde::WriteDescriptions(adamsde::networks::DescribeNetProgram(), argv[1]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "adamsde_net_describe: {}\n", error.what());
    return 1;
  }
  return 0;
}
