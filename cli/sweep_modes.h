#pragma once

#include "analysis/bound/corollary3.h"
#include "cli/arguments.h"
#include "cli/problem_source.h"
#include "cli/result.h"

namespace adamsde {

/// What a page needs to move λ, η, b, ρ, n and τ: the modes of the SDE at λ = 0 (modes.npy, columns
/// s, p, Ĝ_ii/2, ẑ; modes_gram.npy, WᵀW; modes_noise.npy, Ĝ where it is not diagonal), and in
/// result.json `modes`: whether the law's axes turn with λ (p says nothing then), log det Q, ‖x*‖²,
/// the knobs that are fixed here and why, and the start of the `bound` command that gives the same
/// numbers. Null with a reason where there are none.
void AddModes(const OptimizerProblem& problem, const Arguments& arguments, Result& result);

/// The same for Corollary 3, to move λ, η, b and ρ: nodes.npy, columns σ, weight.
void AddNodes(const PolicyNodes& nodes, double dimension, const Arguments& arguments,
              Result& result);

}  // namespace adamsde
