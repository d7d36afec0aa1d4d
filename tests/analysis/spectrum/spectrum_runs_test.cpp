#include "analysis/spectrum/spectrum_runs.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/bound/sweep.h"

namespace adamsde {
namespace {

SpectrumRuns ThreeRuns() {
  SpectrumRuns s;
  s.runs.push_back(
      {.values = Eigen::Vector2d(1, 4), .weights = Eigen::Vector2d(0.25, 0.75), .dimension = 0});
  s.runs.push_back({.values = Eigen::Vector3d(0.5, 2, 3),
                    .weights = Eigen::Vector3d(0.2, 0.3, 0.5),
                    .dimension = 0});
  s.runs.push_back({.values = Eigen::VectorXd::Constant(1, 2.0),
                    .weights = Eigen::VectorXd::Ones(1),
                    .dimension = 0});
  s.SetDimension(100);
  return s;
}

TEST(SpectrumRuns, PooledMeanIsTheMeanOfRunsAndTheErrorTheirSpread) {
  const SpectrumRuns s = ThreeRuns();
  const Hyperparameters hyper;
  const SpectrumBound bound = EvaluateRuns(s, hyper, 0.7, {});
  double e[3];
  for (std::size_t k = 0; k < 3; ++k) {
    e[k] = EvaluateCorollary3(s.runs[k], hyper, 0.7, {}).l2_adam.err_per_parameter;
  }
  const double mean = (e[0] + e[1] + e[2]) / 3;
  EXPECT_NEAR(bound.mean.l2_adam.err_per_parameter, mean, 1e-13);
  double square = 0;
  for (const double x : e) square += (x - mean) * (x - mean);
  EXPECT_NEAR(bound.l2_adam_stderr, std::sqrt(square / 6), 1e-13);
  SpectrumRuns one = s;
  one.runs.resize(1);
  EXPECT_TRUE(std::isnan(EvaluateRuns(one, hyper, 0.7, {}).adamw_stderr));
}

TEST(SweepSpectrum, IsCorollary3AtEveryLambdaAndItsMinimumIsCertified) {
  const WeightedSpectrum pooled = Pool(ThreeRuns());
  Hyperparameters hyper;
  hyper.learning_rate = 0.5;
  hyper.batch_size = 2;
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    for (const double rho : {0.01, 0.05, 1.0}) {
      hyper.optimizer = optimizer;
      SweepOptions options;
      options.settings.prior_variance = rho;
      const Sweep sweep = SweepSpectrum(pooled.values, pooled.weights, 100, hyper, options);
      EXPECT_TRUE(sweep.err.certified);
      for (const SweepPoint& p : sweep.points) {
        hyper.weight_decay = p.lambda;
        const Corollary3 c = EvaluateCorollary3(pooled, hyper, rho, {});
        const double err = optimizer == OptimizerKind::kAdamW ? c.adamw.err : c.l2_adam.err;
        EXPECT_NEAR(p.err, err, 1e-12 * std::abs(err));
        EXPECT_GE(err, *sweep.err.lower_bound);
        EXPECT_GE(err, sweep.err.value - 1e-12 * std::abs(err));
        EXPECT_TRUE(std::isnan(p.phi_derived));
      }
      if (optimizer == OptimizerKind::kL2Adam) continue;
      // Unimodal: interior iff Σ (x−1)/x² < 0 at λ = 0 (docs/theory.md §5).
      const Eigen::ArrayXd x = 2 * rho * 2 / 0.5 * pooled.values.array().sqrt();
      EXPECT_EQ(sweep.interior, (pooled.weights.array() * (x - 1) / x.square()).sum() < 0);
      EXPECT_EQ(sweep.interior, *sweep.criterion < 0);
    }
  }
}

}  // namespace
}  // namespace adamsde
