#pragma once

#include <string>

#include "cli/io/json.h"

namespace adamsde {

/// What a result says, in one or two sentences for the top of its page; empty where its numbers
/// need no words.
[[nodiscard]] std::string ConclusionOf(const Json& result);

}  // namespace adamsde
