#include "analysis/claims/claims.h"

#include <limits>
#include <utility>

#include "analysis/claims/claim_context.h"

namespace adamsde {

std::string ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds:
      return "HOLDS";
    case Verdict::kFails:
      return "FAILS";
    case Verdict::kNotApplicable:
      break;
  }
  return "NOT APPLICABLE";
}

Claim NotApplicable(std::string id, std::string why) {
  return {.id = std::move(id),
          .verdict = Verdict::kNotApplicable,
          .value = std::numeric_limits<double>::quiet_NaN(),
          .threshold = std::numeric_limits<double>::quiet_NaN(),
          .p_value = std::nullopt,
          .detail = std::move(why)};
}

Claim Judged(std::string id, double value, double threshold, std::string detail) {
  return {.id = std::move(id),
          .verdict = value <= threshold ? Verdict::kHolds : Verdict::kFails,
          .value = value,
          .threshold = threshold,
          .p_value = std::nullopt,
          .detail = std::move(detail)};
}

std::vector<Claim> JudgeClaims(const QuadraticProblem& problem, const Hyperparameters& hyper,
                               const Preconditioner& preconditioner, const BoundSettings& settings,
                               const ClaimOptions& options) {
  const ClaimContext context{problem, hyper, preconditioner, settings, options};
  RequireStationary(context.Modal(OptimizerKind::kAdamW));
  std::vector<Claim> claims = {
      JudgeLemma5Covariance(context),
      JudgeLemma5Mean(context),
      JudgeLemma5Decay(context),
      JudgeL2Covariance(context),
      JudgeAdamEquality(context),
      JudgeTheorem6(context, BoundConvention::kDerived),
      JudgeTheorem6(context, BoundConvention::kPrinted),
      JudgeTheorem6(context, BoundConvention::kLiteral),
      JudgeCorollary3(context),
      JudgeCorollary3Order(context),
      JudgeSdeStep(context),
      JudgeNoMomentum(context),
      JudgeSurrogate(context),
  };
  for (Claim& claim : JudgeAssumption4(context)) claims.push_back(std::move(claim));
  claims.push_back(JudgeCorollary1(context));
  for (Claim& claim : ListTheorems()) claims.push_back(std::move(claim));
  AddSampledEvidence(context, claims);
  return claims;
}

}  // namespace adamsde
