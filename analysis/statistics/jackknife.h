#pragma once

#include <Eigen/Core>
#include <functional>
#include <vector>

#include "sde/ensemble/moments.h"

namespace adamsde {

/// Functionals of pooled moments, estimated by leaving out one replicate group at a time: with θ
/// the value of all groups and θ₋g without group g, the pseudo-values p_g = Gθ − (G−1)θ₋g have a
/// mean free of θ's bias of order 1/count (log det has one) and a spread that gives the standard
/// error. Uses no theory.
struct Jackknife {
  Eigen::MatrixXd pseudo_values;  ///< q×G

  [[nodiscard]] Eigen::VectorXd Estimate() const;       ///< length q
  [[nodiscard]] Eigen::VectorXd StandardError() const;  ///< length q
};

/// @param groups      sums per replicate group, ≥ 2
/// @param functional  of the sums of any number of groups; returns q values
[[nodiscard]] Jackknife LeaveOneOut(
    const std::vector<MomentSums>& groups,
    const std::function<Eigen::VectorXd(const MomentSums&)>& functional);

/// a − b for two samples that share their random numbers group by group: what they have in common
/// cancels.
[[nodiscard]] Jackknife PairedDifference(const Jackknife& a, const Jackknife& b);

}  // namespace adamsde
