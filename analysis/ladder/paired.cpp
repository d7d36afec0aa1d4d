#include "analysis/ladder/paired.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "analysis/ladder/frozen_optimizer.h"
#include "analysis/ladder/rung_metrics.h"
#include "analysis/statistics/budget.h"
#include "analysis/statistics/jackknife.h"

namespace adamsde {
namespace {

constexpr std::array<const char*, 4> kNames = {"trace", "risk", "log_det", "err"};

Eigen::VectorXd QuantitiesOf(const LadderProblem& problem, const LadderOptions& options,
                             const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance,
                             double log_det) {
  const QuadraticProblem& quadratic = problem.quadratic;
  const double trace = covariance.trace();
  Eigen::VectorXd values(kNames.size());
  values << trace, QuadraticRisk(quadratic.hessian, quadratic.minimizer, mean, covariance), log_det,
      ErrOf(options, quadratic.Dimension(), log_det, trace);
  return values;
}

/// @param t  coordinates of log dets; null: all
Jackknife Quantities(const LadderProblem& problem, const LadderOptions& options,
                     const std::vector<MomentSums>& groups, const Eigen::VectorXd& origin,
                     const Eigen::MatrixXd* t) {
  return LeaveOneOut(groups, [&](const MomentSums& sums) {
    const Eigen::VectorXd mean = sums.Mean();
    const Eigen::MatrixXd covariance = sums.CovarianceAround(mean);
    const double log_det =
        LogDeterminant(t != nullptr ? *t * covariance * t->transpose() : covariance);
    return QuantitiesOf(problem, options, origin + mean, covariance, log_det);
  });
}

/// The quantities of one sample as they are, and with its control's part replaced by what is known.
struct SampleQuantities {
  Jackknife raw;
  Jackknife controlled;
};

SampleQuantities Evaluate(const LadderProblem& problem, const LadderOptions& options,
                          const SampledRung& rung) {
  if (!rung.control) {
    const Jackknife raw = Quantities(problem, options, rung.groups, rung.origin, nullptr);
    return {.raw = raw, .controlled = raw};
  }
  const GaussianLaw& law = rung.control->law;
  const Eigen::MatrixXd t = LogDetCoordinates(law);
  const double log_det = options.range_only ? SummarizeRange(law.covariance).log_det : law.log_det;
  const Eigen::VectorXd known = QuantitiesOf(problem, options, law.mean, law.covariance, log_det);
  SampleQuantities result{.raw = Quantities(problem, options, rung.groups, rung.origin, &t),
                          .controlled = {}};
  result.controlled = PairedDifference(
      result.raw, Quantities(problem, options, rung.control->groups, rung.origin, &t));
  result.controlled.pseudo_values.colwise() += known;
  return result;
}

/// One side of a pair before it runs.
struct Side {
  SelfConsistentPreconditioner fixed_point;
  FrozenOptimizer frozen;
};

Side PrepareSide(const LadderProblem& problem, const Hyperparameters& hyper) {
  Side side{.fixed_point = FindSelfConsistentPreconditioner(problem.quadratic, hyper),
            .frozen = {}};
  side.frozen = MakeFrozenOptimizer(problem.quadratic, hyper, side.fixed_point.q);
  return side;
}

SampledRung RunSide(const LadderProblem& problem, const Side& side, const RungPlan& plan,
                    const LadderOptions& options) {
  const auto gradients = MakeQuadraticGradients(problem.quadratic, options.seed);
  const OptimizerStart start =
      StartNear(side.frozen, side.fixed_point.law, side.fixed_point.second_moment);
  return SampleOptimizer(*gradients, gradients.get(), side.frozen, start, plan, options);
}

RungPlan PlanSide(const Side& side, const LadderOptions& options) {
  const ModalSystem& nearby = side.frozen.modal;
  return PlanRung(nearby, 1 / nearby.hyper.beta2, LinearStepCost(nearby.Dimension()), options,
                  true);
}

RungPlan LongerOf(const RungPlan& a, const RungPlan& b) {
  RungPlan plan = a;
  plan.chains = std::min(a.chains, b.chains);
  plan.burn_in = std::max(a.burn_in, b.burn_in);
  plan.record_every = std::max(a.record_every, b.record_every);
  plan.records = std::max(a.records, b.records);
  return plan;
}

}  // namespace

std::vector<PairedQuantity> ComparePaired(const LadderProblem& problem,
                                          const LadderOptions& options, const SampledRung& first,
                                          const SampledRung& second) {
  const SampleQuantities a = Evaluate(problem, options, first);
  const SampleQuantities b = Evaluate(problem, options, second);
  const Jackknife difference = PairedDifference(a.controlled, b.controlled);
  const Eigen::VectorXd value_a = a.controlled.Estimate();
  const Eigen::VectorXd value_b = b.controlled.Estimate();
  const Eigen::VectorXd error = difference.StandardError();
  const Eigen::VectorXd error_a = a.raw.StandardError();
  const Eigen::VectorXd error_b = b.raw.StandardError();
  std::vector<PairedQuantity> quantities;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto k = static_cast<Eigen::Index>(i);
    quantities.push_back({.name = kNames.at(i),
                          .first = value_a(k),
                          .second = value_b(k),
                          .difference = value_a(k) - value_b(k),
                          .standard_error = error(k),
                          .unpaired_error = std::hypot(error_a(k), error_b(k))});
  }
  return quantities;
}

SampledRung SampleRival(const LadderProblem& problem, const Hyperparameters& hyper,
                        const RungPlan& plan, const LadderOptions& options) {
  RungPlan same = plan;
  same.fixed = true;
  return RunSide(problem, PrepareSide(problem, hyper), same, options);
}

OptimizerPair RunPair(const LadderProblem& problem, const Hyperparameters& first,
                      const Hyperparameters& second, const LadderOptions& options) {
  OptimizerPair pair;
  try {
    const Side a = PrepareSide(problem, first);
    const Side b = PrepareSide(problem, second);
    const RungPlan plan = LongerOf(PlanSide(a, options), PlanSide(b, options));
    const SampledRung sampled_a = RunSide(problem, a, plan, options);
    RungPlan same = sampled_a.plan;
    same.fixed = true;
    const SampledRung sampled_b = RunSide(problem, b, same, options);
    pair.quantities = ComparePaired(problem, options, sampled_a, sampled_b);
    pair.mixed = sampled_a.sample.mixed && sampled_b.sample.mixed;
  } catch (const std::domain_error& error) {
    pair.missing = error.what();
  }
  return pair;
}

}  // namespace adamsde
