#include "analysis/spectrum/lanczos.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/bound/corollary3.h"
#include "analysis/spectrum/matrix_free_bound.h"
#include "analysis/stationary/laws.h"
#include "sde/problem/softmax.h"
#include "sde/problem/symmetric_eigen.h"
#include "tests/support/block_operator.h"
#include "tests/support/random_problem.h"
#include "tests/support/shared_data.h"

namespace adamsde {
namespace {

/// A = R diag(values) Rᵀ with R a product of reflections: known eigenvalues at O(d) per product.
class ReflectedDiagonal {
 public:
  ReflectedDiagonal(testing::RandomProblems& random, Eigen::VectorXd values)
      : values_(std::move(values)) {
    for (int i = 0; i < 4; ++i) axes_.push_back(random.Normal(values_.size(), 1).normalized());
  }
  Eigen::MatrixXd operator()(const Eigen::MatrixXd& v) const {
    Eigen::MatrixXd w = v;
    for (const Eigen::VectorXd& axis : axes_) w -= 2 * axis * (axis.transpose() * w);
    w = values_.asDiagonal() * w;
    for (auto axis = axes_.rbegin(); axis != axes_.rend(); ++axis) {
      w -= 2 * *axis * (axis->transpose() * w);
    }
    return w;
  }
  [[nodiscard]] const Eigen::VectorXd& Values() const { return values_; }

 private:
  Eigen::VectorXd values_;
  std::vector<Eigen::VectorXd> axes_;
};

Eigen::VectorXd LogSpaced(Eigen::Index d, double condition) {
  return (Eigen::VectorXd::LinSpaced(d, -std::log(condition), 0)).array().exp();
}

TruncatedEstimate LogDet(const LanczosRuns& runs) {
  return QuadratureLadder(runs)([](const Quadrature& quadrature) {
    return TracePerRun(quadrature.spectrum, [](double x) { return std::log(x); });
  });
}

TEST(Lanczos, AllUnitVectorsAndAllStepsAreExact) {
  testing::RandomProblems random(81);
  const Eigen::Index d = 100;
  Hyperparameters hyper;
  hyper.learning_rate = 0.02;
  const QuadraticProblem problem = random.PaperNoise(d, 1e3, hyper);
  const Eigen::VectorXd q = problem.hessian.diagonal().cwiseSqrt().cwiseInverse();
  const Preconditioner preconditioner = Preconditioner::Diagonal(q);
  const Eigen::VectorXd s = SymmetricEigenvalues(preconditioner.Sandwich(problem.hessian));
  const LanczosRuns runs =
      RunLanczos(SandwichOperator(testing::Times(problem.hessian), q),
                 Eigen::MatrixXd::Identity(d, d), q, {.steps = static_cast<int>(d)});
  const double log_det = s.array().log().sum();
  EXPECT_NEAR(LogDet(runs).estimate.value, log_det, 1e-10 * std::abs(log_det));
  EXPECT_TRUE(LogDet(runs).converged);
  const Eigen::VectorXd trace =
      TracePerRun(MakeQuadrature(runs, d).spectrum, [](double x) { return x; });
  EXPECT_NEAR(trace.mean(), s.sum(), 1e-10 * s.sum());
  const MatrixFreeBound bound(runs, q, hyper, 0.7);
  for (const double lambda : {0.0, 0.01, 0.3, 10.0}) {
    hyper.weight_decay = lambda;
    const GaussianLaw law = StationaryLaw(MakeModalSystem(problem, hyper, preconditioner));
    const double err = -law.log_det + law.covariance.trace() / 0.7 + d * std::log(0.7);
    const MatrixFreeErr estimate = bound(lambda);
    EXPECT_NEAR(estimate.err.estimate.value, err, 1e-10 * std::abs(err)) << lambda;
    EXPECT_NEAR(estimate.log_det.estimate.value, law.log_det, 1e-10 * std::abs(law.log_det));
    EXPECT_NEAR(estimate.trace.estimate.value, law.covariance.trace(),
                1e-10 * law.covariance.trace());
    const Eigen::VectorXd mean =
        StationaryMean(testing::Times(problem.hessian), q, lambda, problem.minimizer);
    EXPECT_LT((mean - law.mean).norm(), 1e-10 * problem.minimizer.norm()) << lambda;
  }
}

TEST(Lanczos, AModerateConditionIsEstimatedWithinItsErrors) {
  // Two numbers at three standard errors of ten runs (t with 9 degrees of freedom): a false alarm
  // of 3 % for this seed, decided once.
  testing::RandomProblems random(82);
  const ReflectedDiagonal a(random, LogSpaced(2000, 1e3));
  for (const ProbeKind probe : {ProbeKind::kRademacher, ProbeKind::kGaussian}) {
    const LanczosOptions options{.steps = 80, .runs = 10, .probe = probe, .seed = 5};
    const LanczosRuns runs =
        RunLanczos(a, Probes(2000, options), Eigen::VectorXd::Ones(2000), options);
    const TruncatedEstimate log_det = LogDet(runs);
    EXPECT_TRUE(log_det.converged) << log_det.truncation;
    const double exact = a.Values().array().log().sum();
    EXPECT_NEAR(log_det.estimate.value, exact, 3 * log_det.estimate.standard_error);
    EXPECT_LT(log_det.estimate.standard_error, 0.02 * std::abs(exact)) << "has power";
    const RunEstimate trace =
        OverRuns(TracePerRun(MakeQuadrature(runs, 80).spectrum, [](double x) { return x; }));
    EXPECT_NEAR(trace.value, a.Values().sum(), 3 * trace.standard_error);
  }
}

TEST(Lanczos, BiasAtALargeConditionIsSeen) {
  testing::RandomProblems random(83);
  for (const double condition : {1e6, 1e8, 1e10}) {
    const ReflectedDiagonal a(random, LogSpaced(2000, condition));
    const LanczosOptions options{.steps = 80, .runs = 10, .seed = 6};
    const LanczosRuns runs =
        RunLanczos(a, Probes(2000, options), Eigen::VectorXd::Ones(2000), options);
    const TruncatedEstimate log_det = LogDet(runs);
    const double bias = log_det.estimate.value - a.Values().array().log().sum();
    EXPECT_GT(bias, 3 * log_det.estimate.standard_error) << "nothing to see at " << condition;
    EXPECT_FALSE(log_det.converged);
    // The estimate of what is left has the right size, though it is no bound.
    EXPECT_GT(log_det.truncation, 0.2 * bias) << condition;
  }
}

TEST(Lanczos, InvariantSubspacesEndARun) {
  // Three different eigenvalues: every run ends after three steps and is exact.
  Eigen::VectorXd values = Eigen::VectorXd::Constant(50, 1.0);
  values.head(20).setConstant(4.0);
  values(49) = 9.0;
  testing::RandomProblems random(84);
  const ReflectedDiagonal a(random, values);
  const LanczosOptions options{.steps = 30, .runs = 6};
  const Quadrature quadrature =
      MakeQuadrature(RunLanczos(a, Probes(50, options), Eigen::VectorXd::Ones(50), options), 30);
  EXPECT_LT((quadrature.spectrum.weights.rowwise().sum().array() - 1).abs().maxCoeff(), 1e-14);
  for (Eigen::Index r = 0; r < 6; ++r) {
    const Eigen::RowVectorXd nodes = quadrature.spectrum.values.row(r);
    EXPECT_LT((nodes.head(3) - Eigen::RowVector3d(1, 4, 9)).norm(), 1e-12);
    EXPECT_LT(quadrature.spectrum.weights.row(r).tail(27).sum(), 1e-20);
  }
}

TEST(Lanczos, ProbesAreSignsOrNormals) {
  const Eigen::MatrixXd signs = Probes(10000, {.runs = 2, .seed = 3});
  EXPECT_EQ(signs.cwiseAbs().minCoeff(), 1);
  EXPECT_EQ(signs.cwiseAbs().maxCoeff(), 1);
  EXPECT_LT(std::abs(signs.sum()), 600) << "4.2 standard deviations";
  EXPECT_LT(std::abs(signs.col(0).dot(signs.col(1))), 420);
  const Eigen::MatrixXd normals =
      Probes(10000, {.runs = 1, .probe = ProbeKind::kGaussian, .seed = 3});
  EXPECT_NEAR(normals.squaredNorm(), 10000, 600);
}

TEST(Lanczos, TopEigenvaluesAreTheLargest) {
  testing::RandomProblems random(86);
  const Eigen::MatrixXd a = random.Spd(200, 1e4);
  const Eigen::VectorXd exact = SymmetricEigenvalues(a);
  const Eigen::VectorXd top = TopEigenvalues(testing::Times(a), 200, 5);
  ASSERT_EQ(top.size(), 5);
  for (Eigen::Index i = 0; i < 5; ++i) EXPECT_NEAR(top(i), exact(199 - i), 1e-9 * exact(199));
}

TEST(MatrixFreeBound, SingularHessianIsInfinite) {
  Eigen::VectorXd values = Eigen::VectorXd::Ones(20);
  values(0) = 0;
  testing::RandomProblems random(87);
  const ReflectedDiagonal a(random, values);
  const Eigen::VectorXd q = Eigen::VectorXd::Ones(20);
  const LanczosOptions options{.steps = 10, .runs = 2};
  EXPECT_THROW(MatrixFreeBound(RunLanczos(a, Probes(20, options), q, options), q, {}, 1),
               std::domain_error);
}

TEST(MatrixFreeBoundOnData, OptdigitsOverAGridOfWeightDecay) {
  const auto data = testing::SharedDataset("optdigits.tra");
  if (!data) GTEST_SKIP() << "optdigits.tra is not there (ADAMSDE_SHARED_DATA names its folder)";
  const std::vector<std::string> classes = Classes(*data);
  const SoftmaxLoss loss(DesignMatrix(*data, {}), ClassNumbers(*data, classes), 10, 1e-2);
  const Eigen::VectorXd x = loss.Minimizer();
  Hyperparameters hyper;
  QuadraticProblem problem{.hessian = loss.Hessian(x), .minimizer = x, .gradient_noise = {}};
  problem.gradient_noise = problem.hessian / static_cast<double>(hyper.batch_size);
  const Eigen::VectorXd q = loss.HessianDiagonal(x).cwiseSqrt().cwiseInverse();
  const Preconditioner preconditioner = Preconditioner::Diagonal(q);
  const LanczosOptions options{.steps = 80, .runs = 10, .seed = 7};
  const MatrixFreeBound bound(
      RunLanczos(SandwichOperator(loss.HessianOperator(x), q), Probes(585, options), q, options), q,
      hyper, 1);
  for (const double lambda : {0.0, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0}) {
    hyper.weight_decay = lambda;
    const GaussianLaw law = StationaryLaw(MakeModalSystem(problem, hyper, preconditioner));
    const double err = law.covariance.trace() - law.log_det;
    const MatrixFreeErr estimate = bound(lambda);
    EXPECT_NEAR(estimate.err.estimate.value, err,
                3 * estimate.err.estimate.standard_error + 1e-9 * err)
        << lambda;
    EXPECT_TRUE(estimate.err.converged) << lambda << " " << estimate.err.truncation;
    EXPECT_LT(estimate.err.estimate.standard_error, 0.02 * err);
  }
}

}  // namespace
}  // namespace adamsde
