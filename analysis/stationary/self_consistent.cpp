#include "analysis/stationary/self_consistent.h"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <vector>

#include "analysis/stationary/momentum.h"

namespace adamsde {
namespace {

constexpr double kTolerance = 1e-12;
constexpr double kAcceptable = 1e-9;  // where rounding of the law stops the iteration
constexpr int kMostIterations = 500;
constexpr std::size_t kDepth = 5;  // of Anderson's memory

/// One evaluation of the map log q ↦ log T(q).
struct Evaluation {
  Eigen::VectorXd log_q;
  Eigen::VectorXd residual;  // log T(q) − log q
  Eigen::VectorXd second_moment;
  GaussianLaw law;

  [[nodiscard]] double Size() const { return residual.cwiseAbs().maxCoeff(); }
};

/// Nothing where q has no stationary law.
std::optional<Evaluation> Evaluate(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                   const Eigen::VectorXd& log_q) {
  const Eigen::VectorXd q = log_q.array().exp();
  if (!q.allFinite() || !(q.minCoeff() > 0)) return std::nullopt;
  const ModalSystem system = MakeModalSystem(problem, hyper, Preconditioner::Diagonal(q));
  if (!MomentumIsStable(system)) return std::nullopt;
  Evaluation e{.log_q = log_q, .residual = {}, .second_moment = {}, .law = OptimizerLaw(system)};
  e.second_moment = GradientSecondMoment(problem, hyper, e.law);
  e.residual = InverseRoot(e.second_moment, hyper).array().log().matrix() - log_q;
  if (!e.residual.allFinite()) return std::nullopt;
  return e;
}

/// The next iterate from the last few: Anderson's combination, whose residual is smallest if the
/// map were linear. With one evaluation it is the plain iteration.
Eigen::VectorXd Extrapolate(const std::vector<Evaluation>& history) {
  const Evaluation& last = history.back();
  const auto columns = static_cast<Eigen::Index>(history.size()) - 1;
  if (columns == 0) return last.log_q + last.residual;
  Eigen::MatrixXd residuals(last.log_q.size(), columns);
  Eigen::MatrixXd states(last.log_q.size(), columns);
  for (Eigen::Index j = 0; j < columns; ++j) {
    const Evaluation& old = history[static_cast<std::size_t>(j)];
    residuals.col(j) = last.residual - old.residual;
    states.col(j) = last.log_q - old.log_q;
  }
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(residuals);
  const Eigen::VectorXd gamma = qr.solve(last.residual);
  const Eigen::VectorXd step = last.residual - (states + residuals) * gamma;
  // A combination that runs off is no better than the plain step.
  if (!step.allFinite() || step.norm() > 4 * last.residual.norm()) {
    return last.log_q + last.residual;
  }
  return last.log_q + step;
}

/// The first q that has a law, from `minibatch` downwards.
Evaluation FirstStable(const QuadraticProblem& problem, const Hyperparameters& hyper,
                       int& iterations) {
  Eigen::VectorXd log_q = InverseRoot(problem.gradient_noise.diagonal(), hyper).array().log();
  for (int halvings = 0; halvings < 200; ++halvings) {
    ++iterations;
    if (auto evaluation = Evaluate(problem, hyper, log_q)) return *evaluation;
    log_q.array() -= std::log(2.0);
  }
  throw std::domain_error(
      "no self-consistent preconditioner (no q gives the optimizer a stationary law) use a smaller "
      "--learning-rate, a positive --weight-decay or a hessian of full rank");
}

/// Evaluates `target`, or points ever closer to the last stable iterate until one has a law and
/// does not do much worse.
std::optional<Evaluation> EvaluateSafely(const QuadraticProblem& problem,
                                         const Hyperparameters& hyper, const Evaluation& last,
                                         const Eigen::VectorXd& target, int& iterations) {
  const Eigen::VectorXd step = target - last.log_q;
  for (double t = 1; t > 1e-6; t /= 2) {
    ++iterations;
    auto evaluation = Evaluate(problem, hyper, last.log_q + t * step);
    if (evaluation && (evaluation->Size() < 1.5 * last.Size() || t < 1e-3)) return evaluation;
  }
  return std::nullopt;
}

}  // namespace

GaussianLaw OptimizerLaw(const ModalSystem& system) {
  return system.hyper.beta1 < 1 ? MomentumLaw(system)
                                : EulerMaruyamaLaw(system, system.hyper.learning_rate);
}

Eigen::VectorXd GradientSecondMoment(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                     const GaussianLaw& law) {
  Eigen::MatrixXd slope = problem.hessian;
  Eigen::VectorXd mean = slope * (law.mean - problem.minimizer);
  if (hyper.optimizer == OptimizerKind::kL2Adam) {
    slope.diagonal().array() += hyper.weight_decay;
    mean += hyper.weight_decay * law.mean;  // zero up to rounding at c
  }
  const Eigen::MatrixXd product = slope * law.covariance;
  return problem.gradient_noise.diagonal() + product.cwiseProduct(slope).rowwise().sum() +
         mean.cwiseAbs2();
}

SelfConsistentPreconditioner FindSelfConsistentPreconditioner(const QuadraticProblem& problem,
                                                              const Hyperparameters& hyper) {
  int iterations = 0;
  std::vector<Evaluation> history = {FirstStable(problem, hyper, iterations)};
  Evaluation best = history.back();
  while (best.Size() > kTolerance && iterations < kMostIterations) {
    auto next = EvaluateSafely(problem, hyper, history.back(), Extrapolate(history), iterations);
    if (!next) {  // the combination misled: start its memory afresh
      if (history.size() == 1) break;
      history.erase(history.begin(), history.end() - 1);
      continue;
    }
    history.push_back(std::move(*next));
    if (history.size() > kDepth + 1) history.erase(history.begin());
    if (history.back().Size() < best.Size()) {
      best = history.back();
    } else if (best.Size() < kAcceptable) {
      break;  // rounding
    }
  }
  if (!(best.Size() < kAcceptable)) {
    throw std::domain_error(fmt::format(
        "no self-consistent preconditioner found (residual {:.3g} after {} iterations) use a "
        "smaller --learning-rate",
        best.Size(), iterations));
  }
  return {.q = best.log_q.array().exp(),
          .second_moment = best.second_moment,
          .law = best.law,
          .iterations = iterations,
          .residual = best.Size()};
}

}  // namespace adamsde
