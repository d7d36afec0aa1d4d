#include "sde/problem/least_squares.h"

#include <fmt/format.h>

#include <Eigen/QR>
#include <cmath>
#include <stdexcept>

namespace adamsde {

LeastSquaresLoss::LeastSquaresLoss(const Eigen::MatrixXd& features, const Eigen::VectorXd& targets,
                                   double ridge)
    : LinearModelLoss(features, targets.transpose(), ridge) {}

double LeastSquaresLoss::SampleValue(const double* z, const double* y) const {
  return 0.5 * (*z - *y) * (*z - *y);
}

void LeastSquaresLoss::ToMean(double* /*z*/) const {}

void LeastSquaresLoss::CurvatureTimes(const double* /*mean*/, double* /*v*/) const {}

Eigen::VectorXd LeastSquaresLoss::Minimizer() const {
  const Eigen::Index n = NumSamples();
  const Eigen::Index d = Dimension();
  // Ridge as d more rows √(nr) I: still no normal equations.
  const Eigen::Index extra = Ridge() > 0 ? d : 0;
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n + extra, d);
  Eigen::VectorXd y = Eigen::VectorXd::Zero(n + extra);
  a.topRows(n) = Samples().transpose();
  y.head(n) = Targets().transpose();
  a.bottomRows(extra).diagonal().setConstant(std::sqrt(static_cast<double>(n) * Ridge()));
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
