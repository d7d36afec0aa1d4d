#pragma once

#include <vector>

#include "cli/report/figure.h"
#include "cli/report/files.h"
#include "cli/report/page.h"

namespace adamsde {

// Pages of adamsde-net's results (trained networks), from their files alone: libtorch is not
// needed.

/// A result of adamsde-net, whose command line has no --report of its own.
[[nodiscard]] bool IsOfNetworks(const Json& result);

/// Training and test curves (train).
[[nodiscard]] std::vector<Figure> TrainingFigures(const Json& result, const ReportFiles& files);
/// err against test accuracy, the spectral densities of the paper's Fig. 1 and the curves of its
/// Fig. 2 (table1).
[[nodiscard]] std::vector<Figure> Table1Figures(const Json& result, const ReportFiles& files);

/// The paper's Table 1, the verdicts, what it leaves unstated, sensitivity, and how λ was chosen.
[[nodiscard]] std::vector<Section> Table1Sections(const Json& result);

}  // namespace adamsde
