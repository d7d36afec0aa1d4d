#include "sde/problem/least_squares.h"

#include <fmt/format.h>

#include <Eigen/QR>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace adamsde {

void ValidateData(const Eigen::MatrixXd& features, const Eigen::VectorXd& targets, double ridge) {
  if (features.rows() == 0 || features.cols() == 0) {
    throw std::invalid_argument(fmt::format("dataset is {}x{} (must have rows and columns)",
                                            features.rows(), features.cols()));
  }
  if (features.rows() != targets.size()) {
    throw std::invalid_argument(
        fmt::format("dataset has {} rows and {} targets", features.rows(), targets.size()));
  }
  if (!features.allFinite() || !targets.allFinite()) {
    throw std::invalid_argument("dataset has a non-finite entry (all must be finite)");
  }
  if (!(std::isfinite(ridge) && ridge >= 0)) {
    throw std::invalid_argument(fmt::format("ridge = {} is not allowed (must be >= 0)", ridge));
  }
}

LeastSquaresLoss::LeastSquaresLoss(Eigen::MatrixXd features, Eigen::VectorXd targets, double ridge)
    : features_(std::move(features)), targets_(std::move(targets)), ridge_(ridge) {
  ValidateData(features_, targets_, ridge_);
}

double LeastSquaresLoss::Value(const Eigen::VectorXd& x) const {
  const auto n = static_cast<double>(NumSamples());
  return (features_ * x - targets_).squaredNorm() / (2 * n) + 0.5 * ridge_ * x.squaredNorm();
}

Eigen::VectorXd LeastSquaresLoss::Gradient(const Eigen::VectorXd& x) const {
  const auto n = static_cast<double>(NumSamples());
  return features_.transpose() * (features_ * x - targets_) / n + ridge_ * x;
}

Eigen::MatrixXd LeastSquaresLoss::Hessian(const Eigen::VectorXd& /*x*/) const {
  Eigen::MatrixXd h = features_.transpose() * features_ / static_cast<double>(NumSamples());
  h.diagonal().array() += ridge_;
  return 0.5 * (h + h.transpose());
}

Eigen::MatrixXd LeastSquaresLoss::SampleGradients(const Eigen::VectorXd& x) const {
  Eigen::MatrixXd g = (features_ * x - targets_).asDiagonal() * features_;
  g.rowwise() += ridge_ * x.transpose();
  return g;
}

Eigen::VectorXd LeastSquaresLoss::Minimizer() const {
  const Eigen::Index n = NumSamples();
  const Eigen::Index d = Dimension();
  // Ridge as d more rows √(nr) I: still no normal equations.
  const Eigen::Index extra = ridge_ > 0 ? d : 0;
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n + extra, d);
  Eigen::VectorXd y = Eigen::VectorXd::Zero(n + extra);
  a.topRows(n) = features_;
  y.head(n) = targets_;
  a.bottomRows(extra).diagonal().setConstant(std::sqrt(static_cast<double>(n) * ridge_));
  Eigen::VectorXd scale = a.colwise().norm().transpose();
  scale = (scale.array() > 0).select(scale, 1.0);
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(a * scale.cwiseInverse().asDiagonal());
  if (qr.rank() < d) {
    throw std::domain_error(fmt::format(
        "no unique minimizer (the {}x{} data matrix has rank {}) drop columns or use --ridge", n, d,
        qr.rank()));
  }
  Eigen::VectorXd x = scale.cwiseInverse().cwiseProduct(qr.solve(y));
  using Extended = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  const Extended extended = a.cast<long double>();
  for (int refinement = 0; refinement < 2; ++refinement) {
    const Eigen::VectorXd residual =
        (y.cast<long double>() - extended * x.cast<long double>()).cast<double>();
    x += scale.cwiseInverse().cwiseProduct(qr.solve(residual));
  }
  return x;
}

}  // namespace adamsde
