#include <fmt/format.h>

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/bound/corollary3.h"
#include "analysis/claims/claim_context.h"
#include "analysis/stationary/errors.h"
#include "analysis/stationary/laws.h"
#include "analysis/stationary/paper.h"
#include "sde/problem/symmetric_eigen.h"
#include "sde/process/optimizer_sde.h"

namespace adamsde {
namespace {

/// Bartels–Stewart on the SDE as it stands: knows nothing of §3.1's coordinates.
GaussianLaw LawOfSde(const ClaimContext& context, OptimizerKind optimizer) {
  return GeneralLaw(
      MakeOptimizerSde(context.problem, context.With(optimizer), context.preconditioner), 0);
}

/// How many digits the printed covariance and the SDE's can have in common.
double CommonDigits(const ClaimContext& context, OptimizerKind optimizer, const GaussianLaw& law) {
  const double printed =
      EstimatePaperError(context.problem, context.With(optimizer), context.preconditioner);
  return std::min(law.digits, DigitsOf(printed));
}

/// Largest relative increase of any ordered eigenvalue of the law along a grid of λ.
template <typename LawOf>
double LargestIncrease(const ClaimContext& context, const LawOf& law_of) {
  // Around the problem's own λ and up to the scale of the curvature.
  const double top = context.Modal(OptimizerKind::kAdamW).curvatures.maxCoeff();
  const double low = context.hyper.weight_decay > 0 ? context.hyper.weight_decay / 16 : top * 1e-6;
  double worst = -std::numeric_limits<double>::infinity();
  Eigen::VectorXd before;
  for (double lambda = low; lambda <= 4 * top; lambda *= 2) {
    Hyperparameters hyper = context.With(OptimizerKind::kAdamW);
    hyper.weight_decay = lambda;
    const ModalSystem system = MakeModalSystem(context.problem, hyper, context.preconditioner);
    const std::optional<Eigen::MatrixXd> covariance = law_of(system);
    if (!covariance) break;
    const Eigen::VectorXd values = SymmetricEigenvalues(*covariance);
    if (before.size() > 0) {
      worst = std::max(worst, (values - before).maxCoeff() / before.cwiseAbs().maxCoeff());
    }
    before = values;
  }
  return worst;
}

const char* NameOf(BoundConvention convention) {
  switch (convention) {
    case BoundConvention::kPrinted:
      return "printed";
    case BoundConvention::kLiteral:
      return "literal";
    case BoundConvention::kDerived:
      break;
  }
  return "derived";
}

/// Q = H^(−½), or nothing where H is singular.
std::optional<Preconditioner> InverseRootOfHessian(const Eigen::MatrixXd& hessian) {
  const SymmetricEigen eigen = DecomposeSymmetric(hessian);
  const double rounding = 1e-14 * static_cast<double>(hessian.rows()) * eigen.values.maxCoeff();
  if (!(eigen.values(0) > rounding)) return std::nullopt;
  const Eigen::VectorXd inverse_root = eigen.values.cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd q = eigen.vectors * inverse_root.asDiagonal() * eigen.vectors.transpose();
  return Preconditioner::Full(0.5 * (q + q.transpose()));
}

}  // namespace

double ClaimContext::IdentityTolerance(double digits) const {
  return std::max(options.identity_tolerance, std::pow(10.0, -digits));
}

Claim JudgedIdentity(const ClaimContext& context, std::string id, double value, double digits,
                     std::string detail) {
  constexpr double kFewest = 1;
  if (digits < kFewest) {
    return NotApplicable(std::move(id), "rounding leaves no digit of its terms to judge by");
  }
  return Judged(std::move(id), value, context.IdentityTolerance(digits), std::move(detail));
}

Claim JudgeLemma5Covariance(const ClaimContext& context) {
  const GaussianLaw law = LawOfSde(context, OptimizerKind::kAdamW);
  const Eigen::MatrixXd printed = Lemma5Covariance(
      context.problem, context.With(OptimizerKind::kAdamW), context.preconditioner);
  const PaperDefects defects = CompareWithPaper(printed, law.covariance);
  return JudgedIdentity(context, "L5-cov", defects.relative_error,
                        CommonDigits(context, OptimizerKind::kAdamW, law),
                        "|M_printed - M|/|M|, M by Bartels-Stewart");
}

Claim JudgeLemma5Mean(const ClaimContext& context) {
  const GaussianLaw law = StationaryLaw(context.Modal(OptimizerKind::kAdamW));
  const Eigen::VectorXd shift = law.mean - context.problem.minimizer;
  const double scale = context.problem.minimizer.norm();
  if (scale == 0) return NotApplicable("L5-mean", "x* = 0 is its own shrinkage");
  // Where M is singular, any shift out of its range is infinitely far.
  const double sigma = std::isfinite(law.log_det)
                           ? std::sqrt(shift.dot(law.covariance.ldlt().solve(shift)))
                           : std::numeric_limits<double>::infinity();
  return JudgedIdentity(
      context, "L5-mean", shift.norm() / scale, law.digits,
      fmt::format("|c - x*|/|x*|; the shift is {:.6g}, or {:.4g} sigma of M", shift.norm(), sigma));
}

Claim JudgeLemma5Decay(const ClaimContext& context) {
  const double continuous =
      LargestIncrease(context, [](const ModalSystem& system) -> std::optional<Eigen::MatrixXd> {
        return StationaryLaw(system).covariance;
      });
  const double h =
      context.options.time_step > 0 ? context.options.time_step : context.hyper.learning_rate;
  const double discrete =
      LargestIncrease(context, [h](const ModalSystem& system) -> std::optional<Eigen::MatrixXd> {
        if (!(h < MaxStableStep(system))) return std::nullopt;
        return EulerMaruyamaLaw(system, h).covariance;
      });
  return Judged("L5-decay", std::max(0.0, continuous), 1e-12,
                fmt::format("largest increase of a singular value as lambda doubles; for the "
                            "discrete law at h = {:g} {:.3g} ({})",
                            h, std::max(0.0, discrete), discrete > 1e-12 ? "fails" : "holds"));
}

Claim JudgeL2Covariance(const ClaimContext& context) {
  const Hyperparameters hyper = context.With(OptimizerKind::kL2Adam);
  const ModalSystem system = context.Modal(OptimizerKind::kL2Adam);
  if (!(system.rates(0) > 0)) return NotApplicable("L2-cov", "no stationary law");
  const GaussianLaw law = LawOfSde(context, OptimizerKind::kL2Adam);
  const PaperDefects defects = CompareWithPaper(
      SupplementH3Matrix(context.problem, hyper, context.preconditioner), law.covariance);
  return JudgedIdentity(
      context, "L2-cov", defects.relative_error, CommonDigits(context, OptimizerKind::kL2Adam, law),
      fmt::format("|M' - M|/|M|; asymmetry |M' - M'^T|/|M| = {:.4g}", defects.asymmetry));
}

Claim JudgeAdamEquality(const ClaimContext& context) {
  ClaimContext zero = context;
  zero.hyper.weight_decay = 0;
  const ModalSystem system = zero.Modal(OptimizerKind::kAdamW);
  if (!(system.rates(0) > 0)) {
    return NotApplicable("adam-eq", "no stationary law at lambda = 0 (the hessian is singular)");
  }
  const GaussianLaw general = LawOfSde(zero, OptimizerKind::kAdamW);
  const Eigen::MatrixXd& adamw = general.covariance;
  const Eigen::MatrixXd l2 = StationaryLaw(zero.Modal(OptimizerKind::kL2Adam)).covariance;
  return JudgedIdentity(context, "adam-eq", (adamw - l2).norm() / adamw.norm(),
                        std::min(general.digits, StationaryLaw(system).digits),
                        "|M_AdamW - M_l2|/|M| at lambda = 0, one by Bartels-Stewart, one by modes");
}

Claim JudgeTheorem6(const ClaimContext& context, BoundConvention convention) {
  const std::string id = fmt::format("T6-kl-{}", NameOf(convention));
  const GaussianLaw law = StationaryLaw(context.Modal(OptimizerKind::kAdamW));
  if (!std::isfinite(law.log_det)) return NotApplicable(id, "KL is infinite: M is singular");
  const auto d = static_cast<double>(context.problem.Dimension());
  const BoundSettings& settings = context.settings;
  const PosteriorSummary summary{
      .dimension = context.problem.Dimension(),
      .log_det = law.log_det,
      .trace = law.covariance.trace(),
      .mean_square = law.mean.squaredNorm(),
      .minimizer_square = context.problem.minimizer.squaredNorm(),
      .scale = context.hyper.learning_rate / (2.0 * static_cast<double>(context.hyper.batch_size))};
  const BoundValue bound = PacBayesBound(summary, settings, convention);
  // KL from M's own eigenvalues: not through err.
  const Eigen::ArrayXd ratio =
      SymmetricEigenvalues(law.covariance).array() / settings.prior_variance;
  const double twice_kl =
      (ratio - 1 - ratio.log()).sum() + law.mean.squaredNorm() / settings.prior_variance;
  const double right =
      twice_kl + 2 * std::log(2 * settings.num_samples / settings.failure_probability);
  const double value = std::abs(bound.err + bound.c0 - right) / right;
  // The eigenvalues of M carry M's condition, not only the rates'.
  const double condition = ratio.maxCoeff() / ratio.minCoeff();
  const double tolerance = std::max(context.IdentityTolerance(law.digits),
                                    d * std::numeric_limits<double>::epsilon() * condition / right);
  return Judged(id, value, tolerance,
                fmt::format("err + c0 = {:.6g} against 2(KL + ln(2n/tau)) = {:.6g}",
                            bound.err + bound.c0, right));
}

Claim JudgeCorollary3(const ClaimContext& context) {
  const std::optional<Preconditioner> q = InverseRootOfHessian(context.problem.hessian);
  if (!q) return NotApplicable("C3-eq", "the hessian is singular: no Q = H^(-1/2)");
  const Eigen::VectorXd sigma = SymmetricEigenvalues(context.problem.hessian);
  const auto d = static_cast<double>(sigma.size());
  QuadraticProblem problem = context.problem;  // Corollary 3 is about C = H/b
  problem.gradient_noise = problem.hessian / static_cast<double>(context.hyper.batch_size);
  const WeightedSpectrum spectrum{
      .values = sigma, .weights = Eigen::VectorXd::Constant(sigma.size(), 1 / d), .dimension = d};
  const Corollary3 corollary =
      EvaluateCorollary3(spectrum, context.hyper, context.settings.prior_variance, {});
  double worst = 0;
  double digits = std::numeric_limits<double>::infinity();
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    const GaussianLaw law = StationaryLaw(MakeModalSystem(problem, context.With(optimizer), *q));
    const PosteriorSummary summary{
        .dimension = sigma.size(), .log_det = law.log_det, .trace = law.covariance.trace()};
    const double err = PacBayesBound(summary, context.settings, BoundConvention::kDerived).err;
    const double printed =
        optimizer == OptimizerKind::kAdamW ? corollary.adamw.err : corollary.l2_adam.err;
    worst = std::max(worst, std::abs(printed - err) / err);
    digits = std::min(digits, law.digits);
  }
  return JudgedIdentity(context, "C3-eq", worst, digits,
                        "|err_C3 - err_T6|/err at Q = H^(-1/2), worse of AdamW and l2-Adam");
}

Claim JudgeSdeStep(const ClaimContext& context) {
  const ModalSystem system = context.Modal(OptimizerKind::kAdamW);
  const double h =
      context.options.time_step > 0 ? context.options.time_step : context.hyper.learning_rate;
  Claim claim = Judged(
      "sde-step", std::numeric_limits<double>::infinity(), context.options.approximation_tolerance,
      fmt::format("unstable: h = {:g} is not below {:.6g}", h, MaxStableStep(system)));
  if (!(h < MaxStableStep(system))) return claim;
  const Eigen::MatrixXd m = StationaryLaw(system).covariance;
  const double bias = (EulerMaruyamaLaw(system, h).covariance - m).norm() / m.norm();
  return Judged("sde-step", bias, context.options.approximation_tolerance,
                fmt::format("|M_h - M|/|M| at h = {:g}", h));
}

Claim JudgeSurrogate(const ClaimContext& context) {
  const ModalSystem system = context.Modal(OptimizerKind::kAdamW);
  const Eigen::VectorXd c = system.center;
  const Eigen::VectorXd pull = context.problem.hessian * (c - context.problem.minimizer);
  // λ v ⊙ c with v = 1/q, that is λ Q⁻¹ c.
  const Eigen::VectorXd decay =
      context.hyper.weight_decay *
      context.preconditioner.InverseRootTimes(context.preconditioner.InverseRootTimes(c));
  const double scale = std::max(pull.norm(), decay.norm());
  const double value = scale > 0 ? (pull + decay).norm() / scale : 0.0;
  // One term needs the digits of c, the other those of c − x*.
  const double steepness = context.problem.hessian.norm() +
                           context.hyper.weight_decay *
                               context.preconditioner.Matrix().diagonal().cwiseInverse().maxCoeff();
  const double error =
      scale > 0 ? steepness * EstimateMeanError(system, context.problem.minimizer) / scale : 0.0;
  const double digits = std::min(DigitsOf(error), StationaryLaw(system).digits);
  return JudgedIdentity(context, "surrogate", value, digits,
                        "|grad F_k(c)| relative to its two terms, v = 1/q frozen");
}

}  // namespace adamsde
