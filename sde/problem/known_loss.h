#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "sde/problem/loss.h"

namespace adamsde {

/// What the convergence theorems (THEORY §5) ask of a loss, stated with it and tested by
/// independent maximization. The noise of the gradient is not in it.
struct LossConstants {
  double smoothness = 0;              ///< L: ‖∇F(x) − ∇F(y)‖ ≤ L‖x − y‖
  double gradient_bound = 0;          ///< sup |∂ᵢF(x)|
  std::optional<double> pl_constant;  ///< μ: ‖∇F‖² ≥ 2μ(F − F*), where it is known and > 0
  /// The region |xᵢ| ≤ radius on which gradient_bound (and μ) hold; nothing: everywhere.
  std::optional<double> radius;
  /// F + ½Σ cᵢxᵢ² is μ-PŁ with the same minimum for every c ≥ 0.
  bool pl_with_decay = false;
};

/// A loss with known constants, evaluated for a tile of runs at once.
class KnownLoss {
 public:
  KnownLoss(Eigen::VectorXd minimizer, const LossConstants& constants)
      : minimizer_(std::move(minimizer)), constants_(constants) {}
  virtual ~KnownLoss() = default;

  [[nodiscard]] Eigen::Index Dimension() const { return minimizer_.size(); }
  [[nodiscard]] const LossConstants& Constants() const { return constants_; }
  /// One minimizer (the least one where there are several).
  [[nodiscard]] const Eigen::VectorXd& Minimizer() const { return minimizer_; }

  /// The gradient at n points and F − F* there.
  /// @param x, gradient  column-major n×d tiles, point fastest
  /// @param gap          n
  virtual void Evaluate(std::ptrdiff_t n, const double* x, double* gradient, double* gap) const = 0;

 private:
  Eigen::VectorXd minimizer_;
  LossConstants constants_;
};

/// The least-square problem (3): F(x) = ½E(ax − ξ)², ξ ~ N(mean, 1). One sample's gradient is
/// ∇F + N(0, a²): Gaussian noise of scale a. L = μ = a²; the gradient is bounded on |x| ≤ radius.
/// @throws std::invalid_argument  a = 0, radius ≤ 0 or not finite.
[[nodiscard]] std::unique_ptr<KnownLoss> MakeScalarLeastSquare(double a, double mean,
                                                               double radius);

/// F(x) = s Σ (xᵢ−c)²/(1+(xᵢ−c)²), not convex: L = 2s, |∂ᵢF| ≤ s·3√3/8 everywhere.
/// @throws std::invalid_argument  d < 1, s ≤ 0.
[[nodiscard]] std::unique_ptr<KnownLoss> MakeSaturatingLoss(Eigen::Index dimension, double scale,
                                                            double center);

/// The sharp μ of x² + 3 sin² x, attained at x = 2.2017 (the textbook constant is 1/32).
inline constexpr double kSineQuadraticPl = 0.175530985;

/// F(x) = Σ xᵢ² + 3 sin² xᵢ, PŁ and not convex: L = 8, μ = kSineQuadraticPl; F' is bounded on
/// |xᵢ| ≤ radius. x F'(x) ≥ ½μx², so that F + ½c x² is μ-PŁ for every c ≥ 0 too.
/// @throws std::invalid_argument  d < 1, radius ≤ 0.
[[nodiscard]] std::unique_ptr<KnownLoss> MakeSineQuadraticLoss(Eigen::Index dimension,
                                                               double radius);

/// The quadratic ½(x−x*)ᵀH(x−x*) of a least-squares loss, x* of least norm where H is singular:
/// L = the largest eigenvalue, μ = the least positive one (relative to 1e-12).
/// @param h    symmetric PSD
/// @param rhs  H x* = rhs is solvable
/// @throws std::domain_error  H = 0.
[[nodiscard]] std::unique_ptr<KnownLoss> MakeKnownQuadratic(const Eigen::MatrixXd& h,
                                                            const Eigen::VectorXd& rhs,
                                                            double radius);

/// Least squares on four rows of rank 2 in three dimensions: PŁ, not strongly convex.
[[nodiscard]] std::unique_ptr<KnownLoss> MakeRankDeficientLeastSquares(double radius);

/// Logistic regression: L = λ_max of the hessian at 0, λ_max(AᵀA)/4n + r; |∂ⱼF| ≤ (1/n)Σ|aᵢⱼ| +
/// r·radius; μ = r where r > 0.
/// @param logistic  a LogisticLoss
/// @param ridge     r, its own
/// @throws std::domain_error  no minimizer.
[[nodiscard]] std::unique_ptr<KnownLoss> MakeKnownLogistic(std::unique_ptr<SampledLoss> logistic,
                                                           double ridge, double radius);

}  // namespace adamsde
