#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/claims/claim_context.h"
#include "analysis/stationary/laws.h"
#include "sde/random/normal.h"
#include "sde/random/streams.h"

namespace adamsde {
namespace {

/// Corollary 1 at one point: ‖∇F‖ over its bound ‖∇F_k‖/(1 − λρ'‖x‖∞), ρ' = ‖v‖/‖∇F‖; NaN where
/// the denominator is not positive and the corollary says nothing.
double Corollary1Ratio(const ClaimContext& context, const Eigen::VectorXd& v,
                       const Eigen::VectorXd& x) {
  const double lambda = context.hyper.weight_decay;
  const Eigen::VectorXd gradient = context.problem.hessian * (x - context.problem.minimizer);
  const double norm = gradient.norm();
  const double denominator = 1 - lambda * v.norm() / norm * x.cwiseAbs().maxCoeff();
  if (!(denominator > 0)) return std::nan("");
  return norm * denominator / (gradient + lambda * v.cwiseProduct(x)).norm();
}

}  // namespace

Claim JudgeCorollary1(const ClaimContext& context) {
  constexpr int kPoints = 1000;
  constexpr int kScales = 5;
  const Eigen::MatrixXd q = context.preconditioner.Matrix();
  if (!q.isDiagonal()) return NotApplicable("C1", "v = 1/q needs a diagonal preconditioner");
  const Eigen::VectorXd v = q.diagonal().cwiseInverse();
  const ModalSystem system = context.Modal(OptimizerKind::kAdamW);
  const Eigen::VectorXd spread = ModalCovariance(system, 0).diagonal().cwiseMax(0.0).cwiseSqrt();
  const NormalStream stream{.seed = context.options.seed, .stream = kProbeStream};
  double worst = 0;
  int silent = 0;
  Eigen::VectorXd z(spread.size());
  for (int i = 0; i < kPoints; ++i) {
    for (Eigen::Index k = 0; k < z.size(); ++k) {
      z(k) =
          StandardNormal(stream, static_cast<std::uint32_t>(i), 0, static_cast<std::uint32_t>(k));
    }
    const double far = std::pow(10.0, i % kScales);
    const double ratio = Corollary1Ratio(
        context, v, system.center + far * (system.from_modal * spread.cwiseProduct(z)));
    if (std::isnan(ratio)) {
      ++silent;
    } else {
      worst = std::max(worst, ratio);
    }
  }
  const std::string said = fmt::format(
      "it says nothing (lambda rho' |x| >= 1) at {:.3g} % of {} points, 1 to 10^{} spreads of the "
      "law about c",
      100.0 * silent / kPoints, kPoints, kScales - 1);
  if (silent == kPoints) return NotApplicable("C1", said);
  return Judged("C1", worst, 1 + context.options.identity_tolerance,
                "largest |grad F| over its bound, v = 1/q frozen; " + said);
}

std::vector<Claim> ListTheorems() {
  std::vector<Claim> claims;
  for (int number = 1; number <= 4; ++number) {
    claims.push_back(NotApplicable(
        fmt::format("T{}", number),
        fmt::format("its loss is its own, not this problem: adamsde converge --theorem {}",
                    number)));
  }
  return claims;
}

}  // namespace adamsde
