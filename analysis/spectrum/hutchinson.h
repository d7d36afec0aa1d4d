#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>

#include "sde/problem/loss.h"

namespace adamsde {

/// The diagonal of A, estimated, entry by entry.
struct DiagonalEstimate {
  Eigen::VectorXd value;
  Eigen::VectorXd standard_error;  ///< NaN for a single probe
};

/// diag A ≈ mean of v∘(Av) over probes of random signs [BekasKokiopoulouSaad2007]. Unbiased, with
/// Var_i = Σ_{j≠i} A_ij² / probes: exact for a diagonal A. Cost `probes` products.
/// @param seed  probes differ from those of Lanczos runs with the same seed
/// @throws std::invalid_argument  probes < 1.
[[nodiscard]] DiagonalEstimate EstimateDiagonal(
    const BlockOperator& a, Eigen::Index dimension, int probes, std::uint64_t seed,
    const std::function<void(double fraction)>& progress = {});

}  // namespace adamsde
