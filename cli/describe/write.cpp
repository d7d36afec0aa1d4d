#include "cli/describe/write.h"

#include <fstream>

#include "cli/describe/completions.h"
#include "cli/describe/manual_page.h"

namespace adamsde {

void WriteDescriptions(const ProgramFacts& program, const std::filesystem::path& folder) {
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream file(folder / name);
    file.exceptions(std::ios::failbit | std::ios::badbit);
    file << text << std::flush;
  };
  write(program.name + ".1", ManualPage(program));
  write(program.name + ".bash", BashCompletion(program));
  write("_" + program.name, ZshCompletion(program));
  write(program.name + ".fish", FishCompletion(program));
}

}  // namespace adamsde
