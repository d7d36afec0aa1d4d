#pragma once

#include <string>
#include <string_view>

#include "networks/data/samples.h"

namespace adamsde::networks {

/// CIFAR-10's binary version: records of one label byte (0 … 9) and 3×32×32 pixels, channel by
/// channel.
/// @throws std::invalid_argument  not a whole number of records, or a label above 9; names file and
///                                record.
[[nodiscard]] Samples ParseCifar(std::string_view bytes, const std::string& name);

}  // namespace adamsde::networks
