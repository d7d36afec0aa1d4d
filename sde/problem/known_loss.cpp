#include "sde/problem/known_loss.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sde/problem/hyperparameters.h"
#include "sde/problem/least_squares.h"
#include "sde/problem/separable_kernel.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

using Tile = Eigen::Map<const Eigen::MatrixXd>;
using MutableTile = Eigen::Map<Eigen::MatrixXd>;

void RequireDimension(Eigen::Index dimension) {
  if (dimension < 1) {
    throw std::invalid_argument(
        fmt::format("dimension = {} is not allowed (must be >= 1)", dimension));
  }
}

class SaturatingLoss final : public KnownLoss {
 public:
  SaturatingLoss(Eigen::Index dimension, double scale, double center)
      : KnownLoss(Eigen::VectorXd::Constant(dimension, center),
                  {.smoothness = 2 * scale,
                   .gradient_bound = scale * 3 * std::sqrt(3.0) / 8,
                   .pl_constant = {},
                   .radius = {}}),
        scale_(scale),
        center_(center) {}

  void Evaluate(std::ptrdiff_t n, const double* x, double* gradient, double* gap) const override {
    std::fill(gap, gap + n, 0.0);
    for (Eigen::Index c = 0; c < Dimension(); ++c) {
      AddSaturating(scale_, center_, n, x + c * n, gradient + c * n, gap);
    }
  }

 private:
  double scale_;
  double center_;
};

/// sup |2x + 3 sin 2x| over |x| ≤ radius: at the end, or where F'' = 2 + 6 cos 2x vanishes.
double SineQuadraticGradientBound(double radius) {
  const auto slope = [](double x) { return std::abs(2 * x + 3 * std::sin(2 * x)); };
  double bound = slope(radius);
  const double pi = std::acos(-1.0);
  const double first = std::acos(-1.0 / 3) / 2;
  for (double period = 0; period <= radius; period += pi) {
    for (const double x : {period + first, period + pi - first}) {
      if (x <= radius) bound = std::max(bound, slope(x));
    }
  }
  return bound;
}

class SineQuadraticLoss final : public KnownLoss {
 public:
  SineQuadraticLoss(Eigen::Index dimension, double radius)
      : KnownLoss(Eigen::VectorXd::Zero(dimension),
                  {.smoothness = 8,
                   .gradient_bound = SineQuadraticGradientBound(radius),
                   .pl_constant = kSineQuadraticPl,
                   .radius = radius,
                   .pl_with_decay = true}) {}

  void Evaluate(std::ptrdiff_t n, const double* x, double* gradient, double* gap) const override {
    std::fill(gap, gap + n, 0.0);
    for (Eigen::Index c = 0; c < Dimension(); ++c) {
      AddSineQuadratic(n, x + c * n, gradient + c * n, gap);
    }
  }
};

class KnownQuadratic final : public KnownLoss {
 public:
  KnownQuadratic(Eigen::MatrixXd h, Eigen::VectorXd minimizer, const LossConstants& constants)
      : KnownLoss(std::move(minimizer), constants), h_(std::move(h)) {}

  void Evaluate(std::ptrdiff_t n, const double* x, double* gradient, double* gap) const override {
    const Eigen::MatrixXd from_minimizer =
        Tile(x, n, Dimension()).rowwise() - Minimizer().transpose();
    MutableTile g(gradient, n, Dimension());
    g.noalias() = from_minimizer * h_;
    Eigen::Map<Eigen::VectorXd>(gap, n) = 0.5 * g.cwiseProduct(from_minimizer).rowwise().sum();
  }

 private:
  Eigen::MatrixXd h_;
};

class KnownLogistic final : public KnownLoss {
 public:
  KnownLogistic(std::unique_ptr<SampledLoss> loss, const Eigen::VectorXd& minimizer,
                const LossConstants& constants)
      : KnownLoss(minimizer, constants),
        loss_(std::move(loss)),
        minimum_(loss_->Value(minimizer)) {}

  void Evaluate(std::ptrdiff_t n, const double* x, double* gradient, double* gap) const override {
    for (std::ptrdiff_t i = 0; i < n; ++i) {
      const Eigen::VectorXd at = Tile(x, n, Dimension()).row(i);
      MutableTile(gradient, n, Dimension()).row(i) = loss_->Gradient(at);
      gap[i] = loss_->Value(at) - minimum_;
    }
  }

 private:
  std::unique_ptr<SampledLoss> loss_;
  double minimum_;
};

}  // namespace

std::unique_ptr<KnownLoss> MakeScalarLeastSquare(double a, double mean, double radius) {
  if (!(std::isfinite(a) && a != 0 && std::isfinite(mean))) {
    throw std::invalid_argument("the least-square problem needs a finite slope a != 0 and mean");
  }
  const Eigen::MatrixXd h = Eigen::MatrixXd::Constant(1, 1, a * a);
  return MakeKnownQuadratic(h, Eigen::VectorXd::Constant(1, a * mean), radius);
}

std::unique_ptr<KnownLoss> MakeSaturatingLoss(Eigen::Index dimension, double scale, double center) {
  RequireDimension(dimension);
  RequirePositive("loss-scale", scale);
  return std::make_unique<SaturatingLoss>(dimension, scale, center);
}

std::unique_ptr<KnownLoss> MakeSineQuadraticLoss(Eigen::Index dimension, double radius) {
  RequireDimension(dimension);
  RequirePositive("radius", radius);
  return std::make_unique<SineQuadraticLoss>(dimension, radius);
}

std::unique_ptr<KnownLoss> MakeKnownQuadratic(const Eigen::MatrixXd& h, const Eigen::VectorXd& rhs,
                                              double radius) {
  RequirePositive("radius", radius);
  const SymmetricEigen eigen = DecomposeSymmetric(h);
  const double largest = eigen.values.maxCoeff();
  if (!(largest > 0)) throw std::domain_error("the loss is constant (its hessian is zero)");
  double least = largest;
  Eigen::VectorXd minimizer = Eigen::VectorXd::Zero(rhs.size());
  for (Eigen::Index i = 0; i < rhs.size(); ++i) {
    if (eigen.values(i) <= 1e-12 * largest) continue;
    least = std::min(least, eigen.values(i));
    minimizer += eigen.vectors.col(i) * (eigen.vectors.col(i).dot(rhs) / eigen.values(i));
  }
  const bool definite = eigen.values(0) > 1e-12 * largest;
  const Eigen::VectorXd reach = h.cwiseAbs().rowwise().sum() * radius + (h * minimizer).cwiseAbs();
  return std::make_unique<KnownQuadratic>(
      h, minimizer,
      LossConstants{.smoothness = largest,
                    .gradient_bound = reach.maxCoeff(),
                    .pl_constant = least,
                    .radius = radius,
                    .pl_with_decay = definite && minimizer.isZero(0)});
}

std::unique_ptr<KnownLoss> MakeRankDeficientLeastSquares(double radius) {
  Eigen::MatrixXd features(4, 3);
  features << 1, 1, 0, 0, 1, 1, 1, 2, 1, 1, 0, -1;
  Eigen::VectorXd targets(4);
  targets << 1, -1, 0.5, 2;
  const LeastSquaresLoss loss(features, targets, 0);
  const Eigen::VectorXd zero = Eigen::VectorXd::Zero(3);
  return MakeKnownQuadratic(loss.Hessian(zero), -loss.Gradient(zero), radius);
}

std::unique_ptr<KnownLoss> MakeKnownLogistic(std::unique_ptr<SampledLoss> logistic, double ridge,
                                             double radius) {
  RequirePositive("radius", radius);
  const Eigen::VectorXd zero = Eigen::VectorXd::Zero(logistic->Dimension());
  // At 0 every probability is ½: the hessian is largest, and a sample's gradient is ±½ of its row.
  const auto n = static_cast<double>(logistic->NumSamples());
  const double reach =
      (2 * logistic->SampleGradients(zero).cwiseAbs().colwise().sum() / n).maxCoeff();
  LossConstants constants{
      .smoothness = DecomposeSymmetric(logistic->Hessian(zero)).values.maxCoeff(),
      .gradient_bound = reach + ridge * radius,
      .pl_constant = {},
      .radius = {}};
  if (ridge > 0) {
    constants.pl_constant = ridge;
    constants.radius = radius;
  }
  const Eigen::VectorXd minimizer = logistic->Minimizer();
  return std::make_unique<KnownLogistic>(std::move(logistic), minimizer, constants);
}

}  // namespace adamsde
