#pragma once

#include <vector>

#include "cli/report/figure.h"
#include "cli/report/files.h"
#include "cli/report/page.h"

namespace adamsde {

// One builder per kind of result: the figures that its numbers and files allow, none where they are
// missing. Each says in its caption what is compared with what.

/// Ellipses and eigenvalues of the stationary laws (posterior, simulate).
[[nodiscard]] std::vector<Figure> LawFigures(const Json& result, const ReportFiles& files);
/// Sample against law (simulate).
[[nodiscard]] std::vector<Figure> SampleFigures(const Json& result, const ReportFiles& files);
/// Φ in its conventions beside the tighter bounds (bound).
[[nodiscard]] std::vector<Figure> BoundFigures(const Json& result, const ReportFiles& files);
/// Claims and the ladder (check).
[[nodiscard]] std::vector<Figure> CheckFigures(const Json& result, const ReportFiles& files);
/// err, Φ, risk over λ, and maps (sweep).
[[nodiscard]] std::vector<Figure> SweepFigures(const Json& result, const ReportFiles& files);
/// The density of eigenvalues on a log axis (spectrum).
[[nodiscard]] std::vector<Figure> SpectrumFigures(const Json& result, const ReportFiles& files);
/// Trajectories and both sides of the inequalities (converge).
[[nodiscard]] std::vector<Figure> ConvergeFigures(const Json& result, const ReportFiles& files);

/// A number of result.json, NaN where it is null or absent.
[[nodiscard]] double NumberOf(const Json& object, const std::string& key);

}  // namespace adamsde
