#pragma once

#include "analysis/convergence/experiment.h"

namespace adamsde {

struct SurrogateOptions {
  double learning_rate = 0.01;
  double beta1 = 0.1;
  std::int64_t iterations = 20000;
};

struct SurrogateReport {
  ConvergenceReport report;
  Eigen::VectorXd limit;        ///< E x_T
  Eigen::VectorXd minimizer_f;  ///< x*, of F
  Eigen::VectorXd minimizer_k;  ///< of F_k, with v = E√(n_T + δ)
};

/// The dynamic surrogate (eq. 4): a run of constant η, β₁ and λ_k from setup.start, judged on
///
///   surrogate-decrease   E F_k(x_T) ≤ F_0(x_0): what the paper says the optimizer descends
///   loss-decrease        E F(x_T) ≤ F(x_0): fails where decay drives away from x*
///   limit                ‖E x_T − argmin F_k‖ ≤ ‖E x_T − x*‖
///   gradient             ‖∇F_k(E x_T)‖ ≤ ‖∇F(E x_T)‖, both at the limit point
///
/// argmin F_k is found by gradient descent on F + ½λ‖x‖²_v from E x_T, to 1e-10 relative.
/// @throws std::domain_error  the run diverged.
[[nodiscard]] SurrogateReport MeasureSurrogate(const ConvergenceSetup& setup,
                                               const SurrogateOptions& options);

}  // namespace adamsde
