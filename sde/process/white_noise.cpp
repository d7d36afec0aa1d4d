#include "sde/process/white_noise.h"

#include <Eigen/LU>
#include <utility>

namespace adamsde {
namespace {

constexpr double kMostCondition = 1e3;

/// L⁻¹, or nothing for an L that is not square or has a row of zeros.
std::optional<Eigen::MatrixXd> Inverse(const Eigen::MatrixXd& l, const Eigen::VectorXd& scale) {
  const Eigen::Index d = l.rows();
  if (l.cols() != d || !(scale.minCoeff() > 0)) return std::nullopt;
  if (l.isLowerTriangular(0)) {
    Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(d, d);
    l.triangularView<Eigen::Lower>().solveInPlace(inverse);
    return inverse;
  }
  return l.partialPivLu().inverse();
}

/// ‖X‖₂ from below, by power iteration: close enough to judge an order of magnitude.
double SpectralNorm(const Eigen::MatrixXd& x) {
  Eigen::VectorXd v = Eigen::VectorXd::LinSpaced(x.cols(), 1, 2).normalized();
  double norm = 0;
  for (int i = 0; i < 20; ++i) {
    const Eigen::VectorXd image = x * v;
    norm = image.norm();
    v = (x.transpose() * image).normalized();
  }
  return norm;
}

}  // namespace

std::optional<WhiteKernel> WhitenNoise(const GaussianKernel& kernel) {
  const Eigen::MatrixXd& l = kernel.noise;
  const Eigen::VectorXd scale = l.rowwise().norm();
  const std::optional<Eigen::MatrixXd> inverse = Inverse(l, scale);
  if (!inverse) return std::nullopt;
  const double condition = SpectralNorm(scale.cwiseInverse().asDiagonal() * l) *
                           SpectralNorm(*inverse * scale.asDiagonal());
  if (!(condition <= kMostCondition)) return std::nullopt;
  // Triangles cost half, where they are.
  Eigen::MatrixXd increment;
  if (l.isLowerTriangular(0)) {
    increment = kernel.increment * l.triangularView<Eigen::Lower>();
    l.triangularView<Eigen::Lower>().solveInPlace(increment);
  } else {
    increment = *inverse * (kernel.increment * l);
  }
  return WhiteKernel{.kernel = {.increment = std::move(increment),
                                .noise = Eigen::MatrixXd::Identity(l.rows(), l.rows())},
                     .coordinates = {.to = *inverse, .from = l}};
}

}  // namespace adamsde
