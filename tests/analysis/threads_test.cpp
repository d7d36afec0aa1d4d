// The parallel loops of analysis/: the same bits for any number of threads. scripts/check-threads
// runs them under the thread sanitizer.
#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "analysis/bound/bound_of_weight_decay.h"
#include "analysis/bound/sweep.h"
#include "analysis/spectrum/lanczos.h"
#include "tests/support/block_operator.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

TEST(AnalysisThreads, LanczosRuns) {
  testing::RandomProblems random(85);
  const Eigen::MatrixXd a = random.Spd(60, 100);
  LanczosOptions options{.steps = 20, .runs = 11};
  const auto run = [&](int threads) {
    options.threads = threads;
    return RunLanczos(testing::Times(a), Probes(60, options), Eigen::VectorXd::Ones(60), options);
  };
  const LanczosRuns one = run(1);
  const LanczosRuns three = run(3);
  EXPECT_EQ(one.diagonal, three.diagonal);
  EXPECT_EQ(one.subdiagonal, three.subdiagonal);
  EXPECT_EQ(one.cross, three.cross);
}

/// d = 8 with noise of its own; λ from 0 to 10.
struct Sweeping {
  explicit Sweeping(int points)
      : problem(testing::RandomProblems(94).AnyNoise(8, 100)),
        preconditioner(MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper)),
        grid(LambdaGrid(0, 10, points)) {}

  Hyperparameters hyper;
  QuadraticProblem problem;
  Preconditioner preconditioner;
  std::vector<double> grid;
};

TEST(AnalysisThreads, ManyWeightDecaysOfAModelAtOnce) {
  const Sweeping c(2000);  // enough work to be shared: 2000 · (8 + 8²)
  const auto model = DecayModel::FromProblem(c.problem, c.hyper, c.preconditioner,
                                             PosteriorMean::kStationary, false);
  ASSERT_TRUE(model.has_value());
  const std::vector<DecayNode> together = model->Evaluate(c.grid, true);
  for (std::size_t k = 0; k < c.grid.size(); k += 37) {
    const DecayNode alone = model->Evaluate(std::span(c.grid).subspan(k, 1), true)[0];
    EXPECT_EQ(together[k].log_det, alone.log_det);
    EXPECT_EQ(together[k].trace, alone.trace);
    EXPECT_EQ(together[k].noise_risk, alone.noise_risk);
  }
}

TEST(AnalysisThreads, LawsAtManyWeightDecays) {
  const Sweeping c(64);
  const BoundOfWeightDecay bound_at(c.problem, c.hyper, c.preconditioner, {});
  std::vector<SweepPoint> together(c.grid.size());
#pragma omp parallel for schedule(dynamic) num_threads(3)
  for (std::size_t k = 0; k < c.grid.size(); ++k) together[k] = bound_at(c.grid[k]);
  for (std::size_t k = 0; k < c.grid.size(); ++k) {
    EXPECT_EQ(together[k].log_det, bound_at(c.grid[k]).log_det);
  }
}

}  // namespace
}  // namespace adamsde
