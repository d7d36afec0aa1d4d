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

/// A problem known by products with its Hessian, for C = H/b and a diagonal Q.
struct MatrixFreeProblem {
  BlockOperator hessian_times;           ///< V ↦ H V at x*
  Eigen::VectorXd minimizer;             ///< x*
  Eigen::VectorXd q;                     ///< of Q = diag(q)
  std::optional<Eigen::MatrixXd> dense;  ///< H, where it was given as a matrix
  std::shared_ptr<const DatasetProblem> data;
  Hyperparameters hyper;
};

/// The problem that the options describe: exactly one of the four.
struct Problem {
  std::optional<OptimizerProblem> optimizer;
  std::optional<LinearSde> general;
  std::optional<SpectrumRuns> spectrum;
  std::optional<MatrixFreeProblem> matrix_free;
  std::shared_ptr<const DatasetProblem> data;  ///< the loss on data, where there is one
  std::optional<Eigen::Index> rows;            ///< training rows of the dataset

  [[nodiscard]] Eigen::Index Dimension() const;
};

/// Reads and checks the problem: files, shapes, symmetry, definiteness, minimizer, gradient noise
/// and preconditioner.
/// @throws std::invalid_argument  bad input, more memory than there is, or two problems at once.
/// @throws std::domain_error      no minimizer, no preconditioner.
[[nodiscard]] Problem LoadProblem(const Options& options);

/// Whether a command needs Q: `spectrum` does not, and then q is all ones.
enum class PreconditionerUse { kNone, kDiagonal };

/// The problem as a MatrixFreeProblem: memory O(n·p + d) for a dataset, no d×d matrix.
/// @throws std::invalid_argument  as LoadProblem; a gradient noise other than H/b, a preconditioner
///                                that is not diagonal or needs a d×d matrix, --drift, --spectrum.
[[nodiscard]] Problem LoadMatrixFreeProblem(const Options& options, PreconditionerUse use);

/// @throws std::invalid_argument  the command does not take this kind of problem; says which it
/// takes.
[[nodiscard]] const OptimizerProblem& RequireOptimizerProblem(const Problem& problem,
                                                              const std::string& command);

}  // namespace adamsde
