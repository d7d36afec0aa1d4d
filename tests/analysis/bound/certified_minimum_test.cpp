// The certified minimum against dense scans: never above the scan's best, its lower bound never
// above what exists.
#include "analysis/bound/certified_minimum.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "analysis/bound/decay_interval.h"
#include "analysis/bound/bound_of_weight_decay.h"
#include "analysis/bound/sweep.h"
#include "analysis/stationary/laws.h"
#include "tests/support/decay_case.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

using testing::DecayCase;
using testing::kDecayTargets;
using testing::RandomDecayCase;

#ifdef ADAMSDE_MANY_PROBLEMS
constexpr int kProblems = 1000;
constexpr int kScan = 20000;
#else
constexpr int kProblems = 120;
constexpr int kScan = 4000;
#endif

std::vector<double> ScanOf(double top) {
  std::vector<double> lambdas = {0};
  for (int k = 0; k < kScan / 2; ++k)
    lambdas.push_back(top * std::pow(10.0, -9.0 + 18.0 * k / kScan));
  for (int k = 1; k <= kScan / 2; ++k) lambdas.push_back(top * 2 * k / kScan);
  return lambdas;
}

struct Tally {
  int at_zero = 0;
  int interior = 0;
  int several_minima = 0;
  int evaluations = 0;
};

void CheckAgainstScan(const DecayCase& c, Tally& tally) {
  SCOPED_TRACE(c.name);
  const auto model = DecayModel::FromProblem(c.problem, c.hyper, c.preconditioner,
                                             PosteriorMean::kStationary, false);
  ASSERT_TRUE(model.has_value());
  const DecayObjective objective = MakeDecayObjective(c.problem, c.hyper, c.options);
  const std::vector<DecayNode> scan = model->Evaluate(ScanOf(c.options.lambda_max), false);
  for (const DecayTarget target : kDecayTargets) {
    const CertifiedMinimum minimum =
        MinimizeOverDecay(*model, objective, target, {.lambda_max = c.options.lambda_max});
    double best = std::numeric_limits<double>::infinity();
    for (const DecayNode& node : scan) best = std::min(best, objective.Value(*model, node, target));
    const double ulp = 1e-13 * std::abs(best);
    EXPECT_TRUE(minimum.certified) << minimum.reason;
    EXPECT_LE(minimum.value, best + ulp);
    EXPECT_LE(*minimum.lower_bound, std::min(best, minimum.value));
    EXPECT_GE(*minimum.lower_bound,
              minimum.value - 1e-9 * std::abs(minimum.value) - minimum.rounding);
    tally.evaluations = std::max(tally.evaluations, minimum.evaluations);
    if (target != DecayTarget::kErr) continue;
    ++(minimum.lambda > 0 ? tally.interior : tally.at_zero);
    int falls_after_rise = 0;
    bool rising = false;
    for (std::size_t k = 1; k < static_cast<std::size_t>(kScan / 2); ++k) {
      const double step =
          objective.Value(*model, scan[k], target) - objective.Value(*model, scan[k - 1], target);
      if (step > 1e-9 * best) rising = true;
      if (rising && step < -1e-9 * best) {
        ++falls_after_rise;
        rising = false;
      }
    }
    if (falls_after_rise > 0) ++tally.several_minima;
  }
}

TEST(CertifiedMinimum, NeverAboveADenseScan) {
  Tally tally;
  for (int seed = 0; seed < kProblems; ++seed) CheckAgainstScan(RandomDecayCase(seed), tally);
  RecordProperty("most_evaluations", tally.evaluations);
  RecordProperty("at_zero", tally.at_zero);
  RecordProperty("interior", tally.interior);
  RecordProperty("several_minima", tally.several_minima);
  std::printf("lambda* = 0: %d, interior: %d, several minima: %d, most evaluations: %d\n",
              tally.at_zero, tally.interior, tally.several_minima, tally.evaluations);
  EXPECT_GT(tally.at_zero, kProblems / 10);
  EXPECT_GT(tally.interior, kProblems / 10);
  EXPECT_LT(tally.evaluations, 2000);
}

/// Two directions nearly the same, one apart: err may have two local minima.
DecayCase NearlyCollinear(double apart, double last, double kappa0) {
  Hyperparameters hyper;
  hyper.learning_rate = 2 * kappa0;
  hyper.batch_size = 1;
  QuadraticProblem problem;
  problem.hessian.resize(3, 3);
  problem.hessian << 1, 1 - apart, 0, 1 - apart, 1, 0, 0, 0, last;
  problem.minimizer = Eigen::Vector3d(0.5, -1, 2);
  problem.gradient_noise = problem.hessian;
  Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  SweepOptions options;
  options.settings.prior_variance = 1;
  return {std::move(problem), hyper, std::move(q), options, "collinear " + std::to_string(apart)};
}

TEST(CertifiedMinimum, FindsTheLowerOfTwoLocalMinimaWhereTheCriterionMisleads) {
  // THEORY §4.1: the slope at 0 is +5e8, yet err falls from 48.5 to 22.5 at λ = 0.228.
  const DecayCase c = NearlyCollinear(1e-9, 1e-4, 0.5);
  const Sweep sweep = SweepWeightDecay(c.problem, c.hyper, c.preconditioner, c.options);
  EXPECT_NEAR(*sweep.criterion, 5e8, 1e5);
  EXPECT_NEAR(sweep.err.lambda, 0.228, 5e-4);
  EXPECT_NEAR(sweep.err.value, 22.5, 0.05);
  EXPECT_NEAR(sweep.points.front().err, 48.5, 0.05);
  EXPECT_TRUE(sweep.interior);
  EXPECT_TRUE(sweep.err.certified);
  // λ = 0 is a local minimum, and a strict one: two minima, and the certified one is the lower.
  const BoundOfWeightDecay direct(c.problem, c.hyper, c.preconditioner, c.options);
  EXPECT_GT(direct(1e-9).err, direct(0).err + 0.1);
  EXPECT_GT(direct(sweep.err.lambda * 0.9).err, sweep.err.value);
  EXPECT_GT(direct(sweep.err.lambda * 1.1).err, sweep.err.value);
}

TEST(CertifiedMinimum, SeveralLocalMinimaAgainstScans) {
  Tally tally;
  testing::RandomProblems random(71);
  for (int i = 0; i < 60; ++i) {
    CheckAgainstScan(NearlyCollinear(random.LogUniform(1e-9, 1e-2), random.LogUniform(1e-5, 1e-1),
                                     random.LogUniform(0.1, 2)),
                     tally);
  }
  EXPECT_GT(tally.several_minima, 10);
}

TEST(CertifiedMinimum, EveryIntervalsBoundHolds) {
  // The proof's building block, on intervals of any width: no value inside is below the bound, and
  // narrow intervals get near.
  testing::RandomProblems random(72);
  int tight = 0;
  for (int i = 0; i < 400; ++i) {
    DecayCase c = RandomDecayCase(i % 80);
    c.options.convention = static_cast<BoundConvention>(i % 3);
    const auto model = DecayModel::FromProblem(c.problem, c.hyper, c.preconditioner,
                                               PosteriorMean::kStationary, false);
    const DecayObjective objective = MakeDecayObjective(c.problem, c.hyper, c.options);
    const double low = i % 7 == 0 ? 0 : random.LogUniform(1e-6, 1e2);
    const double high = low + random.LogUniform(1e-6, 1e2);
    std::vector<double> lambdas;
    for (int k = 0; k <= 200; ++k) lambdas.push_back(low + (high - low) * k / 200.0);
    const std::vector<DecayNode> nodes = model->Evaluate(lambdas, true);
    for (const DecayTarget target : kDecayTargets) {
      const double bound =
          DecayInterval(*model, objective, target, nodes.front(), nodes.back()).LowerBound();
      double least = std::numeric_limits<double>::infinity();
      for (const DecayNode& node : nodes) {
        least = std::min(least, objective.Value(*model, node, target));
      }
      EXPECT_LE(bound, least + 1e-11 * std::abs(least))
          << c.name << " [" << low << ", " << high << "]";
      if (bound > least - 1e-3 * std::abs(least)) ++tight;
    }
  }
  EXPECT_GT(tight, 300) << "a bound that is never near proves nothing";
}

TEST(CertifiedMinimum, CriterionIsTheSignOfADifferenceAtZero) {
  // In 50 digits, from S's eigenvalues: (err(h) − err(0))/h.
  using Precise = boost::multiprecision::cpp_bin_float_50;
  for (int seed = 0; seed < kProblems; ++seed) {
    const DecayCase c = RandomDecayCase(seed);
    Hyperparameters zero = c.hyper;
    zero.weight_decay = 0;
    const ModalSystem system = MakeModalSystem(c.problem, zero, c.preconditioner);
    if (!system.noise_is_diagonal) continue;
    const double kappa0 = c.hyper.learning_rate / 2 / c.options.settings.prior_variance;
    const Precise h = Precise(system.curvatures(0)) * Precise("1e-20");
    Precise difference = 0;
    for (Eigen::Index i = 0; i < system.Dimension(); ++i) {
      const Precise s = system.curvatures(i);
      const Precise w = system.from_modal.col(i).squaredNorm();
      difference += log(1 + h / s) + kappa0 * w * (s / (s + h) - 1);
    }
    const auto model = DecayModel::FromProblem(c.problem, c.hyper, c.preconditioner,
                                               PosteriorMean::kStationary, false);
    const double at = 0;
    const double slope =
        MakeDecayObjective(c.problem, c.hyper, c.options)
            .Slope(*model, model->Evaluate(std::span(&at, 1), true)[0], DecayTarget::kErr);
    EXPECT_NEAR(slope, static_cast<double>(difference / h), 1e-9 * std::abs(slope)) << c.name;
    EXPECT_EQ(slope < 0, difference < 0) << c.name;
  }
}

TEST(CertifiedMinimum, LooksBeyondTheRange) {
  // One direction: err = log(1+λ) + κ₀/(1+λ) has its minimum at λ = κ₀ − 1 = 1.5.
  Hyperparameters hyper;
  hyper.learning_rate = 1;
  hyper.batch_size = 1;
  const QuadraticProblem problem{.hessian = Eigen::MatrixXd::Ones(1, 1),
                                 .minimizer = Eigen::VectorXd::Zero(1),
                                 .gradient_noise = Eigen::MatrixXd::Ones(1, 1)};
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  SweepOptions options;
  options.settings.prior_variance = 0.2;
  options.lambda_max = 1;
  const CertifiedMinimum cut = SweepWeightDecay(problem, hyper, q, options).err;
  EXPECT_EQ(cut.lambda, 1);
  EXPECT_TRUE(cut.certified) << "the minimum over [0, 1] is at its end";
  EXPECT_EQ(cut.global, false);
  EXPECT_NEAR(*cut.better_beyond, 1.5, 0.1);
  options.lambda_max = 2;
  const CertifiedMinimum whole = SweepWeightDecay(problem, hyper, q, options).err;
  EXPECT_EQ(whole.global, true);
  EXPECT_NEAR(whole.lambda, 1.5, 1e-7);
}

TEST(CertifiedMinimum, RangeOfASingularHessian) {
  // rank 2 of 3: the same minimum as the two curved directions alone, by the dense
  // pseudo-determinant.
  testing::RandomProblems random(74);
  const Eigen::MatrixXd u = random.Orthogonal(3);
  Eigen::MatrixXd h = u * Eigen::Vector3d(0, 0.3, 2).asDiagonal() * u.transpose();
  h = (0.5 * (h + h.transpose())).eval();
  Hyperparameters hyper;
  hyper.learning_rate = 1;
  hyper.batch_size = 1;
  const QuadraticProblem problem{
      .hessian = h, .minimizer = random.Normal(3, 1), .gradient_noise = h};
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  SweepOptions options;
  options.settings.prior_variance = 0.1;
  options.lambda_min = 1e-3;
  EXPECT_THROW((void)SweepWeightDecay(problem, hyper, q, options), std::domain_error);
  options.range_only = true;
  const Sweep sweep = SweepWeightDecay(problem, hyper, q, options);
  EXPECT_EQ(sweep.rank, 2);
  EXPECT_TRUE(sweep.err.certified);
  for (const double lambda : {1e-3, 0.4, 7.0}) {
    hyper.weight_decay = lambda;
    const GaussianLaw law = StationaryLaw(MakeModalSystem(problem, hyper, q));
    const RangeSummary range = SummarizeRange(law.covariance);
    ASSERT_EQ(range.rank, 2);
    const double err = -range.log_det + law.covariance.trace() / 0.1 + 2 * std::log(0.1);
    EXPECT_GE(err, sweep.err.value - 1e-12);
    options.lambda_min = lambda;
    options.lambda_max = 2 * lambda;
    EXPECT_NEAR(SweepWeightDecay(problem, hyper, q, options).points.front().err, err, 1e-10);
  }
  options.lambda_min = 0;
  EXPECT_THROW((void)SweepWeightDecay(problem, hyper, q, options), std::domain_error);
}

}  // namespace
}  // namespace adamsde
