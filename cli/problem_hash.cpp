#include "cli/problem_hash.h"

#include <fmt/format.h>

#include "cli/io/checkpoint_file.h"

namespace adamsde {

std::string ProblemHash(const Problem& problem, const Eigen::MatrixXd& initial) {
  std::uint64_t hash = Fingerprint(initial, Fingerprint("problem"));
  if (problem.rows) hash = Fingerprint(fmt::format("{} rows", *problem.rows), hash);
  const auto add = [&hash](const Eigen::MatrixXd& values) { hash = Fingerprint(values, hash); };
  if (problem.optimizer) {
    const OptimizerProblem& p = *problem.optimizer;
    for (const auto& part : {p.quadratic.hessian, p.quadratic.gradient_noise}) add(part);
    add(p.quadratic.minimizer);
    add(p.preconditioner.Matrix());
  }
  if (problem.general) {
    add(problem.general->drift);
    add(problem.general->center);
    add(problem.general->diffusion);
  }
  if (problem.spectrum) {
    for (const WeightedSpectrum& run : problem.spectrum->runs) {
      add(run.values);
      add(run.weights);
    }
  }
  if (problem.matrix_free) {
    add(problem.matrix_free->minimizer);
    add(problem.matrix_free->q);
    if (problem.matrix_free->dense) add(*problem.matrix_free->dense);
  }
  return fmt::format("{:016x}", hash);
}

std::string ProblemHash(const ConvergenceSetup& setup) {
  std::uint64_t hash = Fingerprint(setup.start, Fingerprint("descent"));
  hash = Fingerprint(setup.loss->Minimizer(), hash);
  // Data sets may share minimizer and constants; gradients tell them apart.
  const Eigen::Index d = setup.loss->Dimension();
  for (const Eigen::VectorXd& x : {setup.start, Eigen::VectorXd(setup.start.array() + 1)}) {
    Eigen::VectorXd gradient(d);
    double gap = 0;
    setup.loss->Evaluate(1, x.data(), gradient.data(), &gap);
    hash = Fingerprint(Eigen::MatrixXd(gradient), hash);
    hash = Fingerprint(Eigen::MatrixXd::Constant(1, 1, gap), hash);
  }
  const TheoremConstants& c = setup.constants;
  const Eigen::Matrix<double, 5, 1> numbers{c.smoothness, c.gradient_bound, c.noise_variance, c.gap,
                                            c.regularizer};
  return fmt::format("{:016x}", Fingerprint(Eigen::MatrixXd(numbers), hash));
}

}  // namespace adamsde
