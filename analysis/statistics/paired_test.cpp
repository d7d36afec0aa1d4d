#include "analysis/statistics/paired_test.h"

#include <gsl/gsl_cdf.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace adamsde {

PairedTest TestPairs(const Eigen::VectorXd& differences) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const Eigen::Index n = differences.size();
  PairedTest test{.pairs = n,
                  .mean = n > 0 ? differences.mean() : kNone,
                  .standard_error = kNone,
                  .p_positive = kNone,
                  .p_two_sided = kNone};
  if (n < 2) return test;
  const auto count = static_cast<double>(n);
  const double squares = (differences.array() - test.mean).square().sum();
  test.standard_error = std::sqrt(squares / (count * (count - 1)));
  if (test.standard_error == 0) {
    test.p_positive = test.mean > 0 ? 0 : test.mean < 0 ? 1 : 0.5;
  } else {
    test.p_positive = gsl_cdf_tdist_Q(test.mean / test.standard_error, count - 1);
  }
  test.p_two_sided = 2 * std::min(test.p_positive, 1 - test.p_positive);
  return test;
}

}  // namespace adamsde
