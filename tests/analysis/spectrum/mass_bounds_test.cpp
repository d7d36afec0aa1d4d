#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "analysis/spectrum/lanczos.h"
#include "analysis/spectrum/mass_bounds.h"

namespace adamsde {
namespace {

constexpr Eigen::Index kDimension = 400;

/// A network's kind of spectrum: a heap about zero of both signs over eight decades, and outliers.
Eigen::VectorXd Eigenvalues() {
  Eigen::VectorXd values(kDimension);
  for (Eigen::Index i = 0; i < kDimension; ++i) {
    const double size = std::pow(10.0, -8 + 6.5 * static_cast<double>(i) / kDimension);
    values(i) = i % 3 == 0 ? -size : size;
  }
  values.tail(4) << 1, 3, 20, 50;
  return values;
}

/// The probe's own distribution and its Gauss rule of k nodes.
struct Seen {
  explicit Seen(int steps) {
    const Eigen::VectorXd all = Eigenvalues();
    const LanczosOptions options{.steps = steps, .runs = 1, .seed = 3, .threads = 1};
    const Eigen::MatrixXd probe = Eigen::VectorXd::LinSpaced(kDimension, 0.5, 1.5);
    const BlockOperator a = [&](const Eigen::MatrixXd& v) -> Eigen::MatrixXd {
      return all.asDiagonal() * v;
    };
    const LanczosRuns runs = RunLanczos(a, probe, Eigen::VectorXd::Ones(kDimension), options);
    gauss = ToSpectrumRuns(MakeQuadrature(runs, runs.Steps()).spectrum).runs.front();
    values = all;
    weights = probe.cwiseAbs2() / probe.squaredNorm();
  }
  [[nodiscard]] double Below(double t) const {
    return (values.array() <= t).select(weights, 0.0).sum();
  }
  [[nodiscard]] double Mean(const SpectrumPolicy& policy, double (*f)(double)) const {
    const PolicyNodes nodes =
        ApplyPolicy({.values = values, .weights = weights, .dimension = 1}, policy);
    return nodes.weights.dot(nodes.values.unaryExpr(f));
  }

  WeightedSpectrum gauss;
  Eigen::VectorXd values;
  Eigen::VectorXd weights;
};

TEST(MassBounds, HoldTheDistribution) {
  for (const int steps : {2, 5, 12, 30}) {
    const Seen seen(steps);
    const MassBounds bounds(seen.gauss);
    for (double size = 1e-9; size < 100; size *= 1.7) {
      for (const double t : {-size, size}) {
        const Enclosure mass = bounds.Below(t);
        EXPECT_LE(mass.low, seen.Below(t) + 1e-9) << steps << " " << t;
        EXPECT_GE(mass.high, seen.Below(t) - 1e-9) << steps << " " << t;
      }
    }
  }
}

// Both ends are attained, by the rules with t as a node: their first moments are the Gauss rule's.
TEST(MassBounds, AreSharp) {
  const Seen seen(2);
  const MassBounds bounds(seen.gauss);
  // Two nodes, moments 1, m₁, m₂: the mass that can sit at t is σ²/(σ² + (t − m₁)²) [Cantelli].
  const double m1 = seen.gauss.weights.dot(seen.gauss.values);
  const double variance = seen.gauss.weights.dot(seen.gauss.values.cwiseAbs2()) - m1 * m1;
  for (const double t : {-3.0, 0.01, 5.0}) {
    const Enclosure mass = bounds.Below(t);
    const double atom = variance / (variance + (t - m1) * (t - m1));
    EXPECT_NEAR(mass.high - mass.low, atom, 1e-12);
    EXPECT_NEAR(t < m1 ? mass.low : 1 - mass.high, 0, 1e-12);
  }
}

double Rising(double s) { return std::log(std::sqrt(s) + 0.1); }
constexpr double kTurn = 1e-4;
double Turning(double s) { return std::log(std::sqrt(s) + kTurn / std::sqrt(s)); }

TEST(EncloseMean, HoldsTheMeanAndClosesOnIt) {
  for (const NegativePolicy negative : {NegativePolicy::kAbsolute, NegativePolicy::kClip}) {
    const SpectrumPolicy policy{.negative = negative, .floor = 1e-6};
    for (const auto f : {Rising, Turning}) {
      double width = INFINITY;
      for (const int steps : {3, 10, 30, 90}) {
        const Seen seen(steps);
        const Enclosure mean = EncloseMean(MassBounds(seen.gauss), policy, f, {kTurn});
        const double truth = seen.Mean(policy, f);
        EXPECT_LE(mean.low, truth);
        EXPECT_GE(mean.high, truth);
        EXPECT_LT(mean.high - mean.low, width);
        width = mean.high - mean.low;
      }
      EXPECT_LT(width, f == Rising ? 0.1 : 1.0);
    }
  }
}

TEST(EncloseCorollary3, HoldsItAtAnyNumberOfSteps) {
  for (const double rate : {1e-3, 100.0}) {  // x in the thousands, and about 1, where h turns
    const Hyperparameters hyper{.learning_rate = rate, .weight_decay = 1e-3, .batch_size = 64};
    const SpectrumPolicy policy{.negative = NegativePolicy::kAbsolute, .floor = 1e-6};
    const auto err = [&](const WeightedSpectrum& spectrum) {
      return EvaluateCorollary3(spectrum, hyper, 1, policy);
    };
    const Seen few(6);
    const Corollary3Bounds bounds = EncloseCorollary3({.runs = {few.gauss}}, hyper, 1, policy);
    for (const int steps : {6, 20, 60, 200}) {
      const Corollary3 more = err(Seen(steps).gauss);
      EXPECT_LE(bounds.adamw.low, more.adamw.err_per_parameter);
      EXPECT_GE(bounds.adamw.high, more.adamw.err_per_parameter);
      EXPECT_LE(bounds.l2_adam.low, more.l2_adam.err_per_parameter);
      EXPECT_GE(bounds.l2_adam.high, more.l2_adam.err_per_parameter);
    }
  }
}

TEST(EncloseMean, RefusesWhatItCannotBound) {
  const MassBounds mass(Seen(4).gauss);
  EXPECT_THROW((void)EncloseMean(mass, {.floor = 0}, Rising, {}), std::invalid_argument);
  EXPECT_THROW(
      (void)EncloseMean(mass, {.negative = NegativePolicy::kDrop, .floor = 1e-6}, Rising, {}),
      std::invalid_argument);
}

}  // namespace
}  // namespace adamsde
