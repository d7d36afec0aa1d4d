#pragma once

#include <Eigen/Core>
#include <vector>

#include "analysis/stationary/laws.h"
#include "analysis/statistics/comparison.h"
#include "sde/ensemble/moments.h"

namespace adamsde {

/// A process of known law that ran on the random numbers of a sample, group by group.
struct ControlSample {
  std::vector<MomentSums> groups;  ///< deviations from the sample's own origin
  GaussianLaw law;
};

/// A sample's estimate with what it has in common with its control taken out:
///
///   M̂ = Σ̂ − θ (Σ̂_c − M_c),   μ̂ = x̄ − φ (ȳ_c − μ_c),
///
/// each group around the pooled mean. θ and φ are scalars from the regression of the groups'
/// deviations on the control's, in the Frobenius norm and in units of the modes: they cost two of
/// the groups' degrees of freedom, and a bias of order 1/groups of the error that is left.
struct ControlledEstimate {
  SampleEstimate estimate;
  double coefficient = 0;       ///< θ
  double mean_coefficient = 0;  ///< φ
  Eigen::MatrixXd group_means;  ///< d×G: x̄_g − φ ȳ_g, deviations
  double raw_error = 0;         ///< √Σ stderr²/‖M̂‖_F without the control
  double error = 0;             ///< with it
};

/// @param groups      of the sample, ≥ 4
/// @param to_working  r×d: coordinates in which means are compared
[[nodiscard]] ControlledEstimate EstimateControlled(const std::vector<MomentSums>& groups,
                                                    const ControlSample& control,
                                                    const Eigen::VectorXd& origin,
                                                    const Eigen::MatrixXd& to_working);

}  // namespace adamsde
