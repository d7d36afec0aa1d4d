#pragma once

#include "analysis/ladder/ladder.h"

namespace adamsde {

/// Mahalanobis length of a shift under a covariance that may be singular: +inf for a shift out of
/// its range. Symmetric part only. Cost O(d³).
[[nodiscard]] double MahalanobisLength(const Eigen::MatrixXd& covariance,
                                       const Eigen::VectorXd& shift);

/// log det of a symmetric positive semidefinite matrix, after scaling to unit diagonal; −inf where
/// it is singular up to rounding. Cost O(d³).
[[nodiscard]] double LogDeterminant(const Eigen::MatrixXd& covariance);

/// err = −log det M + Tr M/ρ + d log ρ from its two ingredients (THEORY §4).
[[nodiscard]] double ErrOf(const LadderOptions& options, Eigen::Index dimension, double log_det,
                           double trace);

/// A rung without numbers.
[[nodiscard]] Rung MissingRung(std::string id, std::string name, std::string why);

/// Fills in everything that follows from the rung's law. With range_only the log det becomes that
/// on the covariance's range.
/// @param before     the rung that relative_change is measured from; may be missing, or null
/// @param lemma5     rung 0
/// @param yardstick  the covariance in whose sigmas the mean's shifts are told: a closed form. A
///                   sample's own would be far too short along the directions it hardly knows.
void MeasureRung(const LadderProblem& problem, const LadderOptions& options, const Rung* before,
                 const Rung* lemma5, const Eigen::MatrixXd& yardstick, Rung& rung);

}  // namespace adamsde
