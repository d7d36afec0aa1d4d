#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>

#include "analysis/bound/corollary3.h"
#include "analysis/claims/claim_context.h"
#include "analysis/stationary/laws.h"
#include "analysis/stationary/momentum.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

/// |M_momentum − M|/|M| with M the law at β₁ = 1: Euler–Maruyama's at h = η. Infinite where either
/// is unstable.
double MomentumEffect(const ClaimContext& context, OptimizerKind optimizer) {
  const ModalSystem system = context.Modal(optimizer);
  const double h = context.hyper.learning_rate;
  const bool stable = system.rates(0) > 0 && h < MaxStableStep(system) && MomentumIsStable(system);
  if (!stable) return std::numeric_limits<double>::infinity();
  const Eigen::MatrixXd without = EulerMaruyamaLaw(system, h).covariance;
  return (MomentumLaw(system).covariance - without).norm() / without.norm();
}

/// One minibatch gradient at x* as it is: from the data, or the problem's own C and Fisher = b·C.
struct NoiseAtMinimizer {
  Eigen::MatrixXd fisher;
  std::optional<Eigen::MatrixXd> covariance;  ///< none for reshuffled epochs
};

NoiseAtMinimizer MakeNoise(const ClaimContext& context) {
  const SampledLoss* const loss = context.options.loss;
  const auto b = static_cast<double>(context.hyper.batch_size);
  const Eigen::VectorXd& x = context.problem.minimizer;
  if (loss == nullptr) {
    return {.fisher = b * context.problem.gradient_noise,
            .covariance = context.problem.gradient_noise};
  }
  NoiseAtMinimizer noise{.fisher = FisherInformation(*loss, x), .covariance = std::nullopt};
  if (context.options.sampling != MinibatchSampling::kEpoch) {
    noise.covariance =
        EmpiricalGradientNoise(*loss, x, context.hyper.batch_size, context.options.sampling);
  }
  return noise;
}

constexpr const char* kNoCovariance =
    "sampling = epoch: successive noises are anticorrelated, no C describes them";

Claim JudgeNoiseIsFisher(const ClaimContext& context, const NoiseAtMinimizer& noise) {
  if (!noise.covariance) return NotApplicable("A4-a", kNoCovariance);
  const auto b = static_cast<double>(context.hyper.batch_size);
  const double value = (b * *noise.covariance - noise.fisher).norm() / noise.fisher.norm();
  return Judged("A4-a", value, context.options.approximation_tolerance,
                context.options.loss != nullptr ? "|C - Fisher/b|/|Fisher/b| at x*, from the data"
                                                : "no data: Fisher stands for b C");
}

Claim JudgeFisherIsHessian(const ClaimContext& context, const NoiseAtMinimizer& noise) {
  const Eigen::MatrixXd& h = context.problem.hessian;
  return Judged("A4-b", (noise.fisher - h).norm() / h.norm(),
                context.options.approximation_tolerance,
                fmt::format("|Fisher - H|/|H| at x*; traces {:.4g} and {:.4g}",
                            noise.fisher.trace(), h.trace()));
}

/// n settles to E[g_i²], C_ii at x*: that is Fisher_ii/b, and its Q is √b times Fisher's.
Claim JudgeSecondMoment(const ClaimContext& context, const NoiseAtMinimizer& noise) {
  if (!noise.covariance) return NotApplicable("A4-c", kNoCovariance);
  const auto b = static_cast<double>(context.hyper.batch_size);
  const Eigen::VectorXd fisher = noise.fisher.diagonal();
  const Eigen::VectorXd second_moment = noise.covariance->diagonal();
  if (!(second_moment.norm() > 0)) {
    return NotApplicable("A4-c", "the gradient has no noise at x*");
  }
  // Weighted by size, so that features that are always zero do not count.
  const double ratio = std::sqrt(fisher.norm() / second_moment.norm());
  return Judged(
      "A4-c", (second_moment - fisher).norm() / fisher.norm(),
      context.options.approximation_tolerance,
      fmt::format("|E[n] - diag Fisher|/|diag Fisher|, E[n] = diag C at x*: Q is {:.4g} times "
                  "diag(Fisher)^(-1/2) (sqrt(b) = {:.4g}); b E[n] is off by {:.3g}",
                  ratio, std::sqrt(b), (b * second_moment - fisher).norm() / fisher.norm()));
}

}  // namespace

Claim JudgeNoMomentum(const ClaimContext& context) {
  return Judged("no-momentum", MomentumEffect(context, OptimizerKind::kAdamW),
                context.options.approximation_tolerance,
                fmt::format("|M_beta1 - M_1|/|M_1| of AdamW at beta1 = {:g}, frozen Q, step eta "
                            "(inf: unstable); l2-Adam {:.4g}",
                            context.hyper.beta1, MomentumEffect(context, OptimizerKind::kL2Adam)));
}

std::vector<Claim> JudgeAssumption4(const ClaimContext& context) {
  const NoiseAtMinimizer noise = MakeNoise(context);
  if (!(noise.fisher.norm() > 0)) {
    std::vector<Claim> claims;
    for (const char* const id : {"A4-a", "A4-b", "A4-c"}) {
      claims.push_back(NotApplicable(id, "the gradient has no noise at x*"));
    }
    return claims;
  }
  return {JudgeNoiseIsFisher(context, noise), JudgeFisherIsHessian(context, noise),
          JudgeSecondMoment(context, noise)};
}

Claim JudgeCorollary3Order(const ClaimContext& context) {
  const Eigen::VectorXd sigma = SymmetricEigenvalues(context.problem.hessian);
  const auto d = static_cast<double>(sigma.size());
  if (!(sigma(0) > 1e-14 * d * sigma.maxCoeff())) {
    return NotApplicable("C3-order", "the hessian is singular");
  }
  if (context.hyper.weight_decay == 0) {
    return NotApplicable("C3-order", "lambda = 0: AdamW and l2-Adam coincide");
  }
  const Corollary3 c = EvaluateCorollary3(
      {.values = sigma, .weights = Eigen::VectorXd::Constant(sigma.size(), 1 / d), .dimension = d},
      context.hyper, context.settings.prior_variance, {});
  const bool ordered = c.adamw.err < c.l2_adam.err;
  Claim claim = Judged(
      "C3-order", 1 - c.mass_ordered, context.options.order_tolerance,
      fmt::format("share of directions without x_l2 > x_AdamW > 1; err {:.6g} of AdamW is {} than "
                  "{:.6g} of l2-Adam",
                  c.adamw.err, ordered ? "less" : "not less", c.l2_adam.err));
  if (!ordered) claim.verdict = Verdict::kFails;
  return claim;
}

}  // namespace adamsde
