// A program of somebody else: Lemma 5 on two parameters through the installed package.
#include <cstdio>

#include "analysis/stationary/laws.h"
#include "analysis/stationary/paper.h"
#include "sde/ensemble/ensemble.h"

int main() {
  adamsde::Hyperparameters hyper;
  Eigen::Matrix2d h;
  h << 2, 0.5, 0.5, 1;
  const adamsde::QuadraticProblem problem{
      .hessian = h, .minimizer = Eigen::Vector2d(1, 2), .gradient_noise = h / 128};
  const auto q = adamsde::MakePreconditioner(adamsde::PreconditionerKind::kLemma5, problem, hyper);
  const auto system = adamsde::MakeModalSystem(problem, hyper, q);
  const Eigen::MatrixXd m = adamsde::StationaryLaw(system).covariance;
  const double error = (adamsde::Lemma5Covariance(problem, hyper, q) - m).norm() / m.norm();
  // Runs the engine too, so that BLAS, OpenMP and the kernels are linked.
  const auto ensemble = adamsde::RunEnsemble(*adamsde::MakeModalStepper(system, 1e-3), {});
  std::printf("Lemma 5 off by %.1e, %zu groups\n", error, ensemble.groups.size());
  return error < 1e-12 ? 0 : 1;
}
