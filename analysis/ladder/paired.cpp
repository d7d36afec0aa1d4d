#include "analysis/ladder/paired.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "analysis/ladder/rung_metrics.h"
#include "analysis/statistics/budget.h"
#include "analysis/statistics/jackknife.h"
#include "sde/process/psd_factor.h"

namespace adamsde {
namespace {

constexpr std::array<const char*, 4> kNames = {"trace", "risk", "log_det", "err"};

Jackknife Quantities(const LadderProblem& problem, const LadderOptions& options,
                     const SampledRung& rung) {
  const QuadraticProblem& quadratic = problem.quadratic;
  return LeaveOneOut(rung.groups, [&](const MomentSums& sums) {
    const Eigen::VectorXd mean = sums.Mean();
    const Eigen::MatrixXd covariance = sums.CovarianceAround(mean);
    const double trace = covariance.trace();
    const double log_det = LogDeterminant(covariance);
    Eigen::VectorXd values(kNames.size());
    values << trace,
        QuadraticRisk(quadratic.hessian, quadratic.minimizer, rung.origin + mean, covariance),
        log_det, ErrOf(options, quadratic.Dimension(), log_det, trace);
    return values;
  });
}

/// One side of a pair before it runs.
struct Side {
  Hyperparameters hyper;
  SelfConsistentPreconditioner fixed_point;
  ModalSystem nearby;
  RungPlan plan;
};

Side PrepareSide(const LadderProblem& problem, const Hyperparameters& hyper,
                 const LadderOptions& options) {
  SelfConsistentPreconditioner fixed_point =
      FindSelfConsistentPreconditioner(problem.quadratic, hyper);
  ModalSystem nearby =
      MakeModalSystem(problem.quadratic, hyper, Preconditioner::Diagonal(fixed_point.q));
  RungPlan plan = PlanRung(nearby, 1 / hyper.beta2, LinearStepCost(nearby.Dimension()), options);
  return {hyper, std::move(fixed_point), std::move(nearby), std::move(plan)};
}

SampledRung RunSide(const GradientSource& gradients, const Side& side, const RungPlan& plan,
                    const LadderOptions& options) {
  const OptimizerStart start{.mean = side.fixed_point.law.mean,
                             .factor = FactorPsd(side.fixed_point.law.covariance),
                             .second_moment = side.fixed_point.second_moment};
  return SampleRung(gradients, StationaryRule(side.hyper), start, side.nearby, plan, options);
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
  const Jackknife a = Quantities(problem, options, first);
  const Jackknife b = Quantities(problem, options, second);
  const Jackknife difference = PairedDifference(a, b);
  std::vector<PairedQuantity> quantities;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto k = static_cast<Eigen::Index>(i);
    quantities.push_back(
        {.name = kNames.at(i),
         .first = a.Estimate()(k),
         .second = b.Estimate()(k),
         .difference = difference.Estimate()(k),
         .standard_error = difference.StandardError()(k),
         .unpaired_error = std::hypot(a.StandardError()(k), b.StandardError()(k))});
  }
  return quantities;
}

OptimizerPair RunPair(const LadderProblem& problem, const Hyperparameters& first,
                      const Hyperparameters& second, const LadderOptions& options) {
  OptimizerPair pair;
  try {
    const Side a = PrepareSide(problem, first, options);
    const Side b = PrepareSide(problem, second, options);
    const RungPlan plan = LongerOf(a.plan, b.plan);
    const auto gradients = MakeQuadraticGradients(problem.quadratic, options.seed);
    const SampledRung sampled_a = RunSide(*gradients, a, plan, options);
    const SampledRung sampled_b = RunSide(*gradients, b, plan, options);
    pair.quantities = ComparePaired(problem, options, sampled_a, sampled_b);
    pair.mixed = sampled_a.sample.mixed && sampled_b.sample.mixed;
  } catch (const std::domain_error& error) {
    pair.missing = error.what();
  }
  return pair;
}

}  // namespace adamsde
