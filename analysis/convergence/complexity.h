#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/convergence/experiment.h"
#include "analysis/convergence/fit.h"

namespace adamsde {

/// One row of the table of complexities: gradient evaluations to an ε-stationary point.
struct ComplexityRow {
  std::string name;
  std::string formula;
  double predicted = 0;           ///< the order of magnitude, constants dropped as in the paper
  std::optional<double> theorem;  ///< T of the corrected calculator, constants included
  std::optional<double> measured;  ///< iterations until the running average of E‖∇F_k‖² is ≤ ε²
  std::optional<double> measured_relative_error;
  std::optional<Slope> exponent;  ///< −slope of log T against log ε, to be compared with 4
};

/// All rows of THEORY §5 for the constants. g₂, the bound of ‖∇F‖, is √d c∞.
[[nodiscard]] std::vector<ComplexityRow> PredictComplexity(const TheoremConstants& c,
                                                           double epsilon);

struct ComplexityPoint {
  std::string name;
  double epsilon = 0;
  double theorem = 0;
  double measured = 0;
  double relative_error = 0;
};

struct ComplexityReport {
  std::vector<ComplexityRow> rows;
  std::vector<ComplexityPoint> points;
  std::vector<std::string> notes;
};

/// The table, with the rows of Theorem 2 (constant rate) and Theorem 3 (decaying) measured at
/// ε·2^(i/2), i = 0…4, by their corrected hyperparameters, as far as setup.iteration_limit allows;
/// the exponent needs three of them.
[[nodiscard]] ComplexityReport MeasureComplexity(const ConvergenceSetup& setup);

}  // namespace adamsde
