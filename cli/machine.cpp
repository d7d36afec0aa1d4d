#include "cli/machine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <stdexcept>

namespace adamsde {

double PhysicalMemory() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<double>(::sysconf(_SC_PAGE_SIZE));
}

void RequireMemory(double bytes, const std::string& what) {
  const double installed = PhysicalMemory();
  if (bytes > 0.9 * installed) {
    throw std::invalid_argument(
        fmt::format("{} needs {:.3g} GB of memory ({:.3g} GB are installed)", what, bytes / 1e9,
                    installed / 1e9));
  }
}

}  // namespace adamsde
