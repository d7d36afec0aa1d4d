#pragma once

#include <string>
#include <string_view>

namespace adamsde {

/// Writes to the standard error. What cannot be written (a log on a full disk, a terminal that is
/// gone) is lost: no run ends for it.
void WriteToStderr(std::string_view text) noexcept;

/// One line, after the program's name.
void Say(std::string_view message, std::string_view program = "adamsde") noexcept;

/// At the end, when the last of the standard output leaves its buffer.
/// @throws IoError  not all of it could be written.
void FinishStdout();

}  // namespace adamsde
