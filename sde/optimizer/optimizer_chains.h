#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>

#include "sde/ensemble/ensemble.h"
#include "sde/optimizer/gradient_source.h"
#include "sde/optimizer/update.h"

namespace adamsde {

/// Where the chains of an optimizer start: x = mean + factor·z, m = first_moment +
/// first_moment_factor·z, each chain with normals z of its own (kInitialStateStream).
struct OptimizerStart {
  Eigen::VectorXd mean;                   ///< length d
  Eigen::MatrixXd factor;                 ///< d×k; empty: all chains start at the mean
  Eigen::VectorXd first_moment{};         ///< length d; empty: 0
  Eigen::MatrixXd first_moment_factor{};  ///< d×k, the same k; empty: 0
  Eigen::VectorXd second_moment;  ///< n, length d; empty: 0. Needed where the rule freezes it
};

/// Algorithm 1 on many independent chains: each transition evaluates a gradient and applies the
/// update. Recorded are deviations x − origin, and n as observables (RunChains gives E[n_t]) unless
/// the rule freezes it.
///
/// All references must outlive the chains.
class OptimizerChains final : public ChainSource {
 public:
  /// @param origin      length d, the point deviations are counted from
  /// @param first_step  the step number of the rule at the first transition: a large one skips bias
  ///                    correction and the start m₀ = g₀, n₀ = g₀²
  /// @throws std::invalid_argument  what Validate(UpdateRule) refuses, or shapes that disagree.
  OptimizerChains(const GradientSource& gradients, const UpdateRule& rule,
                  const OptimizerStart& start, Eigen::VectorXd origin, std::uint64_t seed,
                  std::int64_t first_step = 0);

  [[nodiscard]] Eigen::Index Dimension() const override { return gradients_.Dimension(); }
  [[nodiscard]] Eigen::Index NumObservables() const override {
    return rule_.second_moment == SecondMoment::kFrozen ? 0 : gradients_.Dimension();
  }
  [[nodiscard]] std::unique_ptr<ChainBlock> Start(std::uint32_t first_chain) const override;

 private:
  const GradientSource& gradients_;
  const UpdateRule& rule_;
  const OptimizerStart& start_;
  Eigen::VectorXd origin_;
  std::uint64_t seed_;
  std::int64_t first_step_;
};

}  // namespace adamsde
