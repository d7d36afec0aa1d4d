#pragma once

#include "cli/io/json.h"
#include "cli/report/figure.h"

namespace adamsde {

/// The figure as a Vega-Lite 6 specification with its data inline. Colours come from the page's
/// theme (config.range), so that light and dark share one specification.
[[nodiscard]] Json ToVegaLite(const Figure& figure);

}  // namespace adamsde
