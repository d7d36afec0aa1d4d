#pragma once

#include "cli/report/figure.h"
#include "cli/report/page.h"

namespace adamsde {

/// The numbers behind a figure: a row per mark, with its series, thinned evenly where they are more
/// than 1,000 (the caption says so). Ellipses: mean and standard deviation of each coordinate.
[[nodiscard]] Table DataTable(const Figure& figure);

}  // namespace adamsde
