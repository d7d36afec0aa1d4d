#include "sde/process/modal_system.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

/// Whether λI adds to K as it stands; at λ = 0 both optimizers coincide.
bool DecaysDecoupled(const Hyperparameters& hyper) {
  return hyper.optimizer == OptimizerKind::kAdamW || hyper.weight_decay == 0;
}

/// S (AdamW) or S + λQ (ℓ2-Adam), decomposed: K up to AdamW's λI. Eigenvalues of S below rounding
/// count as zero: H was checked to be PSD.
SymmetricEigen DecomposeCurvature(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                  const Preconditioner& preconditioner) {
  Eigen::MatrixXd k = preconditioner.Sandwich(problem.hessian);
  if (DecaysDecoupled(hyper)) {
    SymmetricEigen eigen = DecomposeSymmetric(k);
    const double rounding = static_cast<double>(k.rows()) * std::numeric_limits<double>::epsilon() *
                            eigen.values.cwiseAbs().maxCoeff();
    eigen.values = (eigen.values.array() <= rounding).select(0.0, eigen.values);
    return eigen;
  }
  k += hyper.weight_decay * preconditioner.Matrix();
  return DecomposeSymmetric(k);
}

Eigen::VectorXd Rates(const SymmetricEigen& curvature, const Hyperparameters& hyper) {
  if (!DecaysDecoupled(hyper)) return curvature.values;
  return curvature.values.array() + hyper.weight_decay;
}

/// x* − c = λ (S + λI)⁻¹ Q^(−½) x* in AdamW's symmetrized coordinates (with I → Q for ℓ2-Adam):
/// solving for the shift keeps c exactly x* at λ = 0 and accurate for small λ.
Eigen::VectorXd ShiftOfMean(const SymmetricEigen& curvature, const Eigen::VectorXd& minimizer,
                            const Hyperparameters& hyper, const Preconditioner& preconditioner) {
  if (hyper.weight_decay == 0) return Eigen::VectorXd::Zero(minimizer.size());
  // ℓ2-Adam: (S + λQ) Q^(−½)(x* − c) = λ Q^½ x*.
  const Eigen::VectorXd pull = DecaysDecoupled(hyper) ? preconditioner.InverseRootTimes(minimizer)
                                                      : preconditioner.RootTimes(minimizer);
  const Eigen::VectorXd modal =
      hyper.weight_decay *
      (curvature.vectors.transpose() * pull).cwiseQuotient(Rates(curvature, hyper));
  return preconditioner.RootTimes(curvature.vectors * modal);
}

}  // namespace

Eigen::VectorXd StationaryMean(const QuadraticProblem& problem, const Hyperparameters& hyper,
                               const Preconditioner& preconditioner) {
  const SymmetricEigen curvature = DecomposeCurvature(problem, hyper, preconditioner);
  return problem.minimizer - ShiftOfMean(curvature, problem.minimizer, hyper, preconditioner);
}

ModalSystem MakeModalSystem(const QuadraticProblem& problem, const Hyperparameters& hyper,
                            const Preconditioner& preconditioner) {
  const SymmetricEigen curvature = DecomposeCurvature(problem, hyper, preconditioner);
  const Eigen::MatrixXd& v = curvature.vectors;
  const double eta = hyper.learning_rate;
  const auto b = static_cast<double>(hyper.batch_size);
  ModalSystem system;
  system.hyper = hyper;
  system.center =
      problem.minimizer - ShiftOfMean(curvature, problem.minimizer, hyper, preconditioner);
  system.curvatures = curvature.values;
  system.rates = Rates(curvature, hyper);
  system.from_modal = preconditioner.RootTimes(v);
  system.to_modal = preconditioner.InverseRootTimes(v).transpose();
  system.preconditioner_log_det = preconditioner.LogDet();
  system.noise_is_diagonal =
      DecaysDecoupled(hyper) && problem.gradient_noise == problem.hessian / b;
  if (system.noise_is_diagonal) {
    system.noise = (eta / b * system.curvatures).asDiagonal();
  } else {
    const Eigen::MatrixXd g = v.transpose() * preconditioner.Sandwich(problem.gradient_noise) * v;
    system.noise = 0.5 * eta * (g + g.transpose());
  }
  return system;
}

void RequireStationary(const ModalSystem& system) {
  const double slowest = system.rates(0);
  if (!(slowest > 0)) {
    throw std::domain_error(fmt::format(
        "no stationary law (slowest rate {:.6g}, must be > 0) use a positive --weight-decay, or a "
        "hessian of full rank",
        slowest));
  }
}

double MaxStableStep(const ModalSystem& system) {
  return 2.0 / system.rates(system.Dimension() - 1);
}

ModalSystem ImplicitModalSystem(const ModalSystem& system, double time_step) {
  ModalSystem implicit = system;
  const Eigen::VectorXd factor = (1 + time_step * system.rates.array()).inverse();
  implicit.rates = system.rates.cwiseProduct(factor);
  // What is left of κ' when the decay is taken off it, as curvatures are of κ.
  implicit.curvatures = implicit.rates + (system.curvatures - system.rates);
  implicit.noise = factor.asDiagonal() * system.noise * factor.asDiagonal();
  return implicit;
}

}  // namespace adamsde
