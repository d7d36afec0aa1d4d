#pragma once

#include <string>

#include "cli/io/json.h"
#include "networks/curvature/curvature.h"

namespace adamsde::networks {

[[nodiscard]] Json ToJson(const RunEstimate& estimate);
/// Each formula's err per parameter, with the policies it was taken under.
[[nodiscard]] Json ToJson(const NetworkErr& err, const CurvatureOptions& options);
[[nodiscard]] Json ToJson(const SpectrumShares& shares);
/// Of diag H: its trace and the error of an entry, root mean squares over entries.
[[nodiscard]] Json DiagonalJson(const Curvature& curvature);

[[nodiscard]] std::string NameOf(NegativePolicy policy);

}  // namespace adamsde::networks
