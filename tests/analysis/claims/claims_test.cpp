#include "analysis/claims/claims.h"

#include <gtest/gtest.h>

#include <map>

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

}  // namespace
}  // namespace adamsde
