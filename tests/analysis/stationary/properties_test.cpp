// What the laws must satisfy whatever the problem: invariances, scalings, monotonicity.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "analysis/stationary/laws.h"
#include "sde/problem/symmetric_eigen.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

/// Up to 5·10⁴ in condition: rounding then stays well below these tolerances.
constexpr double kTolerance = 1e-9;

struct AnySystem {
  Hyperparameters hyper;
  QuadraticProblem problem;
  Preconditioner preconditioner;
};

AnySystem DrawSystem(bool paper_noise) {
  testing::RandomProblems random(*rc::gen::arbitrary<unsigned>());
  const auto d = *rc::gen::inRange<Eigen::Index>(1, 7);
  Hyperparameters hyper;
  hyper.learning_rate = random.LogUniform(1e-4, 1e-1);
  hyper.weight_decay = random.LogUniform(1e-3, 1);
  hyper.batch_size = *rc::gen::inRange(1, 512);
  hyper.optimizer = *rc::gen::element(OptimizerKind::kAdamW, OptimizerKind::kL2Adam);
  QuadraticProblem problem =
      paper_noise ? random.PaperNoise(d, 1e3, hyper) : random.AnyNoise(d, 1e3);
  Preconditioner q = Preconditioner::Full(random.Spd(d, 50));
  return {hyper, std::move(problem), std::move(q)};
}

Eigen::MatrixXd Covariance(const AnySystem& c) {
  return StationaryLaw(MakeModalSystem(c.problem, c.hyper, c.preconditioner)).covariance;
}

void ExpectClose(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  RC_ASSERT((a - b).norm() <= kTolerance * b.norm());
}

RC_GTEST_PROP(LawProperties, RotationOfTheParametersRotatesTheLaw, ()) {
  const AnySystem c = DrawSystem(false);
  testing::RandomProblems random(5);
  const Eigen::MatrixXd u = random.Orthogonal(c.problem.Dimension());
  const auto rotate = [&](const Eigen::MatrixXd& x) {
    const Eigen::MatrixXd r = u * x * u.transpose();
    return Eigen::MatrixXd(0.5 * (r + r.transpose()));
  };
  const AnySystem rotated{c.hyper,
                          {.hessian = rotate(c.problem.hessian),
                           .minimizer = u * c.problem.minimizer,
                           .gradient_noise = rotate(c.problem.gradient_noise)},
                          Preconditioner::Full(rotate(c.preconditioner.Matrix()))};
  ExpectClose(Covariance(rotated), rotate(Covariance(c)));
  const Eigen::VectorXd mean = MakeModalSystem(c.problem, c.hyper, c.preconditioner).center;
  ExpectClose(MakeModalSystem(rotated.problem, rotated.hyper, rotated.preconditioner).center,
              u * mean);
}

RC_GTEST_PROP(LawProperties, CovarianceIsProportionalToLearningRateAndNoise, ()) {
  AnySystem c = DrawSystem(false);
  const Eigen::MatrixXd m = Covariance(c);
  c.hyper.learning_rate *= 3;
  ExpectClose(Covariance(c), 3 * m);
  c.problem.gradient_noise *= 0.25;
  ExpectClose(Covariance(c), 0.75 * m);
}

RC_GTEST_PROP(LawProperties, IdentityMakesTheOptimizersEqual, ()) {
  AnySystem c = DrawSystem(false);
  const Preconditioner identity =
      MakePreconditioner(PreconditionerKind::kIdentity, c.problem, c.hyper);
  c.hyper.optimizer = OptimizerKind::kAdamW;
  const GaussianLaw adamw = StationaryLaw(MakeModalSystem(c.problem, c.hyper, identity));
  c.hyper.optimizer = OptimizerKind::kL2Adam;
  const GaussianLaw l2 = StationaryLaw(MakeModalSystem(c.problem, c.hyper, identity));
  ExpectClose(adamw.covariance, l2.covariance);
  ExpectClose(adamw.mean, l2.mean);
}

RC_GTEST_PROP(LawProperties, WithoutDecayTheOptimizersAreEqual, ()) {
  AnySystem c = DrawSystem(true);
  c.hyper.weight_decay = 0;
  c.hyper.optimizer = OptimizerKind::kAdamW;
  const Eigen::MatrixXd adamw = Covariance(c);
  c.hyper.optimizer = OptimizerKind::kL2Adam;
  ExpectClose(Covariance(c), adamw);
}

RC_GTEST_PROP(LawProperties, AdamWsLawShrinksWithDecayInLoewnerOrderForAnyNoise, ()) {
  AnySystem c = DrawSystem(false);
  c.hyper.optimizer = OptimizerKind::kAdamW;
  const Eigen::MatrixXd before = Covariance(c);
  c.hyper.weight_decay *= 1.5;
  const Eigen::VectorXd drop = SymmetricEigenvalues(before - Covariance(c));
  RC_ASSERT(drop(0) >= -kTolerance * before.norm());
}

/// In modal coordinates, which are orthogonal to the symmetrized ones, the step changes every entry
/// by the factor 1/(1−a_ij), a_ij = hκ_iκ_j/(κ_i+κ_j) ≤ hκ_max/2. The bound does not carry over to
/// another norm: a change of coordinates that is not orthogonal can blow it up.
RC_GTEST_PROP(LawProperties, SmallStepsTendToTheSde, ()) {
  const AnySystem c = DrawSystem(false);
  const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
  const Eigen::MatrixXd n = ModalCovariance(system, 0);
  const double h = 1e-4 * MaxStableStep(system);  // a_ij ≤ 1e-4
  RC_ASSERT((ModalCovariance(system, h) - n).norm() <= 1.0002e-4 * n.norm());
}

/// (1/(1−a_ij) − 1) is a positive semidefinite matrix, and so is its product with N̂ by entries.
RC_GTEST_PROP(LawProperties, StepsWidenTheLawInLoewnerOrder, ()) {
  const AnySystem c = DrawSystem(false);
  const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
  const double h = *rc::gen::element(0.01, 0.5, 0.9) * MaxStableStep(system);
  const Eigen::MatrixXd discrete = EulerMaruyamaLaw(system, h).covariance;
  const Eigen::MatrixXd m = StationaryLaw(system).covariance;
  RC_ASSERT(SymmetricEigenvalues(discrete - m)(0) >= -kTolerance * discrete.norm());
}

RC_GTEST_PROP(LawProperties, CovarianceIsPositiveSemidefinite, ()) {
  const AnySystem c = DrawSystem(false);
  const Eigen::MatrixXd m = Covariance(c);
  RC_ASSERT(SymmetricEigenvalues(m)(0) >= -kTolerance * m.norm());
}

}  // namespace
}  // namespace adamsde
