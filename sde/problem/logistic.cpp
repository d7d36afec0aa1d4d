#include "sde/problem/logistic.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

/// log(1 + e^z) without overflow or cancellation.
double LogOnePlusExp(double z) {
  return z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z));
}

double Sigmoid(double z) {
  if (z >= 0) return 1 / (1 + std::exp(-z));
  const double e = std::exp(z);
  return e / (1 + e);
}

[[noreturn]] void ThrowSeparable() {
  throw std::domain_error(
      "no minimizer (a hyperplane separates the classes, so the logistic loss falls forever along "
      "its normal) use a positive --ridge");
}

/// Columns scaled to unit root mean square: z = ã x̃, x = x̃/scale. The ridge is then r/scale².
struct ScaledLogistic {
  Eigen::MatrixXd features;
  const Eigen::VectorXd& labels;
  Eigen::VectorXd ridge;  // per coordinate

  [[nodiscard]] double Value(const Eigen::VectorXd& x) const {
    const Eigen::VectorXd z = features * x;
    const double sum = z.unaryExpr(&LogOnePlusExp).sum() - labels.dot(z);
    return sum / static_cast<double>(z.size()) + 0.5 * ridge.dot(x.cwiseAbs2());
  }

  /// Signed margins: the classes are separated by x iff all are > 0.
  [[nodiscard]] Eigen::VectorXd Margins(const Eigen::VectorXd& x) const {
    return (2 * labels.array() - 1) * (features * x).array();
  }
};

/// Whether x certifies separation: all margins > 0. Without ridge F then falls along x for ever.
bool Separates(const ScaledLogistic& problem, const Eigen::VectorXd& x) {
  return problem.Margins(x).minCoeff() > 0;
}

struct NewtonProgress {
  bool moved = false;
  double decrement = 0;     // gᵀH⁻¹g
  double logit_change = 0;  // max |Δz| of the full step
};

/// One damped Newton step.
NewtonProgress NewtonStep(const ScaledLogistic& problem, Eigen::VectorXd& x) {
  const auto n = static_cast<double>(problem.features.rows());
  const Eigen::VectorXd p = (problem.features * x).unaryExpr(&Sigmoid);
  const Eigen::VectorXd gradient =
      problem.features.transpose() * (p - problem.labels) / n + problem.ridge.cwiseProduct(x);
  const Eigen::VectorXd weights = (p.array() * (1 - p.array())) / n;
  Eigen::MatrixXd hessian = problem.features.transpose() * weights.asDiagonal() * problem.features;
  hessian.diagonal() += problem.ridge;
  const Eigen::VectorXd step = hessian.ldlt().solve(gradient);
  NewtonProgress progress{.moved = false,
                          .decrement = gradient.dot(step),
                          .logit_change = (problem.features * step).cwiseAbs().maxCoeff()};
  if (!std::isfinite(progress.decrement) || !(progress.decrement > 0)) return progress;
  const double value = problem.Value(x);
  for (double t = 1; t > 1e-10 && !progress.moved; t /= 2) {
    const Eigen::VectorXd candidate = x - t * step;
    // Near the minimum the decrease drowns in rounding: take the full step there.
    progress.moved = problem.Value(candidate) <= value - 1e-4 * t * progress.decrement ||
                     progress.decrement < 1e-13 * value;
    if (progress.moved) x = candidate;
  }
  return progress;
}

/// At a minimum Newton's steps shrink quadratically. Where classes are quasi-separable x runs off
/// instead: the decrement vanishes as well, but every step still moves some logit by about 1.
Eigen::VectorXd Minimize(const ScaledLogistic& problem) {
  constexpr int kMostSteps = 200;
  const bool ridged = problem.ridge.maxCoeff() > 0;
  Eigen::VectorXd x = Eigen::VectorXd::Zero(problem.features.cols());
  NewtonProgress last;
  for (int i = 0; i < kMostSteps; ++i) {
    last = NewtonStep(problem, x);
    if (!ridged && Separates(problem, x)) ThrowSeparable();
    if (!last.moved || last.logit_change < 1e-11) break;
    if (!ridged && last.decrement < 1e-12 && last.logit_change > 0.1) ThrowSeparable();
  }
  if (!(last.logit_change < 1e-6)) {
    throw std::domain_error(
        fmt::format("no minimizer found (Newton's method stopped at decrement {:.3g}) use a larger "
                    "--ridge or --standardize",
                    last.decrement));
  }
  return x;
}

}  // namespace

LogisticLoss::LogisticLoss(const Eigen::MatrixXd& features, const Eigen::VectorXd& labels,
                           double ridge)
    : LinearModelLoss(features, labels.transpose(), ridge) {
  for (Eigen::Index i = 0; i < labels.size(); ++i) {
    if (labels(i) != 0 && labels(i) != 1) {
      throw std::invalid_argument(fmt::format("label {} is {} (must be 0 or 1)", i + 1, labels(i)));
    }
  }
}

double LogisticLoss::SampleValue(const double* z, const double* y) const {
  return LogOnePlusExp(*y > 0 ? -*z : *z);
}

void LogisticLoss::ToMean(double* z) const { *z = Sigmoid(*z); }

void LogisticLoss::CurvatureTimes(const double* mean, double* v) const {
  *v *= *mean * (1 - *mean);
}

std::optional<double> LogisticLoss::Accuracy(const Eigen::VectorXd& x) const {
  const Eigen::ArrayXXd margins = (2 * Targets().array() - 1) * Logits(x).array();
  return (margins > 0).cast<double>().mean();
}

Eigen::VectorXd LogisticLoss::Minimizer() const {
  const Eigen::VectorXd labels = Targets().transpose();
  Eigen::VectorXd scale = Samples().cwiseAbs2().rowwise().mean().cwiseSqrt();
  scale = (scale.array() > 0).select(scale, 1.0);
  const Eigen::VectorXd inverse = scale.cwiseInverse();
  const ScaledLogistic problem{.features = Samples().transpose() * inverse.asDiagonal(),
                               .labels = labels,
                               .ridge = Ridge() * inverse.cwiseAbs2()};
  if (Ridge() == 0) {
    const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(problem.features);
    if (qr.rank() < Dimension()) {
      throw std::domain_error(fmt::format(
          "no unique minimizer (the {}x{} data matrix has rank {}) drop columns or use --ridge",
          NumSamples(), Dimension(), qr.rank()));
    }
  }
  return inverse.cwiseProduct(Minimize(problem));
}

}  // namespace adamsde
