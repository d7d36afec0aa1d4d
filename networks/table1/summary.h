#pragma once

#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

#include "analysis/statistics/paired_test.h"
#include "networks/config.h"
#include "networks/table1/experiment.h"

namespace adamsde::networks {

/// Mean over seeds with its standard error (NaN below two).
[[nodiscard]] RunEstimate OverSeeds(const Table1Row& row,
                                    const std::function<double(const Member&)>& of);

/// err/d of a member by the formula of its own optimizer.
[[nodiscard]] const TruncatedEstimate& OwnCorollary3(const Table1Row& row, const Member& member);
[[nodiscard]] const Enclosure& OwnBounds(const Table1Row& row, const Member& member);
[[nodiscard]] const TruncatedEstimate& OwnMatrixFree(const Table1Row& row, const Member& member);

/// A statement of the paper judged on one model, or on all together (model "all": every model and
/// seed is a pair).
struct Table1Verdict {
  std::string claim{};  ///< "err_AdamW < err_l2-Adam", …
  std::string model{};
  std::string verdict{};  ///< HOLDS, FAILS (both at p < 0.05), UNDECIDED, or NO DATA
  PairedTest test{};      ///< differences in the direction of the claim
  /// Two-sided, corrected by Holm's method for the number of all verdicts that have data
  /// [Holm1979]; NaN without data.
  double p_holm = 0;
};

/// err (Corollary 3, matrix-free) and accuracy of AdamW against ℓ2-Adam; the -D variants against
/// their twins (two-sided: FAILS where they differ); the share of |σ| ≤ 1 against 0.99 for each
/// network.
[[nodiscard]] std::vector<Table1Verdict> JudgeTable1(const std::vector<Table1Row>& rows);

/// What the paper leaves unstated, one choice at a time changed: err/d by Corollary 3 of AdamW's
/// and ℓ2-Adam's networks (means over models and seeds), and in how many of the pairs the first is
/// smaller.
struct Sensitivity {
  std::string choice{};
  double adamw = 0;
  double l2_adam = 0;
  int pairs = 0;
  int ordered = 0;
};
[[nodiscard]] std::vector<Sensitivity> MeasureSensitivity(const std::vector<Table1Row>& rows,
                                                          const Config& config);

}  // namespace adamsde::networks
