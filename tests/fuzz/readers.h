#pragma once

#include <functional>
#include <map>
#include <string>

namespace adamsde::fuzz {

/// Reads bytes as a file of one format, through the function that the program uses.
/// Returns whether they were accepted; std::invalid_argument is a refusal. Anything else is a
/// finding: another exception (it escapes), a crash, an accepted value that breaks its promises
/// (aborts).
using Reader = std::function<bool(const std::string& bytes)>;

/// By format: the folders of the corpus have the same names.
const std::map<std::string, Reader>& Readers();

}  // namespace adamsde::fuzz
