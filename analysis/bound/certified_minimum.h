#pragma once

#include <optional>
#include <string>

#include "analysis/bound/decay_objective.h"

namespace adamsde {

struct CertificateOptions {
  double lambda_min = 0;
  double lambda_max = 10;
  double gap = 1e-9;             ///< relative: value − lower_bound ≤ gap·|value| + rounding
  int most_evaluations = 20000;  ///< then the search stops, not certified
};

/// A global minimum over [lambda_min, lambda_max] with its proof.
struct CertifiedMinimum {
  double lambda = 0;
  double value = 0;
  /// Nothing in the range is below it, rounding included. Absent where no bound is known.
  std::optional<double> lower_bound{};
  /// The allowance for rounding that lower_bound contains: summation, and the backward error of
  /// the eigenvalues.
  double rounding = 0;
  bool certified = false;  ///< value − lower_bound ≤ gap·|value| + rounding
  std::string reason{};    ///< why not certified
  /// Whether nothing beyond lambda_max is better either; absent where not known.
  std::optional<bool> global{};
  std::optional<double> better_beyond{};  ///< a λ > lambda_max with a lower value, if found
  int evaluations = 0;                    ///< of the law, with slopes
};

/// Branch and bound over λ. On [a, b] the objective is bounded below by the chords of its concave
/// terms (−log det M, −pull), the tangents of its convex ones (Tr M, Tr HM, …) and ‖c‖² by chord
/// and largest curvature; between the breakpoints this bound is concave, so its minimum is at one
/// of them. It is second-order exact, so a few hundred evaluations reach 1e-9. An enclosure of the
/// slope from the ends (each term's slope is monotone) settles the intervals where the objective is
/// monotone, and says at once whether λ = 0 is the minimizer.
///
/// @throws std::domain_error  no stationary law, or an infinite KL, in the range.
[[nodiscard]] CertifiedMinimum MinimizeOverDecay(const DecayModel& model,
                                                 const DecayObjective& objective,
                                                 DecayTarget target,
                                                 const CertificateOptions& options);

/// @throws std::invalid_argument  an empty or negative range, gap not in (0, 1).
void Validate(const CertificateOptions& options);

}  // namespace adamsde
