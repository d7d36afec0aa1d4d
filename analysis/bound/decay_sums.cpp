#include "analysis/bound/decay_sums.h"

#include <algorithm>

namespace adamsde {
namespace {

using Block = Eigen::Array<double, Eigen::Dynamic, 1, 0, kSumBlock, 1>;

/// Σ log of the entries: products of 16 where they cannot overflow.
double SumLogs(Block ratio, double largest) {
  if (largest > 1e18) return ratio.log().sum();
  Eigen::Index n = ratio.size();
  for (int fold = 0; fold < 4; ++fold) {
    n /= 2;
    ratio.head(n) *= ratio.segment(n, n);
  }
  return ratio.head(n).log().sum();
}

class BlockSummer {
 public:
  BlockSummer(const ModeArrays& modes, double lambda, ModeSums& sums)
      : modes_(modes), lambda_(lambda), sums_(sums) {}

  void operator()(Eigen::Index first, Eigen::Index n, bool with_slopes) {
    s_ = modes_.s.segment(first, n);
    p_ = modes_.p.segment(first, n);
    const Block rate = s_ + lambda_ * p_;
    u_ = rate.inverse();
    r_ = s_ * u_;
    const Block release = lambda_ * p_ * u_;  // 1 − r without cancellation
    if (modes_.with_log_det) AddLogs(first, n, rate, release, with_slopes);
    sums_.trace += (modes_.trace_weight.segment(first, n) * u_).sum();
    sums_.risk += (modes_.risk_weight.segment(first, n) * u_).sum();
    const auto pull = modes_.pull_weight.segment(first, n);
    sums_.bias += (pull * release.square()).sum();
    if (modes_.mean_weight.size() > 0) {
      sums_.mean_square += (modes_.mean_weight.segment(first, n) * r_.square()).sum();
    }
    if (with_slopes) AddSlopes(first, n);
  }

 private:
  void AddLogs(Eigen::Index first, Eigen::Index n, const Block& rate, const Block& release,
               bool with_slopes) {
    const Block ratio = rate * modes_.inverse_s.segment(first, n);
    const bool weighted = modes_.multiplicity.size() > 0;
    sums_.log_ratio += weighted ? (modes_.multiplicity.segment(first, n) * ratio.log()).sum()
                                : SumLogs(ratio, modes_.largest_ratio);
    if (!with_slopes) return;
    Block slope = p_ * u_;
    if (weighted) slope *= modes_.multiplicity.segment(first, n);
    sums_.log_ratio_slope += slope.sum();
    Block sensitivity = release * modes_.inverse_s.segment(first, n);
    if (weighted) sensitivity *= modes_.multiplicity.segment(first, n);
    sums_.log_ratio_sensitivity += sensitivity.sum();
  }

  void AddSlopes(Eigen::Index first, Eigen::Index n) {
    const Block pu = p_ * u_;
    const Block u_slope = -pu * u_;
    const Block r_slope = -pu * r_;
    sums_.trace_slope += (modes_.trace_weight.segment(first, n) * u_slope).sum();
    sums_.risk_slope += (modes_.risk_weight.segment(first, n) * u_slope).sum();
    const auto pull = modes_.pull_weight.segment(first, n);
    sums_.pull += (pull * r_).sum();
    sums_.pull_slope += (pull * r_slope).sum();
    sums_.pull_square += (pull * r_.square()).sum();
    sums_.pull_square_slope += 2 * (pull * r_ * r_slope).sum();
    if (modes_.mean_weight.size() > 0) {
      sums_.mean_square_slope += 2 * (modes_.mean_weight.segment(first, n) * r_ * r_slope).sum();
    }
    if (modes_.reach_weight.size() == 0) return;
    // r⁽ᵏ⁾ = (−1)ᵏ k! r (pu)ᵏ.
    Block term = modes_.reach_weight.segment(first, n) * r_.square();
    double factorial = 1;
    for (int k = 0; k < 4; ++k) {
      if (k > 0) {
        factorial *= k;
        term *= pu.square();
      }
      sums_.reach_square[static_cast<std::size_t>(k)] += factorial * factorial * term.sum();
    }
  }

  const ModeArrays& modes_;
  double lambda_;
  ModeSums& sums_;
  Block s_, p_, u_, r_;
};

}  // namespace

ModeSums SumModes(const ModeArrays& modes, double lambda, bool with_slopes) {
  ModeSums sums;
  BlockSummer add_block(modes, lambda, sums);
  const Eigen::Index size = modes.s.size();
  for (Eigen::Index first = 0; first < size; first += kSumBlock) {
    add_block(first, std::min(kSumBlock, size - first), with_slopes);
  }
  return sums;
}

}  // namespace adamsde
