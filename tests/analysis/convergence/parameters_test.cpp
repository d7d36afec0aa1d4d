// The calculators of Theorems 2–4 against the formulas of THEORY §5 written out with plain numbers,
// and against the proofs' own inequality summed term by term.
#include "analysis/convergence/parameters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "analysis/convergence/experiment.h"

namespace adamsde {
namespace {

/// c₁ = 0.5, c₂ = 1.3.
TheoremConstants Constants() {
  return {.smoothness = 3,
          .gradient_bound = 1.2,
          .noise_variance = 0.7,
          .batch_size = 2,
          .delta = 0.25,
          .weight_decay = 0.4,
          .gap = 1.5,
          .regularizer = 0.6,
          .dimension = 4,
          .pl_constant = 0.2};
}

/// ProofBound by adding up every step.
double SummedBound(const TheoremConstants& c, const RateParameters& rate, double gap, double error,
                   std::int64_t iterations) {
  const double c1 = std::sqrt(c.delta);
  const double c2 = std::sqrt(c.gradient_bound * c.gradient_bound + c.delta);
  double etas = 0;
  double momentum = error * rate.LearningRate().At(0) / rate.Beta1().At(0);
  for (std::int64_t k = 0; k < iterations; ++k) {
    etas += rate.LearningRate().At(k);
    momentum += rate.LearningRate().At(k) * rate.Beta1().At(k) * c.noise_variance / c.batch_size;
  }
  return (2 * c2 * gap + c2 / c1 * momentum) / etas;
}

TEST(Theorem2Parameters, AreTheStatementsFormulas) {
  const RateParameters p = Theorem2Parameters(Constants(), 0.1, Reading::kPrinted);
  const double beta1 = 0.5 * 2 * 0.01 / (3 * 1.3 * 0.7);
  const double eta = 0.25 * 2 * 0.01 / (6 * 1.3 * 0.7 * 3) * std::sqrt(0.5 / 1.3);
  EXPECT_NEAR(p.beta1, beta1, 1e-15);
  EXPECT_NEAR(p.eta, eta, 1e-16);
  EXPECT_EQ(p.iterations, std::ceil(std::max(6 * 1.3 * 1.5 / (eta * 0.01),
                                             3 * 1.3 * 0.7 / (0.5 * beta1 * 2 * 0.01))));
  EXPECT_FALSE(p.decaying);
}

TEST(Theorem2Parameters, TheCorrectedOnesCloseTheProof) {
  const TheoremConstants c = Constants();
  for (const double epsilon : {0.02, 0.1, 0.4, 2.0, 10.0}) {
    const RateParameters p = Theorem2Parameters(c, epsilon, Reading::kCorrected);
    const double gap = 1.5 + 0.6;
    // Three terms, each at most ε²/3.
    const double third = epsilon * epsilon / 3 * (1 + 1e-12);
    EXPECT_LE(2 * 1.3 * gap / (p.eta * p.iterations), third);
    EXPECT_LE(1.3 * 0.35 / (0.5 * p.beta1 * p.iterations), third);
    EXPECT_LE(1.3 * p.beta1 * 0.35 / 0.5, third);
    EXPECT_LE(ProofBound(c, p, gap, 0.35, p.iterations), epsilon * epsilon * (1 + 1e-12));
    // The two caps on η that the print leaves out.
    EXPECT_LE(p.eta, 0.25 / (2 * 1.3 * (3 + 0.4 * 0.5)) * (1 + 1e-12));
    if (p.beta1 < 1) {
      EXPECT_LE(p.eta,
                p.beta1 * 0.5 * std::sqrt(0.5 / 1.3) / (2 * (1 - p.beta1) * 3) * (1 + 1e-12));
    }
    EXPECT_LE(p.eta * 0.4, 1) << "a step that decays is no step across the origin";
  }
  const RateParameters p = Theorem2Parameters(c, 0.1, Reading::kCorrected);
  EXPECT_GT(ProofBound(c, p, 2.1, 0.35, p.iterations / 2), 0.01) << "half of T is not enough";
}

TEST(Theorem2Parameters, ThePrintAdmitsStepsThatDiverge) {
  TheoremConstants c = Constants();
  c.weight_decay = 500;
  EXPECT_GT(Theorem2Parameters(c, 0.5, Reading::kPrinted).eta * 500, 2);
  EXPECT_LT(Theorem2Parameters(c, 0.5, Reading::kCorrected).eta * 500, 1);
  EXPECT_FALSE(Theorem2Parameters(c, 0.5, Reading::kCorrected).notes.empty());
}

TEST(Theorem2Parameters, NeedIterationsLikeTheFourthPower) {
  const TheoremConstants c = Constants();
  const double ratio = Theorem2Parameters(c, 1e-3, Reading::kCorrected).iterations /
                       Theorem2Parameters(c, 2e-3, Reading::kCorrected).iterations;
  EXPECT_NEAR(ratio, 16, 1e-3);
}

TEST(HarmonicNumber, AgreesWithItsSum) {
  double sum = 0;
  for (int n = 1; n <= 5000; ++n) {
    sum += 1.0 / n;
    if (n == 3 || n == 63 || n == 64 || n == 65 || n == 5000) {
      EXPECT_NEAR(HarmonicNumber(n), sum, 1e-12 * sum) << n;
    }
  }
}

TEST(Theorem3Parameters, TheProofsInequalityIsSummedRight) {
  for (const double cap_delta : {0.25, 4.0, 100.0}) {
    TheoremConstants c = Constants();
    c.delta = cap_delta;
    const RateParameters p = Theorem3Parameters(c, 0.5, Reading::kCorrected);
    EXPECT_GT(p.beta1, 1) << "so that the cap acts";
    for (const std::int64_t t : {1, 2, 50, 63, 64, 65, 1000, 20000}) {
      const double expected = SummedBound(c, p, 2.1, 0.35, t);
      EXPECT_NEAR(ProofBound(c, p, 2.1, 0.35, static_cast<double>(t)), expected, 1e-11 * expected)
          << t;
    }
  }
}

TEST(Theorem3Parameters, FindTheLeastT) {
  const TheoremConstants c = Constants();
  for (const double epsilon : {0.3, 0.5, 1.0}) {
    const RateParameters p = Theorem3Parameters(c, epsilon, Reading::kCorrected);
    const auto t = static_cast<std::int64_t>(p.iterations);
    ASSERT_LT(t, 30000000);
    EXPECT_LE(SummedBound(c, p, 2.1, 0.35, t), p.target * (1 + 1e-10));
    EXPECT_GE(SummedBound(c, p, 2.1, 0.35, t - 1), p.target * (1 - 1e-10));
  }
  // η_k ≤ c₁²/(2c₂(L+λc₁)) and β₁k ≤ 1 at every step.
  const RateParameters p = Theorem3Parameters(c, 0.1, Reading::kCorrected);
  EXPECT_LE(p.LearningRate().At(0), 0.25 / (2 * 1.3 * 3.2) * (1 + 1e-12));
  EXPECT_LE(p.Beta1().At(0), 1);
  EXPECT_NEAR(p.LearningRate().At(100000) / p.Beta1().At(100000),
              std::pow(0.5, 1.5) / (2 * std::sqrt(1.3) * 3), 1e-15);
}

TEST(Theorem3Parameters, ThePrintForgetsToSquare) {
  // Ten times Δ: √10 in the print. By the proof's own inequality 10 with β₁k clamped at 1, whose
  // logarithm is that of T/γ², and more with the statement's β₁k, whose logarithm is that of T
  // (11 to 13, the more the larger ε is). No gain over a constant rate is left.
  TheoremConstants c = Constants();
  c.noise_variance = 0.02;  // the term in Δ decides
  c.regularizer = 0;
  TheoremConstants larger = c;
  larger.gap *= 10;
  const auto ratio = [&](Reading reading) {
    return Theorem3Parameters(larger, 0.1, reading).iterations /
           Theorem3Parameters(c, 0.1, reading).iterations;
  };
  EXPECT_NEAR(ratio(Reading::kPrinted), std::sqrt(10.0), 1e-2);
  EXPECT_NEAR(ratio(Reading::kProof), 10, 1e-2);
  const auto unclamped = [](const TheoremConstants& constants) {
    RateParameters p = Theorem3Parameters(constants, 0.1, Reading::kProof);
    p.cap = 1e9;
    return IterationsFor(constants, p, constants.gap, constants.BatchVariance(), p.target);
  };
  // The same root by plain formulas: c₁ = 0.5, c₂ = 1.3, σ²/b = 0.01, L = 3, Δ = 1.5 and 15.
  const auto root = [](double gap) {
    const double kappa = std::pow(0.5, 1.5) / (2 * std::sqrt(1.3) * 3);
    const double gamma = std::pow(2.6, 0.25) * std::sqrt(3 * gap / 0.01);
    double low = 2;
    double high = 1e30;
    for (int i = 0; i < 200; ++i) {
      const double t = std::sqrt(low * high);
      const double log = std::log(t) + 0.5772156649;
      const double bound = (2.6 * gap + 2.6 * kappa * 0.01 * (1 + gamma * gamma * log)) /
                           (kappa * gamma * (2 * std::sqrt(t) - 1.4603545088));
      (bound <= 0.01 ? high : low) = t;
    }
    return high;
  };
  EXPECT_NEAR(unclamped(larger) / unclamped(c), root(15) / root(1.5), 1e-4);
  EXPECT_GT(root(15) / root(1.5), 11);
}

TEST(Theorem4Parameters, SharesOfAStageAreExact) {
  // The three terms of ProofBound over με_k, from the parameters themselves.
  TheoremConstants c = Constants();
  c.noise_variance = 3;  // β₁ < 1 in every stage, so that nothing is clamped
  c.gap = 0.4;
  c.regularizer = 0;
  c.pl_constant = 5;
  for (const Reading reading : {Reading::kProof, Reading::kCorrected}) {
    const auto stages = Theorem4Parameters(c, 0.02, false, reading);
    EXPECT_EQ(stages.size(), 5U) << "0.2, 0.1, 0.05, 0.025, 0.0125";
    for (const StageParameters& s : stages) {
      const double scale = 5 * s.epsilon;
      const RateParameters& p = s.rate;
      // Each term by its own T, as the proof takes them.
      const double by_gap = (reading == Reading::kProof ? 16 : 48) * 1.3 * 2 / (5 * p.eta);
      const double by_momentum = (reading == Reading::kProof ? 8 : 24) * 1.3 * 2 / (0.5 * p.beta1);
      EXPECT_NEAR(p.iterations, std::max(by_gap, by_momentum), 1 + 1e-9 * by_gap);
      const double gap = 2 * 1.3 * s.epsilon_before / (p.eta * by_gap) / scale;
      const double momentum = 1.3 / 0.5 * 5 * s.epsilon_before / (p.beta1 * by_momentum) / scale;
      const double noise = 1.3 / 0.5 * p.beta1 * 1.5 / scale;
      EXPECT_NEAR(gap + momentum + noise, Theorem4ShareSum(reading), 1e-9) << s.stage;
    }
  }
  EXPECT_DOUBLE_EQ(Theorem4ShareSum(Reading::kProof), 7.0 / 24);
  EXPECT_EQ(Theorem4ShareSum(Reading::kCorrected), 1.0 / 8);
}

TEST(Theorem4Parameters, TheStatementIsFourTimesLarger) {
  TheoremConstants c = Constants();
  c.noise_variance = 300;
  c.regularizer = 0;
  const auto print = Theorem4Parameters(c, 0.5, false, Reading::kPrinted);
  const auto proof = Theorem4Parameters(c, 0.5, false, Reading::kProof);
  ASSERT_EQ(print.size(), proof.size());
  for (std::size_t i = 0; i < print.size(); ++i) {
    EXPECT_NEAR(print[i].rate.beta1 / proof[i].rate.beta1, 4, 1e-12);
    EXPECT_NEAR(print[i].rate.eta / proof[i].rate.eta, 4, 1e-12);
    // μ³ for μ, over a four times larger η.
    EXPECT_NEAR(print[i].rate.iterations / proof[i].rate.iterations, 1 / (0.04 * 4), 1e-3);
    EXPECT_NEAR(proof[i].rate.beta1, 0.5 * 0.2 * 2 * proof[i].epsilon / (24 * 1.3 * 300), 1e-12);
  }
}

TEST(Theorem4Parameters, DecayingStagesGrowWithTheirLogarithms) {
  TheoremConstants c = Constants();
  c.noise_variance = 300;
  c.regularizer = 0;
  c.weight_decay = 0;
  const double epsilon = c.gap / std::pow(2, 19.5);
  const auto without = Theorem4Parameters(c, epsilon, true, Reading::kProof);
  const auto with = Theorem4Parameters(c, epsilon, true, Reading::kPrinted);
  ASSERT_EQ(without.size(), 20U);
  // Halving ε_k: without max{1, ·} in γ a factor 2 (and logs), with it 4 (and logs).
  const double slow = with[19].rate.iterations / with[18].rate.iterations;
  const double fast = without[19].rate.iterations / without[18].rate.iterations;
  EXPECT_GT(fast, 2);
  EXPECT_LT(fast, 2.3);
  EXPECT_GT(slow, 4);
  EXPECT_LT(slow, 4.7);
}

TEST(Theorem4Parameters, NeedAPlConstant) {
  TheoremConstants c = Constants();
  c.pl_constant.reset();
  EXPECT_THROW(static_cast<void>(Theorem4Parameters(c, 0.1, false, Reading::kProof)),
               std::domain_error);
}

TEST(SumStages, ClosedFormsAndWhatThePrintDrops) {
  for (int k = 1; k <= 30; ++k) {
    const StageSums sums = SumStages(k);
    const double power = std::ldexp(1.0, k + 1);
    EXPECT_EQ(sums.plain, power - 2);
    EXPECT_EQ(sums.with_log, (k - 1) * power + 2);
    EXPECT_EQ(sums.with_log_squared, (static_cast<double>(k) * k - 2 * k + 3) * power - 6);
    // With ε_k = 2^−k the print has 4/ε = 2·2^{K+1} for the total: true without logarithms only.
    EXPECT_LE(sums.plain, 2 * power);
    if (k >= 4) {
      EXPECT_GT(sums.with_log, 2 * power);
    }
  }
}

TEST(TheoremConstants, OverridesMustBeWeaker) {
  const auto loss = MakeSineQuadraticLoss(1, 3);
  const AdditiveNoise noise{.scale = 0.3};
  Hyperparameters hyper;
  hyper.delta = 2;
  hyper.weight_decay = 0.5;
  hyper.batch_size = 1;
  const Eigen::VectorXd start = Eigen::VectorXd::Constant(1, 2.0);
  const auto make = [&](const ConstantOverrides& o) {
    return MakeTheoremConstants(*loss, noise, hyper, start, 3, o);
  };
  const TheoremConstants c = make({});
  EXPECT_EQ(c.smoothness, 8);
  EXPECT_NEAR(c.gradient_bound, loss->Constants().gradient_bound + 0.3, 1e-15);
  EXPECT_NEAR(c.noise_variance, 0.09, 1e-15);
  EXPECT_NEAR(c.gap, 4 + 3 * std::pow(std::sin(2.0), 2), 1e-13);
  const double slope = 4 + 3 * std::sin(4.0);
  EXPECT_NEAR(c.regularizer, 0.25 * 4 * std::sqrt(std::pow(slope + 0.3, 2) + 2), 1e-12);
  EXPECT_EQ(*make({.pl_constant = 1.0 / 32}).pl_constant, 1.0 / 32);
  EXPECT_EQ(make({.smoothness = 9}).smoothness, 9);
  EXPECT_THROW(static_cast<void>(make({.pl_constant = 0.2})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(make({.smoothness = 7})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(make({.gradient_bound = -1})), std::invalid_argument);
  // Corollary 2.
  hyper.optimizer = OptimizerKind::kL2Adam;
  const TheoremConstants l2 = make({});
  EXPECT_EQ(l2.smoothness, 8.5);
  EXPECT_NEAR(l2.gradient_bound, c.gradient_bound + 0.5 * 3, 1e-14);
  EXPECT_NEAR(l2.regularizer, 0.25 * 4, 1e-15);
}

}  // namespace
}  // namespace adamsde
