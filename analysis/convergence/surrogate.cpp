#include "analysis/convergence/surrogate.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

Eigen::VectorXd GradientAt(const KnownLoss& loss, const Eigen::VectorXd& x) {
  Eigen::VectorXd gradient(x.size());
  double gap = 0;
  loss.Evaluate(1, x.data(), gradient.data(), &gap);
  return gradient;
}

/// The stationary point of F + ½Σ w_i x_i² that gradient descent reaches from x.
Eigen::VectorXd Descend(const KnownLoss& loss, const Eigen::VectorXd& weights, Eigen::VectorXd x) {
  constexpr int kMostSteps = 1000000;
  const double step = 1 / (loss.Constants().smoothness + weights.maxCoeff());
  for (int i = 0; i < kMostSteps; ++i) {
    const Eigen::VectorXd gradient = GradientAt(loss, x) + weights.cwiseProduct(x);
    x -= step * gradient;
    if (step * gradient.norm() <= 1e-14 * (1 + x.norm())) break;
  }
  return x;
}

Inequality Exact(const std::string& name, double left, double error, double right,
                 std::string detail) {
  return Judge({.name = name,
                .parameters = "given",
                .left = left,
                .left_stderr = error,
                .right_print = std::nullopt,
                .right_proof = right,
                .detail = std::move(detail)});
}

}  // namespace

SurrogateReport MeasureSurrogate(const ConvergenceSetup& setup, const SurrogateOptions& options) {
  Validate(setup);
  RateParameters rate{.beta1 = options.beta1,
                      .eta = options.learning_rate,
                      .iterations = static_cast<double>(options.iterations),
                      .notes = {}};
  DescentOptions run = MakeDescent(setup, rate);
  const DescentResult result = RunDescent(*setup.loss, run);
  SurrogateReport surrogate;
  ConvergenceReport& report = surrogate.report;
  AddMeasured(setup, "given", result, report);
  if (result.diverged > 0)
    throw std::domain_error("the run diverged (use a smaller --learning-rate)");
  report.parameters.push_back(
      {.parameters = "given", .epsilon = setup.epsilon, .rate = rate, .run = true});

  const KnownLoss& loss = *setup.loss;
  const double lambda = run.rule.weight_decay.At(options.iterations - 1);
  const bool coupled = setup.hyper.optimizer == OptimizerKind::kL2Adam;
  Eigen::VectorXd weights = Eigen::VectorXd::Constant(loss.Dimension(), lambda);
  if (!coupled) {
    const Eigen::MatrixXd scale = (result.final_state.n.array() + setup.hyper.delta).sqrt();
    weights.array() *= scale.colwise().mean().transpose().array();
  }
  surrogate.limit = result.final_state.x.colwise().mean();
  surrogate.minimizer_f = loss.Minimizer();
  surrogate.minimizer_k = Descend(loss, weights, surrogate.limit);

  const DescentRecord& first = result.records.front();
  const DescentRecord& last = result.records.back();
  report.inequalities.push_back(Exact("surrogate-decrease", last.at[kSurrogate].mean,
                                      last.at[kSurrogate].StandardError(),
                                      first.at[kSurrogate].mean, "E F_k(x_T) against F_0(x_0)"));
  report.inequalities.push_back(Exact("loss-decrease", last.at[kLoss].mean,
                                      last.at[kLoss].StandardError(), first.at[kLoss].mean,
                                      "E F(x_T) - F* against F(x_0) - F*"));
  const double error =
      std::sqrt((result.final_state.x.rowwise() - surrogate.limit.transpose()).squaredNorm() /
                static_cast<double>(setup.runs * (setup.runs - 1)));
  report.inequalities.push_back(
      Exact("limit", (surrogate.limit - surrogate.minimizer_k).norm(), error,
            (surrogate.limit - surrogate.minimizer_f).norm(),
            "distance of E x_T to the minimizer of F_k, against that of F"));
  const Eigen::VectorXd gradient = GradientAt(loss, surrogate.limit);
  report.inequalities.push_back(Exact("gradient",
                                      (gradient + weights.cwiseProduct(surrogate.limit)).norm(),
                                      error * (loss.Constants().smoothness + weights.maxCoeff()),
                                      gradient.norm(), "|grad F_k| at E x_T, against |grad F|"));
  return surrogate;
}

}  // namespace adamsde
