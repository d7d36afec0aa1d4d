#pragma once

#include "analysis/claims/claims.h"
#include "sde/process/modal_system.h"

namespace adamsde {

/// What the judges of single claims share.
struct ClaimContext {
  const QuadraticProblem& problem;
  Hyperparameters hyper;
  const Preconditioner& preconditioner;
  BoundSettings settings;
  ClaimOptions options;

  [[nodiscard]] Hyperparameters With(OptimizerKind optimizer) const {
    Hyperparameters result = hyper;
    result.optimizer = optimizer;
    return result;
  }
  [[nodiscard]] ModalSystem Modal(OptimizerKind optimizer) const {
    return MakeModalSystem(problem, With(optimizer), preconditioner);
  }
  /// The tolerance for an identity whose terms come with `digits` right decimals.
  [[nodiscard]] double IdentityTolerance(double digits) const;
};

/// A claim that this problem cannot decide.
[[nodiscard]] Claim NotApplicable(std::string id, std::string why);
/// HOLDS iff value ≤ the tolerance for an identity whose terms have that many right decimals; NOT
/// APPLICABLE where they have none.
[[nodiscard]] Claim JudgedIdentity(const ClaimContext& context, std::string id, double value,
                                   double digits, std::string detail);
/// HOLDS iff value ≤ threshold.
[[nodiscard]] Claim Judged(std::string id, double value, double threshold, std::string detail);

// Closed form, one function per claim.
[[nodiscard]] Claim JudgeLemma5Covariance(const ClaimContext& context);
[[nodiscard]] Claim JudgeLemma5Mean(const ClaimContext& context);
[[nodiscard]] Claim JudgeLemma5Decay(const ClaimContext& context);
[[nodiscard]] Claim JudgeL2Covariance(const ClaimContext& context);
[[nodiscard]] Claim JudgeAdamEquality(const ClaimContext& context);
[[nodiscard]] Claim JudgeTheorem6(const ClaimContext& context, BoundConvention convention);
[[nodiscard]] Claim JudgeCorollary3(const ClaimContext& context);
[[nodiscard]] Claim JudgeSdeStep(const ClaimContext& context);
[[nodiscard]] Claim JudgeSurrogate(const ClaimContext& context);
[[nodiscard]] Claim JudgeCorollary3Order(const ClaimContext& context);
[[nodiscard]] Claim JudgeNoMomentum(const ClaimContext& context);
/// At points of the law's spread about c and up to 10⁴ times as far.
[[nodiscard]] Claim JudgeCorollary1(const ClaimContext& context);
/// T1 to T4, which are about losses of their own: says which command judges them.
[[nodiscard]] std::vector<Claim> ListTheorems();
/// A4-a, A4-b, A4-c, from the data where there are some.
[[nodiscard]] std::vector<Claim> JudgeAssumption4(const ClaimContext& context);

/// Samples the three ensembles and adds p-values and, where a sample objects, verdicts to the
/// claims L5-cov, L5-mean, L2-cov and sde-step.
void AddSampledEvidence(const ClaimContext& context, std::vector<Claim>& claims);

}  // namespace adamsde
