#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "analysis/statistics/record_law.h"
#include "sde/ensemble/moments.h"

namespace adamsde {

/// Empirical mean and covariance of a recorded ensemble, with standard errors that use no theory:
/// from the spread over replicate groups, each centred on the pooled mean.
struct SampleEstimate {
  Eigen::VectorXd mean;               ///< length d
  Eigen::MatrixXd covariance;         ///< d×d, around the pooled mean, divided by the count
  Eigen::MatrixXd covariance_stderr;  ///< d×d, standard error of each entry
};

/// @param groups  sums of deviations from `origin`, one per replicate group, ≥ 2
[[nodiscard]] SampleEstimate EstimateSample(const std::vector<MomentSums>& groups,
                                            const Eigen::VectorXd& origin);

/// How an ensemble's sample compares with a law.
struct Comparison {
  double relative_error = 0;           ///< ‖M̂ − M‖_F/‖M‖_F
  double expected_relative_error = 0;  ///< its root mean square if the sample has this law
  /// Largest |z| over the r(r+1)/2 entries in working coordinates, each with its own known
  /// variance; normal where the law holds, so that the bound at family-wise level p is the Šidák
  /// one.
  double max_abs_z = 0;
  double max_abs_z_p_value = 0;
  /// Of eᵀΓ⁻¹e ~ χ² with r(r+1)/2 degrees of freedom, e = Ĉ − N: tests the whole covariance, with
  /// the errors' exact covariance Γ (RecordLaw), correlations in time and between entries included.
  double p_value = 0;
  double mean_p_value = 0;  ///< of the mean's Mahalanobis length ~ χ²_r
  Eigen::Index rank = 0;    ///< r, directions compared
};

/// Compares an ensemble with a law. Cost O(r³) per iteration of a preconditioned conjugate gradient
/// on Γ (one where Γ is diagonal, a few where records are far apart, some tens at worst).
///
/// @param pooled     sums of deviations from `origin`
/// @param averaging  chains and records per chain behind the sums
[[nodiscard]] Comparison CompareWithLaw(const MomentSums& pooled, const Eigen::VectorXd& origin,
                                        const RecordLaw& law, const Averaging& averaging);

inline Comparison CompareWithLaw(const std::vector<MomentSums>& groups,
                                 const Eigen::VectorXd& origin, const RecordLaw& law,
                                 const Averaging& averaging) {
  return CompareWithLaw(Pool(groups), origin, law, averaging);
}

/// T M̂ Tᵀ + Cov(mean) − N, r×r: the covariance's error in the law's working coordinates, whose
/// entries have the variances law.EntryVariance(averaging). M̂ is around the sample's own mean,
/// which takes away just the covariance of that mean.
[[nodiscard]] Eigen::MatrixXd CovarianceError(const MomentSums& pooled, const RecordLaw& law,
                                              const Averaging& averaging);

/// Convergence diagnostics, worst over the law's working coordinates.
struct MixingDiagnostics {
  /// Nested R̂ over replicate groups: √(1 + B/W) with B the variance of the group means and W the
  /// variance within groups [MargossianEtAl2024].
  double r_hat = 0;
  /// Records an independent sample would need for the same variance of the mean: G·V/B with V the
  /// pooled variance. 0 for a constant sample, NaN for a non-finite one: never large by accident.
  double ess = 0;
};

/// @param to_working  from the coordinates of the sums, r×d
[[nodiscard]] MixingDiagnostics DiagnoseMixing(const std::vector<MomentSums>& groups,
                                               const Eigen::MatrixXd& to_working);
/// The same for group means that a control variate has made sharper: d×G.
[[nodiscard]] MixingDiagnostics DiagnoseMixing(const std::vector<MomentSums>& groups,
                                               const Eigen::MatrixXd& group_means,
                                               const Eigen::MatrixXd& to_working);
/// d×G: the mean of each group.
[[nodiscard]] Eigen::MatrixXd GroupMeans(const std::vector<MomentSums>& groups);

}  // namespace adamsde
