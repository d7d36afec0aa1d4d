#include "sde/problem/softmax.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace adamsde {
namespace {

Eigen::MatrixXd OneHot(const std::vector<Eigen::Index>& labels, Eigen::Index classes) {
  if (classes < 2) {
    throw std::invalid_argument(
        fmt::format("softmax has {} class(es) (must be at least 2)", classes));
  }
  Eigen::MatrixXd targets =
      Eigen::MatrixXd::Zero(classes - 1, static_cast<Eigen::Index>(labels.size()));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= classes) {
      throw std::invalid_argument(
          fmt::format("label {} is {} (must be 0 to {})", i + 1, labels[i], classes - 1));
    }
    if (labels[i] < classes - 1) targets(labels[i], static_cast<Eigen::Index>(i)) = 1;
  }
  return targets;
}

[[noreturn]] void ThrowSeparableClasses() {
  throw std::domain_error(
      "no minimizer (hyperplanes separate the classes, so the softmax loss falls forever along "
      "their normals) use a positive --ridge");
}

struct NewtonDirection {
  Eigen::VectorXd step;  // H⁻¹g, or near it
  double decrement = 0;  // gᵀ·step
};

NewtonDirection DenseDirection(const Eigen::MatrixXd& hessian, const Eigen::VectorXd& gradient) {
  NewtonDirection direction{.step = hessian.ldlt().solve(gradient)};
  direction.decrement = gradient.dot(direction.step);
  return direction;
}

/// Conjugate gradients on H s = g, preconditioned by diag H, to a relative residual (in the norm of
/// the preconditioner) that tightens as Newton converges.
NewtonDirection TruncatedDirection(const BlockOperator& hessian_times,
                                   const Eigen::VectorXd& diagonal, const Eigen::VectorXd& gradient,
                                   double tolerance) {
  const Eigen::VectorXd inverse = (diagonal.array() > 0).select(diagonal.cwiseInverse(), 1.0);
  Eigen::VectorXd residual = gradient;
  Eigen::VectorXd scaled = inverse.cwiseProduct(residual);
  Eigen::VectorXd direction = scaled;
  NewtonDirection result{.step = Eigen::VectorXd::Zero(gradient.size())};
  const double initial = residual.dot(scaled);
  double rho = initial;
  for (Eigen::Index i = 0; i < gradient.size() && rho > tolerance * tolerance * initial; ++i) {
    const Eigen::VectorXd image = hessian_times(direction);
    const double curvature = direction.dot(image);
    if (!(curvature > 0)) break;
    const double alpha = rho / curvature;
    result.step += alpha * direction;
    residual -= alpha * image;
    scaled = inverse.cwiseProduct(residual);
    const double next = residual.dot(scaled);
    direction = scaled + (next / rho) * direction;
    rho = next;
  }
  result.decrement = gradient.dot(result.step);
  return result;
}

/// Halves the step until the loss falls; true if it moved.
bool LineSearch(const SampledLoss& loss, const NewtonDirection& direction, Eigen::VectorXd& x) {
  const double value = loss.Value(x);
  for (double t = 1; t > 1e-10; t /= 2) {
    const Eigen::VectorXd candidate = x - t * direction.step;
    // Near the minimum the decrease drowns in rounding: take the full step there.
    if (loss.Value(candidate) <= value - 1e-4 * t * direction.decrement ||
        direction.decrement < 1e-13 * value) {
      x = candidate;
      return true;
    }
  }
  return false;
}

}  // namespace

SoftmaxLoss::SoftmaxLoss(const Eigen::MatrixXd& features, const std::vector<Eigen::Index>& labels,
                         Eigen::Index classes, double ridge)
    : LinearModelLoss(features, OneHot(labels, classes), ridge) {}

double SoftmaxLoss::SampleValue(const double* z, const double* y) const {
  // log Σ e^{z_k} − z_y, the reference's z being 0. The largest term is taken out, so that log1p
  // keeps the digits of the others where they are small.
  double own = 0;
  double largest = 0;
  Eigen::Index top = Outputs();
  for (Eigen::Index k = 0; k < Outputs(); ++k) {
    own += y[k] * z[k];
    if (z[k] > largest) {
      largest = z[k];
      top = k;
    }
  }
  double others = top == Outputs() ? 0 : std::exp(-largest);
  for (Eigen::Index k = 0; k < Outputs(); ++k) {
    if (k != top) others += std::exp(z[k] - largest);
  }
  return std::log1p(others) + (largest - own);
}

void SoftmaxLoss::ToMean(double* z) const {
  double largest = 0;
  for (Eigen::Index k = 0; k < Outputs(); ++k) largest = std::max(largest, z[k]);
  double sum = std::exp(-largest);
  for (Eigen::Index k = 0; k < Outputs(); ++k) sum += z[k] = std::exp(z[k] - largest);
  for (Eigen::Index k = 0; k < Outputs(); ++k) z[k] /= sum;
}

void SoftmaxLoss::CurvatureTimes(const double* mean, double* v) const {
  double dot = 0;  // (diag p − ppᵀ)v = p∘(v − pᵀv)
  for (Eigen::Index k = 0; k < Outputs(); ++k) dot += mean[k] * v[k];
  for (Eigen::Index k = 0; k < Outputs(); ++k) v[k] = mean[k] * (v[k] - dot);
}

void SoftmaxLoss::RequireFullRank() const {
  Eigen::VectorXd norm = Samples().rowwise().norm();
  norm = (norm.array() > 0).select(norm, 1.0);
  const Eigen::MatrixXd scaled = Samples().transpose() * norm.cwiseInverse().asDiagonal();
  const Eigen::Index rank = Eigen::ColPivHouseholderQR<Eigen::MatrixXd>(scaled).rank();
  if (rank < scaled.cols()) {
    throw std::domain_error(fmt::format(
        "no unique minimizer (the {}x{} data matrix has rank {}) drop columns or use --ridge",
        scaled.rows(), scaled.cols(), rank));
  }
}

/// Samples whose own class is strictly the most probable.
Eigen::Index SoftmaxLoss::NumCorrect(const Eigen::VectorXd& x) const {
  const Eigen::MatrixXd logits = Logits(x);
  Eigen::Index correct = 0;
  for (Eigen::Index i = 0; i < logits.cols(); ++i) {
    // The reference class has logit 0: the own one's if no other is marked.
    const bool is_reference = Targets().col(i).maxCoeff() == 0;
    double own = 0;
    double rival = is_reference ? -std::numeric_limits<double>::infinity() : 0;
    for (Eigen::Index k = 0; k < Outputs(); ++k) {
      if (Targets()(k, i) == 1) {
        own = logits(k, i);
      } else {
        rival = std::max(rival, logits(k, i));
      }
    }
    if (own > rival) ++correct;
  }
  return correct;
}

std::optional<double> SoftmaxLoss::Accuracy(const Eigen::VectorXd& x) const {
  return static_cast<double>(NumCorrect(x)) / static_cast<double>(NumSamples());
}

Eigen::VectorXd SoftmaxLoss::Minimizer() const {
  constexpr Eigen::Index kLargestDense = 1200;
  return Minimizer(kLargestDense);
}

Eigen::VectorXd SoftmaxLoss::Minimizer(Eigen::Index largest_dense) const {
  constexpr int kMostSteps = 200;
  const bool ridged = Ridge() > 0;
  if (!ridged) RequireFullRank();
  Eigen::VectorXd x = Eigen::VectorXd::Zero(Dimension());
  const double first_norm = Gradient(x).norm();
  // At a minimum Newton's steps shrink. Where classes are quasi-separable x runs off instead: the
  // decrement vanishes as well, but every step still moves some logit by about 1.
  NewtonDirection last;
  double logit_change = 0;
  for (int i = 0; i < kMostSteps; ++i) {
    const Eigen::VectorXd gradient = Gradient(x);
    if (gradient.norm() == 0) return x;
    const double tolerance = std::clamp(std::sqrt(gradient.norm() / first_norm), 1e-4, 1e-1);
    last = Dimension() <= largest_dense
               ? DenseDirection(Hessian(x), gradient)
               : TruncatedDirection(HessianOperator(x), HessianDiagonal(x), gradient, tolerance);
    logit_change = Logits(last.step).cwiseAbs().maxCoeff();
    if (!std::isfinite(last.decrement) || !(last.decrement > 0)) break;
    const bool moved = LineSearch(*this, last, x);
    // All correct certifies separation: without ridge F then falls along x for ever.
    if (!ridged && NumCorrect(x) == NumSamples()) ThrowSeparableClasses();
    if (!moved || logit_change < 1e-11) break;
    if (!ridged && last.decrement < 1e-12 && logit_change > 0.1) ThrowSeparableClasses();
  }
  if (!(logit_change < 1e-6)) {
    throw std::domain_error(
        fmt::format("no minimizer found (Newton's method stopped at decrement {:.3g}) use a larger "
                    "--ridge or --standardize",
                    last.decrement));
  }
  return x;
}

}  // namespace adamsde
