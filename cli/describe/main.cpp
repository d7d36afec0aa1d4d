// Writes the manual page and the completion scripts to the folder named by the argument: part of
// the build, not installed.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

#include "cli/describe/completions.h"
#include "cli/describe/manual_page.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const adamsde::ProgramFacts program = adamsde::DescribeProgram();
    const auto write = [&](const char* name, const std::string& text) {
      std::ofstream file(std::filesystem::path(argv[1]) / name);
      file.exceptions(std::ios::failbit | std::ios::badbit);
      file << text << std::flush;
    };
    write("adamsde.1", ManualPage(program));
    write("adamsde.bash", BashCompletion(program));
    write("_adamsde", ZshCompletion(program));
    write("adamsde.fish", FishCompletion(program));
  } catch (const std::exception& error) {
    fmt::print(stderr, "adamsde_describe: {}\n", error.what());
    return 1;
  }
  return 0;
}
