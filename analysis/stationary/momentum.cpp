#include "analysis/stationary/momentum.h"

#include <fmt/format.h>

#include <Eigen/LU>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace adamsde {
namespace {

bool Decoupled(const Hyperparameters& hyper) { return hyper.optimizer == OptimizerKind::kAdamW; }

/// ηβ₁·(fastest curvature) and the limit that it must stay below.
struct MomentumLimit {
  double value;
  double limit;
};

MomentumLimit FindMomentumLimit(const ModalSystem& system) {
  const Hyperparameters& hyper = system.hyper;
  const double decay = Decoupled(hyper) ? hyper.learning_rate * hyper.weight_decay : 0.0;
  return {.value = hyper.learning_rate * hyper.beta1 * system.curvatures(system.Dimension() - 1),
          .limit = (2 - hyper.beta1) * (2 - decay)};
}

void RequireStableMomentum(const ModalSystem& system) {
  RequireStationary(system);
  const auto [value, limit] = FindMomentumLimit(system);
  if (!(value < limit)) {
    throw std::domain_error(
        fmt::format("momentum is unstable (learning-rate*beta1*curvature = {:.6g}, must be < "
                    "{:.6g}) use a smaller --learning-rate",
                    value, limit));
  }
}

/// P in P = f_i P f_jᵀ + g gᵀ. With f = I + e the equation is
/// e_i P + P e_jᵀ + e_i P e_jᵀ = −g gᵀ: no cancellation against I for slow modes, which are why
/// precision is extended and no pivot counts as zero.
Eigen::Matrix2d SolvePair(const MomentumBlock& a, const MomentumBlock& b) {
  using Matrix4 = Eigen::Matrix<long double, 4, 4>;
  using Vector4 = Eigen::Matrix<long double, 4, 1>;
  Matrix4 system;
  Vector4 right;
  for (int row = 0; row < 4; ++row) {
    const int r = row / 2;
    const int s = row % 2;
    right(row) = -static_cast<long double>(a.drive(r)) * b.drive(s);
    for (int column = 0; column < 4; ++column) {
      const int p = column / 2;
      const int q = column % 2;
      const long double er = a.increment(r, p);
      const long double es = b.increment(s, q);
      system(row, column) = er * (s == q) + es * (r == p) + er * es;
    }
  }
  const Vector4 solution = system.partialPivLu().solve(right);
  Eigen::Matrix2d p;
  p << static_cast<double>(solution(0)), static_cast<double>(solution(1)),
      static_cast<double>(solution(2)), static_cast<double>(solution(3));
  return p;
}

MomentumBlock BlockOf(const Hyperparameters& hyper, double curvature) {
  const double eta = hyper.learning_rate;
  const double beta = hyper.beta1;
  const double decay = Decoupled(hyper) ? eta * hyper.weight_decay : 0.0;
  MomentumBlock block;
  const double pull = eta * beta * curvature;
  block.increment << -decay - pull, -(1 - beta), pull, -beta;
  block.drive << -eta * beta, eta * beta;
  return block;
}

/// d log factor_ii/ds_i by a difference towards smaller curvature, where all is stable: a share of
/// the way to the nearer of rest and instability.
double SlopeOfResponse(const ModalSystem& system, Eigen::Index mode, double factor) {
  const auto [value, limit] = FindMomentumLimit(system);
  const double step = 1e-5 * system.rates(mode) * (1 - value / limit);
  const MomentumBlock below = BlockOf(system.hyper, system.curvatures(mode) - step);
  const double lower = SolvePair(below, below)(0, 0) / system.hyper.learning_rate;
  return std::log(factor / lower) / step;
}

std::vector<MomentumBlock> AllBlocks(const ModalSystem& system) {
  std::vector<MomentumBlock> blocks;
  for (Eigen::Index i = 0; i < system.Dimension(); ++i) {
    blocks.push_back(MakeMomentumBlock(system, i));
  }
  return blocks;
}

}  // namespace

MomentumBlock MakeMomentumBlock(const ModalSystem& system, Eigen::Index mode) {
  return BlockOf(system.hyper, system.curvatures(mode));
}

bool MomentumIsStable(const ModalSystem& system) {
  const auto [value, limit] = FindMomentumLimit(system);
  return system.rates(0) > 0 && value < limit;
}

ModalResponse MomentumResponse(const ModalSystem& system) {
  RequireStableMomentum(system);
  const Eigen::Index d = system.Dimension();
  const double eta = system.hyper.learning_rate;
  const std::vector<MomentumBlock> blocks = AllBlocks(system);
  const auto solve = [&](Eigen::Index i, Eigen::Index j) {
    return SolvePair(blocks[static_cast<std::size_t>(i)], blocks[static_cast<std::size_t>(j)])(0,
                                                                                               0) /
           eta;
  };
  ModalResponse response{.factor = Eigen::MatrixXd::Zero(d, d), .slope = Eigen::VectorXd(d)};
  for (Eigen::Index j = 0; j < d; ++j) {
    for (Eigen::Index i = system.noise_is_diagonal ? j : 0; i <= j; ++i) {
      response.factor(i, j) = response.factor(j, i) = solve(i, j);
    }
    response.slope(j) = SlopeOfResponse(system, j, response.factor(j, j));
  }
  return response;
}

PhaseLaw MomentumPhaseLaw(const ModalSystem& system, const Eigen::VectorXd& q) {
  RequireStableMomentum(system);
  const Eigen::Index d = system.Dimension();
  const double eta = system.hyper.learning_rate;
  const std::vector<MomentumBlock> blocks = AllBlocks(system);
  Eigen::MatrixXd position = Eigen::MatrixXd::Zero(d, d);
  Eigen::MatrixXd cross = position;  // of u_i and m̂_j
  Eigen::MatrixXd moment = position;
  for (Eigen::Index j = 0; j < d; ++j) {
    for (Eigen::Index i = 0; i <= j; ++i) {
      const double noise = system.noise(i, j) / eta;
      if (noise == 0) continue;
      const Eigen::Matrix2d p = noise * SolvePair(blocks[static_cast<std::size_t>(i)],
                                                  blocks[static_cast<std::size_t>(j)]);
      position(i, j) = position(j, i) = p(0, 0);
      cross(i, j) = p(0, 1) / eta;
      cross(j, i) = p(1, 0) / eta;
      moment(i, j) = moment(j, i) = p(1, 1) / (eta * eta);
    }
  }
  // x − c = X u and m = X⁻ᵀ m̂ with X = Q^½V.
  const Eigen::MatrixXd& x = system.from_modal;
  const Eigen::MatrixXd& inverse = system.to_modal;
  PhaseLaw law{.mean = Eigen::VectorXd::Zero(2 * d), .covariance = Eigen::MatrixXd(2 * d, 2 * d)};
  law.mean.head(d) = system.center;
  if (Decoupled(system.hyper)) {
    law.mean.tail(d) = -system.hyper.weight_decay * system.center.cwiseQuotient(q);
  }
  Eigen::MatrixXd& c = law.covariance;
  c.topLeftCorner(d, d) = x * position * x.transpose();
  c.topRightCorner(d, d) = x * cross * inverse;
  c.bottomLeftCorner(d, d) = c.topRightCorner(d, d).transpose();
  c.bottomRightCorner(d, d) = inverse.transpose() * moment * inverse;
  c = (0.5 * (c + c.transpose())).eval();
  return law;
}

}  // namespace adamsde
