#include "analysis/claims/claims.h"

#include <gtest/gtest.h>

#include <map>

#include "sde/problem/least_squares.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

std::map<std::string, Claim> Judge(const QuadraticProblem& problem, const Hyperparameters& hyper) {
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  std::map<std::string, Claim> claims;
  ClaimOptions options;
  options.target_error = 0.02;
  for (Claim& claim : JudgeClaims(problem, hyper, q, {}, options)) {
    claims.emplace(claim.id, std::move(claim));
  }
  return claims;
}

Hyperparameters SomeHyperparameters() {
  Hyperparameters hyper;
  hyper.learning_rate = 0.05;
  hyper.weight_decay = 0.2;
  return hyper;
}

TEST(Claims, OnACorrelatedProblemThePrintFailsWhereTheProofSaysSo) {
  const Hyperparameters hyper = SomeHyperparameters();
  testing::RandomProblems random(3);
  const auto claims = Judge(random.PaperNoise(5, 100, hyper), hyper);
  EXPECT_EQ(claims.at("L5-cov").verdict, Verdict::kHolds);
  EXPECT_EQ(claims.at("L5-mean").verdict, Verdict::kFails);
  EXPECT_EQ(claims.at("L5-decay").verdict, Verdict::kHolds);
  EXPECT_EQ(claims.at("L2-cov").verdict, Verdict::kFails);
  EXPECT_EQ(claims.at("adam-eq").verdict, Verdict::kHolds);
  EXPECT_EQ(claims.at("T6-kl-derived").verdict, Verdict::kHolds);
  EXPECT_EQ(claims.at("T6-kl-printed").verdict, Verdict::kFails);
  EXPECT_EQ(claims.at("T6-kl-literal").verdict, Verdict::kFails);
  EXPECT_EQ(claims.at("C3-eq").verdict, Verdict::kHolds);
  EXPECT_EQ(claims.at("surrogate").verdict, Verdict::kHolds);
  // The sample sees the shift of the mean on its own.
  EXPECT_LT(*claims.at("L5-mean").p_value, 1e-6);
}

TEST(Claims, Corollary1HoldsAndTheTheoremsAreElsewhere) {
  const Hyperparameters hyper = SomeHyperparameters();
  const auto claims = Judge(testing::RandomProblems(4).PaperNoise(4, 30, hyper), hyper);
  EXPECT_EQ(claims.at("C1").verdict, Verdict::kHolds);
  EXPECT_GT(claims.at("C1").value, 0.1);
  EXPECT_LE(claims.at("C1").value, 1 + 1e-12);
  for (const char* const id : {"T1", "T2", "T3", "T4"}) {
    EXPECT_EQ(claims.at(id).verdict, Verdict::kNotApplicable) << id;
    EXPECT_NE(claims.at(id).detail.find("adamsde converge --theorem"), std::string::npos) << id;
  }
}

TEST(Claims, DiagonalHessianMakesH3ACovariance) {
  // Q and H commute: the supplement's matrix is right, and must be found right.
  const Hyperparameters hyper = SomeHyperparameters();
  QuadraticProblem problem{.hessian = Eigen::Vector3d(0.1, 1, 4).asDiagonal(),
                           .minimizer = Eigen::Vector3d(1, 1, 1),
                           .gradient_noise = {}};
  problem.gradient_noise = problem.hessian / static_cast<double>(hyper.batch_size);
  EXPECT_EQ(Judge(problem, hyper).at("L2-cov").verdict, Verdict::kHolds);
}

TEST(Claims, OtherNoiseBreaksLemma5) {
  const Hyperparameters hyper = SomeHyperparameters();
  testing::RandomProblems random(4);
  const auto claims = Judge(random.AnyNoise(4, 50), hyper);
  EXPECT_EQ(claims.at("L5-cov").verdict, Verdict::kFails);
  EXPECT_LT(*claims.at("L5-cov").p_value, 1e-6);
}

TEST(Claims, WithoutWeightDecayTheMeanIsTheMinimizer) {
  Hyperparameters hyper = SomeHyperparameters();
  hyper.weight_decay = 0;
  testing::RandomProblems random(5);
  const auto claims = Judge(random.PaperNoise(3, 10, hyper), hyper);
  EXPECT_EQ(claims.at("L5-mean").verdict, Verdict::kHolds);
  EXPECT_EQ(claims.at("L2-cov").verdict, Verdict::kHolds);
}

TEST(Claims, ALargeStepIsNotTheSde) {
  Hyperparameters hyper = SomeHyperparameters();
  testing::RandomProblems random(6);
  const QuadraticProblem problem = random.PaperNoise(3, 10, hyper);
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  ClaimOptions options;
  options.time_step = 0.9;
  options.target_error = 0.02;
  for (const Claim& claim : JudgeClaims(problem, hyper, q, {}, options)) {
    if (claim.id != "sde-step") continue;
    EXPECT_EQ(claim.verdict, Verdict::kFails) << claim.value;
  }
}

TEST(Claims, DecayCanWidenTheDiscreteLaw) {
  // s = ½ at h = 1: .667, .505, .595 at λ = 0, .4, .9. The continuous law still shrinks.
  Hyperparameters hyper;
  hyper.weight_decay = 0.4;
  const QuadraticProblem problem{.hessian = Eigen::MatrixXd::Constant(1, 1, 0.25),
                                 .minimizer = Eigen::VectorXd::Ones(1),
                                 .gradient_noise = Eigen::MatrixXd::Constant(1, 1, 0.25 / 128)};
  const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
  ClaimOptions options;
  options.time_step = 1;
  options.target_error = 0.05;
  for (const Claim& claim : JudgeClaims(problem, hyper, q, {}, options)) {
    if (claim.id != "L5-decay") continue;
    EXPECT_EQ(claim.verdict, Verdict::kHolds);
    EXPECT_NE(claim.detail.find("(fails)"), std::string::npos) << claim.detail;
  }
}

TEST(Claims, SingularHessianIsNotApplicableWhereItMustBe) {
  const Hyperparameters hyper = SomeHyperparameters();
  Eigen::Matrix3d h;
  h << 2, 2, 0, 2, 2, 0, 0, 0, 1;
  QuadraticProblem problem{.hessian = h,
                           .minimizer = Eigen::Vector3d(1, 2, 3),
                           .gradient_noise = h / static_cast<double>(hyper.batch_size)};
  const auto claims = Judge(problem, hyper);
  EXPECT_EQ(claims.at("adam-eq").verdict, Verdict::kNotApplicable);
  EXPECT_EQ(claims.at("T6-kl-derived").verdict, Verdict::kNotApplicable);
  EXPECT_EQ(claims.at("C3-eq").verdict, Verdict::kNotApplicable);
  EXPECT_EQ(claims.at("L5-cov").verdict, Verdict::kHolds);
}

/// Of rank 1 and with little decay: what rounding leaves in the directions without noise must not
/// be taken for variance, nor for indefiniteness.
TEST(Claims, RankOneHessiansWithLittleDecay) {
  const Eigen::Vector3d v(1, 2, 3);
  const Eigen::Vector3d ones = Eigen::Vector3d::Ones();
  for (const double lambda : {1e-2, 1e-5, 1e-6}) {
    Hyperparameters hyper;
    hyper.weight_decay = lambda;
    for (const Eigen::Vector3d& direction : {v, ones}) {
      QuadraticProblem problem{
          .hessian = direction * direction.transpose(), .minimizer = ones, .gradient_noise = {}};
      problem.gradient_noise = problem.hessian / static_cast<double>(hyper.batch_size);
      const auto claims = Judge(problem, hyper);
      EXPECT_EQ(claims.at("L5-cov").verdict, Verdict::kHolds) << lambda;
      EXPECT_EQ(claims.at("surrogate").verdict, Verdict::kHolds) << lambda;
      // With equal rows Q and H commute: the supplement's matrix is right.
      EXPECT_EQ(claims.at("L2-cov").verdict, direction == ones ? Verdict::kHolds : Verdict::kFails)
          << lambda;
    }
  }
}

TEST(Claims, NoVerdictWithoutDigits) {
  testing::RandomProblems random(8);
  for (const double lambda : {1e-9, 1e-16, 1e9}) {
    Hyperparameters hyper = SomeHyperparameters();
    hyper.weight_decay = lambda;
    const Verdict verdict = Judge(random.PaperNoise(3, 10, hyper), hyper).at("surrogate").verdict;
    EXPECT_EQ(verdict, lambda == 1e-16 ? Verdict::kNotApplicable : Verdict::kHolds) << lambda;
  }
}

TEST(Claims, MomentumMayBeIgnoredOnlyWhereItIsWeak) {
  // At small steps and decay the covariance hardly depends on beta1; with eta λ comparable to beta1
  // it does (THEORY §3.4: the ratio tends to β₁/(β₁ + ηλ(1−β₁))).
  Hyperparameters hyper = SomeHyperparameters();
  hyper.learning_rate = 1e-3;
  hyper.weight_decay = 0.01;
  testing::RandomProblems random(7);
  const QuadraticProblem problem = random.PaperNoise(4, 20, hyper);
  EXPECT_EQ(Judge(problem, hyper).at("no-momentum").verdict, Verdict::kHolds);
  hyper.learning_rate = 0.2;
  hyper.weight_decay = 0.5;
  hyper.beta1 = 0.05;
  const Claim strong = Judge(problem, hyper).at("no-momentum");
  EXPECT_EQ(strong.verdict, Verdict::kFails);
  EXPECT_GT(strong.value, 0.3);
  hyper.beta1 = 1;
  EXPECT_LT(Judge(problem, hyper).at("no-momentum").value, 1e-12) << "nothing to ignore";
}

TEST(Claims, CorollarysOrderNeedsSmallCurvature) {
  const Hyperparameters hyper = SomeHyperparameters();
  QuadraticProblem problem{.hessian = Eigen::Vector4d(0.01, 0.1, 0.2, 4).asDiagonal(),
                           .minimizer = Eigen::Vector4d::Ones(),
                           .gradient_noise = {}};
  problem.gradient_noise = problem.hessian / static_cast<double>(hyper.batch_size);
  const Claim flat = Judge(problem, hyper).at("C3-order");
  EXPECT_EQ(flat.verdict, Verdict::kHolds);
  EXPECT_DOUBLE_EQ(flat.value, 0.25) << "one of four has sigma > 1";
  problem.hessian *= 1000;
  problem.gradient_noise *= 1000;
  EXPECT_EQ(Judge(problem, hyper).at("C3-order").verdict, Verdict::kFails);
  problem.hessian(0, 0) = 0;
  EXPECT_EQ(
      JudgeClaims(problem, hyper, MakePreconditioner(PreconditionerKind::kIdentity, problem, hyper),
                  {}, {.target_error = 0.05})
          .size(),
      21U);
}

TEST(Claims, Assumption4FromTheNoiseItself) {
  Hyperparameters hyper = SomeHyperparameters();
  testing::RandomProblems random(8);
  const auto papers = Judge(random.PaperNoise(4, 20, hyper), hyper);
  EXPECT_EQ(papers.at("A4-a").verdict, Verdict::kHolds);
  EXPECT_EQ(papers.at("A4-b").verdict, Verdict::kHolds);
  // n settles to C_ii = Fisher_ii/b: 1 − 1/b off, and Q is √b times Fisher's.
  EXPECT_EQ(papers.at("A4-c").verdict, Verdict::kFails);
  EXPECT_NEAR(papers.at("A4-c").value, 1 - 1.0 / 128, 1e-12);
  EXPECT_NE(papers.at("A4-c").detail.find("11.31 times"), std::string::npos)
      << papers.at("A4-c").detail;
  hyper.batch_size = 1;
  EXPECT_EQ(Judge(random.PaperNoise(4, 20, hyper), hyper).at("A4-c").verdict, Verdict::kHolds);
  EXPECT_EQ(Judge(random.AnyNoise(4, 20), hyper).at("A4-b").verdict, Verdict::kFails);
}

TEST(Claims, Assumption4OnData) {
  // A well-specified model with many samples: Fisher = H by the information equality, up to
  // sampling error √(d/n); a misspecified one (noise variance 9): Fisher = 9 H.
  testing::RandomProblems random(9);
  const Eigen::MatrixXd a = random.Normal(20000, 3);
  const Eigen::VectorXd noise = random.Normal(20000, 1);
  const Hyperparameters hyper = SomeHyperparameters();
  const auto judge = [&](double deviation, MinibatchSampling sampling, std::int64_t batch) {
    const LeastSquaresLoss loss(a, a * Eigen::Vector3d(1, -1, 2) + deviation * noise, 0);
    Hyperparameters own = hyper;
    own.batch_size = batch;
    QuadraticProblem problem{.hessian = loss.Hessian(loss.Minimizer()),
                             .minimizer = loss.Minimizer(),
                             .gradient_noise = {}};
    problem.gradient_noise = problem.hessian / static_cast<double>(batch);
    ClaimOptions options;
    options.target_error = 0.05;
    options.loss = &loss;
    options.sampling = sampling;
    std::map<std::string, Claim> claims;
    for (Claim& claim :
         JudgeClaims(problem, own, MakePreconditioner(PreconditionerKind::kLemma5, problem, own),
                     {}, options)) {
      claims.emplace(claim.id, std::move(claim));
    }
    return claims;
  };
  const auto good = judge(1, MinibatchSampling::kReplacement, 128);
  EXPECT_EQ(good.at("A4-a").verdict, Verdict::kHolds);
  EXPECT_EQ(good.at("A4-b").verdict, Verdict::kHolds) << good.at("A4-b").value;
  const auto wrong = judge(3, MinibatchSampling::kReplacement, 128);
  EXPECT_EQ(wrong.at("A4-a").verdict, Verdict::kHolds);
  EXPECT_EQ(wrong.at("A4-b").verdict, Verdict::kFails);
  EXPECT_NEAR(wrong.at("A4-b").value, 8, 0.5);
  // Half the samples in each batch, without replacement: C is half of Fisher/b.
  const auto half = judge(1, MinibatchSampling::kBatch, 10000);
  EXPECT_EQ(half.at("A4-a").verdict, Verdict::kFails);
  EXPECT_NEAR(half.at("A4-a").value, 0.5, 1e-3);
  const auto epoch = judge(1, MinibatchSampling::kEpoch, 128);
  EXPECT_EQ(epoch.at("A4-a").verdict, Verdict::kNotApplicable);
  EXPECT_EQ(epoch.at("A4-b").verdict, Verdict::kHolds);
}

}  // namespace
}  // namespace adamsde
