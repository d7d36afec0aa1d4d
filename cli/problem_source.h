#pragma once

#include <memory>
#include <optional>
#include <string>

#include "analysis/spectrum/spectrum_runs.h"
#include "analysis/stationary/self_consistent.h"
#include "cli/dataset_source.h"
#include "cli/options.h"
#include "sde/problem/preconditioner.h"
#include "sde/problem/quadratic.h"
#include "sde/process/linear_sde.h"

namespace adamsde {

/// A quadratic loss with everything an optimizer's SDE needs.
struct OptimizerProblem {
  QuadraticProblem quadratic;
  Hyperparameters hyper;
  Preconditioner preconditioner;
  std::optional<SelfConsistentPreconditioner> fixed_point;  ///< where Q is self-consistent
};

/// The problem that the options describe: exactly one of the three.
struct Problem {
  std::optional<OptimizerProblem> optimizer;
  std::optional<LinearSde> general;
  std::optional<SpectrumRuns> spectrum;
  std::shared_ptr<const DatasetProblem> data;  ///< the loss on data, where there is one
  std::optional<Eigen::Index> rows;            ///< training rows of the dataset

  [[nodiscard]] Eigen::Index Dimension() const;
};

/// Reads and checks the problem: files, shapes, symmetry, definiteness, minimizer, gradient noise
/// and preconditioner.
/// @throws std::invalid_argument  bad input, more memory than there is, or two problems at once.
/// @throws std::domain_error      no minimizer, no preconditioner.
[[nodiscard]] Problem LoadProblem(const Options& options);

/// @throws std::invalid_argument  the command does not take this kind of problem; says which it
/// takes.
[[nodiscard]] const OptimizerProblem& RequireOptimizerProblem(const Problem& problem,
                                                              const std::string& command);

}  // namespace adamsde
