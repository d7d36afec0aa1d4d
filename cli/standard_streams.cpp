#include "cli/standard_streams.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include "cli/io/error.h"

namespace adamsde {

void WriteToStderr(std::string_view text) noexcept {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

void Say(std::string_view message, std::string_view program) noexcept {
  try {
    WriteToStderr(fmt::format("{}: {}\n", program, message));
  } catch (const std::exception&) {  // no memory for the line
    WriteToStderr(message);
  }
}

void FinishStdout() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw IoError(fmt::format("cannot write to the standard output ({})", std::strerror(errno)));
}

}  // namespace adamsde
