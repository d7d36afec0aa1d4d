#include "analysis/claims/claims.h"

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
      JudgeSdeStep(context),
      JudgeSurrogate(context),
  };
  AddSampledEvidence(context, claims);
  return claims;
}

}  // namespace adamsde
