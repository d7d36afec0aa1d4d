// Theorems 1, 3 and 4, the surrogate and the exponent of the complexity, measured: what holds, what
// fails as printed. Every verdict is at four standard errors (false alarm 3e-5 each) at a fixed
// seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "analysis/convergence/complexity.h"
#include "analysis/convergence/surrogate.h"
#include "analysis/convergence/theorem1.h"
#include "tests/support/convergence_experiment.h"

namespace adamsde {
namespace {

using testing::Experiment;
using testing::Find;
using testing::Iterations;
using testing::NonConvex;
using testing::Pl;

TEST(Judge, HoldsFailsAndDoesNotKnow) {
  const auto verdict = [](double left, double error) {
    return Judge({.left = left, .left_stderr = error, .right_print = 0.5, .right_proof = 1})
        .verdict;
  };
  EXPECT_EQ(verdict(0.9, 0.02), Verdict::kHolds);
  EXPECT_EQ(verdict(0.9, 0.03), Verdict::kNotApplicable);
  EXPECT_EQ(verdict(1.1, 0.03), Verdict::kNotApplicable);
  EXPECT_EQ(verdict(1.1, 0.02), Verdict::kFails);
  EXPECT_EQ(verdict(1, 0), Verdict::kHolds);
  EXPECT_EQ(verdict(1.001, 0), Verdict::kFails);
  EXPECT_EQ(verdict(std::nan(""), 0), Verdict::kFails);
  const Inequality both = Judge({.left = 0.7, .right_print = 0.5, .right_proof = 1});
  EXPECT_EQ(both.verdict, Verdict::kHolds);
  EXPECT_EQ(both.verdict_print, Verdict::kFails);
}

TEST(Theorem3, HoldsWithTheSquareAndFailsWithout) {
  Experiment e = NonConvex();
  const ConvergenceReport report = MeasureTheorem3(e.setup);
  EXPECT_EQ(Find(report, "weighted-gradient", "corrected").verdict, Verdict::kHolds);
  EXPECT_EQ(Find(report, "weighted-gradient", "printed").verdict, Verdict::kFails)
      << "T without the square is too short by a factor of a thousand";
  EXPECT_LT(Iterations(report, "printed"), Iterations(report, "corrected") / 100);
  for (const char* const reading : {"printed", "corrected"}) {
    const Inequality& sum = Find(report, "sum-eta-beta", reading);
    EXPECT_EQ(sum.verdict, Verdict::kHolds);
    EXPECT_EQ(sum.verdict_print, Verdict::kFails);
  }
}

void ExpectStagesHold(const ConvergenceReport& report, int stages) {
  for (int k = 1; k <= stages; ++k) {
    for (const char* const what : {"gap", "gradient", "momentum"}) {
      const Inequality& i = Find(report, "stage-" + std::to_string(k) + "-" + what, "corrected");
      EXPECT_EQ(i.verdict, Verdict::kHolds) << i.name << " " << i.left << " <= " << i.Right();
    }
  }
}

TEST(Theorem4, ConstantRateHoldsInEveryStage) {
  Experiment e = Pl();
  e.setup.epsilon = 1;
  const ConvergenceReport report = MeasureTheorem4(e.setup, false);
  ExpectStagesHold(report, 3);
  EXPECT_EQ(Find(report, "stage-share", "proof").verdict, Verdict::kFails) << "7/24 > 1/8";
  EXPECT_EQ(Find(report, "stage-share", "corrected").verdict, Verdict::kHolds);
}

TEST(Theorem4, DecayingRateHoldsInEveryStage) {
  Experiment e = Pl();
  e.setup.epsilon = 1;
  ExpectStagesHold(MeasureTheorem4(e.setup, true), 3);
}

TEST(Theorem4, RankDeficientLeastSquaresWithoutDecay) {
  Experiment e(MakeRankDeficientLeastSquares(14), 2, 0.25, 1000);
  EXPECT_THROW(static_cast<void>(MeasureTheorem4(e.setup, false)), std::domain_error)
      << "decay bends F_k";
  e.setup.hyper.weight_decay = 0;
  e.Complete();
  e.setup.epsilon = 2;
  ExpectStagesHold(MeasureTheorem4(e.setup, false), 2);
}

#ifdef ADAMSDE_LONG_RUNS
TEST(Theorem4, MillionsOfIterationsPerStage) {
  Experiment e = Pl(1);
  e.setup.epsilon = 0.85;
  const ConvergenceReport report = MeasureTheorem4(e.setup, false);
  ExpectStagesHold(report, 4);
  EXPECT_GT(report.parameters.back().rate.iterations, 2e6);
  ExpectStagesHold(MeasureTheorem4(e.setup, true), 4);
}
#endif

Experiment LeastSquare(double mean, double start) {
  Experiment e(MakeScalarLeastSquare(1, mean, 10), start, 1, 1);
  e.setup.noise.kind = AdditiveNoise::Kind::kGaussian;
  e.setup.radius = 1e300;
  e.setup.runs = 256;
  return e;
}

#ifdef ADAMSDE_LONG_RUNS
constexpr std::int64_t kLastHorizon = 10000;
#else
constexpr std::int64_t kLastHorizon = 3000;
#endif

TEST(Theorem1, HoldsAtTheMinimumOfTheDecayAndFailsAtTheEdges) {
  Experiment e = LeastSquare(0, 1);
  Theorem1Options options{.horizons = {10, 100, 1000, kLastHorizon}};
  const Theorem1Report theorem = MeasureTheorem1(e.setup, options);
  for (const std::int64_t k : options.horizons) {
    const std::string name = "horizon-" + std::to_string(k);
    for (const char* const optimizer : {"adamw", "l2-adam"}) {
      const Inequality& i = Find(theorem.report, name, optimizer);
      EXPECT_EQ(i.verdict, Verdict::kHolds) << optimizer << k;
      EXPECT_EQ(i.verdict_print, Verdict::kHolds) << optimizer << k;
    }
  }
  const std::string last = "horizon-" + std::to_string(kLastHorizon);
  for (const char* const edge : {"l2-adam-printed-edge", "l2-adam-corrected-edge"}) {
    const Inequality& i = Find(theorem.report, last, edge);
    EXPECT_EQ(i.verdict, Verdict::kFails) << edge;
    if (kLastHorizon == 10000) {
      EXPECT_NEAR(i.left, 0.053, 0.007) << "THEORY: .050 to .056 against .024";
      EXPECT_NEAR(i.Right(), 0.024, 0.0015);
    }
  }
  for (const NamedSlope& s : theorem.slopes) {
    if (s.name == "l2-adam") {
      EXPECT_NEAR(s.slope.value, -0.5, 0.05);
    }
    if (s.name == "adamw") {
      EXPECT_LT(s.slope.value, -1) << "at least the bound's -1/2 - alpha";
    }
  }
}

TEST(Theorem1, AnotherMinimizerBreaksIt) {
  Experiment e = LeastSquare(1, 2);
  const Theorem1Report theorem = MeasureTheorem1(e.setup, {.horizons = {100, 1000}});
  for (const char* const name : {"horizon-100", "horizon-1000"}) {
    for (const char* const optimizer : {"adamw", "l2-adam"}) {
      const Inequality& i = Find(theorem.report, name, optimizer);
      EXPECT_EQ(i.verdict, Verdict::kFails);
      EXPECT_NE(i.detail.find("decay points away"), std::string::npos);
    }
  }
  EXPECT_NEAR(Find(theorem.report, "horizon-1000", "adamw").left, 1, 2e-3) << "tends to |x*|";
}

TEST(Theorem1, RefusesWhatItIsNotAbout) {
  Experiment e = LeastSquare(0, 1);
  EXPECT_THROW(static_cast<void>(MeasureTheorem1(e.setup, {.horizons = {2}})),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(MeasureTheorem1(e.setup, {.horizons = {10}, .alpha = 0})),
               std::invalid_argument);
  Experiment wide(MakeSaturatingLoss(2, 1, 0), 1, 1, 1);
  EXPECT_THROW(static_cast<void>(MeasureTheorem1(wide.setup, {})), std::invalid_argument);
}

TEST(Surrogate, AdamWDescendsTheSurrogateAndNotTheLoss) {
  for (const OptimizerKind kind : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    Experiment e = LeastSquare(1, 1);  // from the minimum of F
    e.setup.hyper.optimizer = kind;
    e.setup.hyper.weight_decay = 0.5;
    e.setup.decay = DecaySchedule::kConstant;
    e.Complete();
    const SurrogateReport s = MeasureSurrogate(e.setup, {.iterations = 5000});
    EXPECT_EQ(Find(s.report, "surrogate-decrease", "given").verdict, Verdict::kHolds);
    EXPECT_EQ(Find(s.report, "loss-decrease", "given").verdict, Verdict::kFails);
    EXPECT_EQ(Find(s.report, "limit", "given").verdict, Verdict::kHolds);
    EXPECT_EQ(Find(s.report, "gradient", "given").verdict, Verdict::kHolds);
    // argmin ½(x−1)² + ½λv x² = 1/(1+λv); v between 1 and √(E g² + 1).
    EXPECT_LT(s.minimizer_k(0), 1 / 1.5 + 1e-12);
    EXPECT_GT(s.minimizer_k(0), 1 / (1 + 0.5 * 1.6));
    if (kind == OptimizerKind::kL2Adam) {
      EXPECT_NEAR(s.minimizer_k(0), 1 / 1.5, 1e-12);
    }
    EXPECT_NEAR(s.limit(0), s.minimizer_k(0), 0.03);
  }
}

TEST(Surrogate, WithoutDecayTheyAreOne) {
  Experiment e = LeastSquare(1, 3);
  e.setup.hyper.weight_decay = 0;
  e.setup.decay = DecaySchedule::kConstant;
  e.Complete();
  const SurrogateReport s = MeasureSurrogate(e.setup, {.iterations = 5000});
  EXPECT_EQ(Find(s.report, "loss-decrease", "given").verdict, Verdict::kHolds);
  EXPECT_NEAR(s.minimizer_k(0), 1, 1e-12);
}

TEST(Complexity, TableIsItsFormulas) {
  const TheoremConstants c{.smoothness = 3,
                           .gradient_bound = 1.2,
                           .noise_variance = 0.7,
                           .batch_size = 2,
                           .delta = 0.25,
                           .gap = 1.5,
                           .regularizer = 0.5,
                           .dimension = 4};
  const auto rows = PredictComplexity(c, 0.1);
  ASSERT_EQ(rows.size(), 8U);
  const double first = std::pow(1.2, 2.5) * 3 * 2 * 0.7 / std::pow(0.25, 1.25) * 1e4;
  const double log = std::log(10.0);
  EXPECT_NEAR(rows[0].predicted, first, 1e-9 * first);
  EXPECT_NEAR(rows[1].predicted, first * log * log, 1e-9 * first);
  EXPECT_NEAR(rows[2].predicted, 1.2 * 2 * 1e4, 1e-8);
  EXPECT_NEAR(rows[3].predicted, std::pow(2.4, 6) * 1e4, 1e-6);
  EXPECT_NEAR(rows[4].predicted, 2.4 * 2 * 1e4, 1e-8);
  EXPECT_NEAR(rows[5].predicted, std::sqrt(1.2) * 4 * 1e4, 1e-8);
  EXPECT_NEAR(rows[6].predicted, std::pow(1.2 / 0.25, 2.5) * 9 * 0.7 * 1e4 * log, 1e-5);
  EXPECT_NEAR(rows[7].predicted, 1e4, 1e-9);
}

TEST(Complexity, TheExponentIsFour) {
  Experiment e = NonConvex();
  const ComplexityReport report = MeasureComplexity(e.setup);
  const ComplexityRow& row = report.rows[0];
  ASSERT_TRUE(row.measured && row.exponent && row.theorem);
  EXPECT_LT(*row.measured, *row.theorem) << "the theorem's T is enough";
  // Higher orders of the transient leave a few per cent at these ε; 2 or 3 would be far off.
  EXPECT_NEAR(row.exponent->value, 4, 0.2);
  EXPECT_LT(row.exponent->standard_error, 0.05);
  EXPECT_GE(report.points.size(), 3U);
}

TEST(FitLogLog, FindsASlopeAndItsError) {
  const std::vector<double> x = {1, 2, 4, 8};
  std::vector<double> y;
  for (const double v : x) y.push_back(3 * std::pow(v, -1.5));
  const std::vector<double> errors(4, 0.1);
  const Slope exact = FitLogLog(x, y, errors);
  EXPECT_NEAR(exact.value, -1.5, 1e-13);
  // Var = s²/Σ(log x − mean)², here (ln 2)²·5.
  EXPECT_NEAR(exact.standard_error, 0.1 / (std::log(2.0) * std::sqrt(5.0)), 1e-13);
  y[1] *= 2;
  EXPECT_GT(FitLogLog(x, y, errors).standard_error, 2 * exact.standard_error) << "scatter";
  EXPECT_THROW(static_cast<void>(FitLogLog(std::vector<double>{1, 2}, std::vector<double>{1, 2},
                                           std::vector<double>{1, 1})),
               std::invalid_argument);
}

TEST(Theorems, ResultsDoNotDependOnThreads) {
  Experiment e = Pl();
  e.setup.epsilon = 2;
  e.setup.threads = 1;
  const ConvergenceReport one = MeasureTheorem4(e.setup, false);
  e.setup.threads = 3;
  const ConvergenceReport three = MeasureTheorem4(e.setup, false);
  ASSERT_EQ(one.inequalities.size(), three.inequalities.size());
  for (std::size_t i = 0; i < one.inequalities.size(); ++i) {
    EXPECT_EQ(one.inequalities[i].left, three.inequalities[i].left);
    EXPECT_EQ(one.inequalities[i].left_stderr, three.inequalities[i].left_stderr);
  }
}

}  // namespace
}  // namespace adamsde
