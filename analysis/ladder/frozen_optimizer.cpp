#include "analysis/ladder/frozen_optimizer.h"

#include <cmath>
#include <vector>

#include "analysis/stationary/momentum.h"
#include "analysis/stationary/self_consistent.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {

Eigen::MatrixXd FactorNearlyPsd(const Eigen::MatrixXd& x) {
  const Eigen::VectorXd scale = x.diagonal().cwiseMax(0.0).cwiseSqrt();
  const Eigen::VectorXd inverse = (scale.array() > 0).select(scale.cwiseInverse(), 0.0);
  const SymmetricEigen e = DecomposeSymmetric(inverse.asDiagonal() * x * inverse.asDiagonal());
  const double rounding = RankTolerance(x.rows()) * e.values.cwiseAbs().maxCoeff();
  std::vector<Eigen::Index> live;
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    if (e.values(i) > rounding) live.push_back(i);
  }
  const Eigen::VectorXd root = e.values(live).cwiseSqrt();
  return scale.asDiagonal() * e.vectors(Eigen::all, live) * root.asDiagonal();
}

FrozenOptimizer MakeFrozenOptimizer(const QuadraticProblem& quadratic, const Hyperparameters& hyper,
                                    const Eigen::VectorXd& q) {
  const Eigen::Index d = quadratic.Dimension();
  FrozenOptimizer frozen{.hyper = hyper,
                         .modal = MakeModalSystem(quadratic, hyper, Preconditioner::Diagonal(q)),
                         .law = {},
                         .start = {}};
  frozen.law = OptimizerLaw(frozen.modal);
  const PhaseLaw phase = MomentumPhaseLaw(frozen.modal, q);
  const Eigen::MatrixXd factor = FactorNearlyPsd(phase.covariance);
  frozen.start = {.mean = phase.mean.head(d),
                  .factor = factor.topRows(d),
                  .first_moment = phase.mean.tail(d),
                  .first_moment_factor = factor.bottomRows(d),
                  .second_moment = q.cwiseAbs2().cwiseInverse()};
  return frozen;
}

OptimizerStart StartNear(const FrozenOptimizer& frozen, const GaussianLaw& law,
                         const Eigen::VectorXd& second_moment) {
  OptimizerStart start = frozen.start;
  start.mean = law.mean;
  start.second_moment = second_moment;
  for (Eigen::Index i = 0; i < law.mean.size(); ++i) {
    const double ratio = law.covariance(i, i) / frozen.law.covariance(i, i);
    if (ratio > 0 && std::isfinite(ratio)) start.factor.row(i) *= std::sqrt(ratio);
  }
  return start;
}

SampledRung SampleOptimizer(const GradientSource& gradients,
                            const GradientSource* control_gradients, const FrozenOptimizer& frozen,
                            const OptimizerStart& start, const RungPlan& plan,
                            const LadderOptions& options) {
  const Eigen::VectorXd& origin = frozen.modal.center;
  const UpdateRule rule = StationaryRule(frozen.hyper);
  const OptimizerChains chains(gradients, rule, start, origin, options.seed, kStationaryStep);
  if (control_gradients == nullptr) return SampleRung(chains, nullptr, frozen.modal, plan, options);
  UpdateRule linear = rule;
  linear.second_moment = SecondMoment::kFrozen;
  const OptimizerChains controls(*control_gradients, linear, frozen.start, origin, options.seed,
                                 kStationaryStep);
  const RungControl control{.chains = controls, .law = frozen.law};
  return SampleRung(chains, &control, frozen.modal, plan, options);
}

}  // namespace adamsde
