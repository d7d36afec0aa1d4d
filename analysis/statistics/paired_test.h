#pragma once

#include <Eigen/Core>

namespace adamsde {

/// Student's test of paired differences, assumed independent and normal.
struct PairedTest {
  Eigen::Index pairs = 0;
  double mean = 0;
  double standard_error = 0;  ///< NaN below two pairs
  double p_positive = 1;      ///< P(T ≥ t): small means the mean is above 0; NaN below two pairs
  double p_two_sided = 1;     ///< small means the mean is not 0
};

/// @param differences  one per pair; all equal and not 0: p = 0 on their side
[[nodiscard]] PairedTest TestPairs(const Eigen::VectorXd& differences);

}  // namespace adamsde
