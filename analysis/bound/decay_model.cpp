#include "analysis/bound/decay_model.h"

#include <fmt/format.h>
#include <lapacke.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "analysis/bound/decay_sums.h"
#include "analysis/stationary/errors.h"
#include "sde/ensemble/exception_carrier.h"

namespace adamsde {
namespace {

constexpr const char* kInfinite =
    "infinite KL at weight-decay {:.6g} (the posterior covariance is singular) drop the directions "
    "without curvature, add --ridge, or use --range-only";

/// The padded copy of a per-mode array.
Eigen::ArrayXd Padded(const Eigen::ArrayXd& values, double fill) {
  const Eigen::Index width = kSumWidth;
  const Eigen::Index size = (values.size() + width - 1) / width * width;
  Eigen::ArrayXd padded = Eigen::ArrayXd::Constant(size, fill);
  padded.head(values.size()) = values;
  return padded;
}

bool IsDiagonal(const Eigen::MatrixXd& b) {
  Eigen::MatrixXd off = b;
  off.diagonal().setZero();
  return off.cwiseAbs().maxCoeff() <= 64 * kEps * b.cwiseAbs().maxCoeff();
}

bool IsMultipleOfIdentity(const Eigen::VectorXd& p) {
  return p.maxCoeff() - p.minCoeff() <= 64 * kEps * p.maxCoeff();
}

/// Leaves out the modes without curvature: M has no variance there when C = H/b.
void KeepCurved(ModalSystem& system) {
  const Eigen::Index rank = (system.curvatures.array() > 0).count();
  system.curvatures = system.curvatures.tail(rank).eval();
  system.rates = system.rates.tail(rank).eval();
  system.from_modal = system.from_modal.rightCols(rank).eval();
  system.to_modal = system.to_modal.bottomRows(rank).eval();
  system.noise = system.noise.bottomRightCorner(rank, rank).eval();
}

/// Inverse of a symmetric positive definite matrix of unit diagonal, and its log det; nothing where
/// it is singular to rounding.
struct Inverse {
  Eigen::MatrixXd values;
  double log_det = 0;
};
std::optional<Inverse> FactorCorrelation(Eigen::MatrixXd x, bool invert) {
  const auto n = static_cast<lapack_int>(x.rows());
  if (LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'L', n, x.data(), n) != 0) return std::nullopt;
  const Eigen::ArrayXd pivots = x.diagonal().array().square();
  if (!(pivots.minCoeff() > static_cast<double>(n) * kEps)) return std::nullopt;
  Inverse result{.values = {}, .log_det = pivots.log().sum()};
  if (!invert) return result;
  if (LAPACKE_dpotri(LAPACK_COL_MAJOR, 'L', n, x.data(), n) != 0) return std::nullopt;
  result.values = x.selfadjointView<Eigen::Lower>();
  return result;
}

}  // namespace

void DecayModel::SetModes(const Eigen::VectorXd& s, const Eigen::VectorXd& p) {
  s_ = Padded(s, 1);
  p_ = Padded(p, 0);
  inverse_s_ = (s_ > 0).select(s_.inverse(), 0);
  largest_inverse_s_p_ = (inverse_s_ * p_).maxCoeff();
  smallest_scale_ = largest_inverse_s_p_ > 0 ? 1 / largest_inverse_s_p_ : 1;
  eigenvalue_error_ = 8 * kEps * s.maxCoeff();
}

void DecayModel::SetDiagonalNoise(const Eigen::VectorXd& g, double base_log_det) {
  const Eigen::Index d = g.size();
  const Eigen::ArrayXd terms = (g.array() * inverse_s_.head(d)).log();
  if (multiplicity_.size() > 0) {
    log_det_at_zero_ = base_log_det + (terms * multiplicity_.head(d)).sum();
    log_det_size_ = std::abs(base_log_det) + (terms * multiplicity_.head(d)).abs().sum();
  } else {
    log_det_at_zero_ = base_log_det + terms.sum();
    log_det_size_ = std::abs(base_log_det) + terms.abs().sum();
  }
}

std::optional<DecayModel> DecayModel::FromProblem(const QuadraticProblem& problem,
                                                  const Hyperparameters& hyper,
                                                  const Preconditioner& preconditioner,
                                                  PosteriorMean mean, bool range_only) {
  Hyperparameters zero = hyper;
  zero.weight_decay = 0;
  ModalSystem system = MakeModalSystem(problem, zero, preconditioner);
  DecayModel model;
  double base_log_det = system.preconditioner_log_det;
  const bool singular = system.noise_is_diagonal && !(system.curvatures(0) > 0);
  // ℓ2-Adam's M is generally nonsingular even where H is singular.
  if (singular && hyper.optimizer == OptimizerKind::kL2Adam) return std::nullopt;
  if (singular) {
    if (!range_only) throw std::domain_error(fmt::format(fmt::runtime(kInfinite), 0.0));
    KeepCurved(system);
    if (system.Dimension() == 0) throw std::domain_error("the hessian is zero (no posterior)");
    const Eigen::LDLT<Eigen::MatrixXd> ldlt(system.from_modal.transpose() * system.from_modal);
    base_log_det = ldlt.vectorD().array().log().sum();
  }
  const Eigen::MatrixXd& w = system.from_modal;
  const Eigen::MatrixXd gram = w.transpose() * w;
  Eigen::VectorXd p = Eigen::VectorXd::Ones(system.Dimension());
  if (hyper.optimizer == OptimizerKind::kL2Adam) {
    p = gram.diagonal();
    const bool commutes = IsDiagonal(gram);
    if (!commutes || !(system.noise_is_diagonal || IsMultipleOfIdentity(p))) return std::nullopt;
  }
  model.dimension_ = static_cast<double>(system.Dimension());
  model.restricted_ = system.Dimension() < problem.Dimension();
  model.SetModes(system.curvatures, p);
  const Eigen::ArrayXd g = 0.5 * system.noise.diagonal().array();
  model.trace_weight_ = Padded(gram.diagonal().array() * g, 0);
  model.risk_weight_ = Padded(0.5 * system.curvatures.array() * g, 0);
  if (system.noise_is_diagonal) {
    model.SetDiagonalNoise(g, base_log_det);
  } else {
    model.noise_ = system.noise;
    model.trace_noise_ = system.noise.cwiseProduct(gram);
    model.base_log_det_ = base_log_det;
  }
  const Eigen::ArrayXd z_square = (system.to_modal * problem.minimizer).array().square();
  const bool moves = mean == PosteriorMean::kStationary;
  model.mean_moves_ = moves;
  model.fixed_mean_square_ = problem.minimizer.squaredNorm();
  model.pull_weight_ = Padded(0.5 * system.curvatures.array() * z_square * (moves ? 1.0 : 0.0), 0);
  model.pull_at_zero_ = model.pull_weight_.sum();
  model.mean_is_diagonal_ = !moves || IsDiagonal(gram);
  if (moves && model.mean_is_diagonal_) {
    model.mean_weight_ = Padded(gram.diagonal().array() * z_square, 0);
  } else if (moves) {
    model.largest_q_ = preconditioner.LargestEigenvalue();  // ‖Q^½V x‖ ≤ √(max q) ‖x‖
    model.reach_weight_ = Padded(z_square, 0);
    model.mean_ = MovingMean(w * (system.to_modal * problem.minimizer).asDiagonal(),
                             system.curvatures.array(), p.array());
  }
  return model;
}

DecayModel DecayModel::FromSpectrum(const Eigen::VectorXd& sigma, const Eigen::VectorXd& weights,
                                    double dimension, const Hyperparameters& hyper) {
  // Q = H^(−½): S = H^½, and Q's eigenvalues are 1/√σ = 1/s.
  const Eigen::ArrayXd s = sigma.array().sqrt();
  const double scale = hyper.learning_rate / (2.0 * static_cast<double>(hyper.batch_size));
  const bool decoupled = hyper.optimizer == OptimizerKind::kAdamW;
  const Eigen::ArrayXd count = dimension * weights.array();
  DecayModel model;
  model.dimension_ = dimension;
  const Eigen::ArrayXd p = decoupled ? Eigen::ArrayXd::Ones(s.size()).eval() : s.inverse().eval();
  model.SetModes(s, p);
  model.multiplicity_ = Padded(count, 0);
  model.trace_weight_ = Padded(Eigen::ArrayXd::Constant(s.size(), scale) * count, 0);
  model.risk_weight_ = Eigen::ArrayXd::Zero(model.s_.size());
  model.pull_weight_ = model.risk_weight_;
  model.SetDiagonalNoise(scale * s, -(count * s.log()).sum());
  model.eigenvalue_error_ = 0;  // the nodes are given
  return model;
}

void DecayModel::AddSums(DecayNode& node, bool with_slopes) const {
  const bool diagonal_noise = noise_.size() == 0;
  const ModeArrays modes{.s = s_,
                         .p = p_,
                         .inverse_s = inverse_s_,
                         .multiplicity = multiplicity_,
                         .trace_weight = trace_weight_,
                         .risk_weight = risk_weight_,
                         .pull_weight = pull_weight_,
                         .mean_weight = mean_weight_,
                         .reach_weight = reach_weight_,
                         .largest_ratio = 1 + node.lambda * largest_inverse_s_p_,
                         .with_log_det = diagonal_noise};
  const ModeSums sums = SumModes(modes, node.lambda, with_slopes);
  node.trace = sums.trace;
  node.trace_slope = sums.trace_slope;
  node.noise_risk = sums.risk;
  node.noise_risk_slope = sums.risk_slope;
  node.bias_risk = sums.bias;
  node.pull = sums.pull;
  node.pull_slope = sums.pull_slope;
  node.pull_square = sums.pull_square;
  node.pull_square_slope = sums.pull_square_slope;
  node.mean_square = mean_moves_ ? sums.mean_square : fixed_mean_square_;
  node.mean_square_slope = sums.mean_square_slope;
  for (std::size_t k = 0; k < 4; ++k) {
    node.mean_reach[k] = std::sqrt(largest_q_ * sums.reach_square[k]);
  }
  if (!diagonal_noise) return;
  node.log_det = log_det_at_zero_ - sums.log_ratio;
  node.log_det_slope = -sums.log_ratio_slope;
  const double units = 8 + static_cast<double>(kSumWidth) / 8 +
                       static_cast<double>(s_.size()) / static_cast<double>(kSumBlock);
  node.rounding = units * kEps * (log_det_size_ + sums.log_ratio + dimension_) +
                  eigenvalue_error_ * sums.log_ratio_sensitivity;
}

void DecayModel::AddDenseNoise(DecayNode& node, bool with_slopes) const {
  const Eigen::Index d = noise_.rows();
  const double decay = 2 * node.lambda * p_(0);
  // N̂_ij = Ĝ_ij/(s_i + s_j + 2λp) and −dN̂/dλ = 2p N̂_ij/(s_i + s_j + 2λp).
  Eigen::MatrixXd inverse_rate(d, d);
  for (Eigen::Index j = 0; j < d; ++j) {
    inverse_rate.col(j) = (s_.head(d) + (s_(j) + decay)).inverse().matrix();
  }
  const Eigen::MatrixXd n = noise_.cwiseProduct(inverse_rate);
  node.trace = trace_noise_.cwiseProduct(inverse_rate).sum();
  const Eigen::ArrayXd diagonal = n.diagonal().array();
  const auto refuse = [&] {
    throw std::domain_error(fmt::format(fmt::runtime(kInfinite), node.lambda));
  };
  if (!(diagonal.minCoeff() > 0)) refuse();
  const Eigen::VectorXd unit = diagonal.rsqrt().matrix();
  const auto factor = FactorCorrelation(unit.asDiagonal() * n * unit.asDiagonal(), with_slopes);
  if (!factor) refuse();
  node.log_det = base_log_det_ + diagonal.log().sum() + factor->log_det;
  if (!with_slopes) return;
  const Eigen::MatrixXd slope = -2 * p_(0) * n.cwiseProduct(inverse_rate);
  node.trace_slope = -2 * p_(0) * trace_noise_.cwiseProduct(inverse_rate.cwiseAbs2()).sum();
  node.log_det_slope =
      factor->values.cwiseProduct(unit.asDiagonal() * slope * unit.asDiagonal()).sum();
  node.rounding = kEps * (static_cast<double>(d) + 1) *
                      (factor->values.trace() + diagonal.log().abs().sum() / 8 + dimension_) +
                  2 * eigenvalue_error_ * std::abs(node.log_det_slope);
}

void DecayModel::AddMeans(std::span<DecayNode> nodes, bool with_slopes) const {
  if (!mean_moves_ || mean_is_diagonal_) return;
  std::vector<double> lambdas;
  for (const DecayNode& node : nodes) lambdas.push_back(node.lambda);
  if (!with_slopes) {
    const std::vector<double> squares = mean_.Squares(lambdas);
    for (std::size_t k = 0; k < nodes.size(); ++k) nodes[k].mean_square = squares[k];
    return;
  }
  const auto derivatives = mean_.WithDerivatives(lambdas);
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    nodes[k].mean_square = derivatives[k].square;
    nodes[k].mean_square_slope = derivatives[k].square_slope;
    nodes[k].mean_norm = derivatives[k].norms;
  }
}

std::vector<DecayNode> DecayModel::Evaluate(std::span<const double> lambdas,
                                            bool with_slopes) const {
  std::vector<DecayNode> nodes(lambdas.size());
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    nodes[k].lambda = lambdas[k];
    if (lambdas[k] == 0 && (restricted_ || !(s_.minCoeff() > 0))) {
      throw std::domain_error(
          "no stationary law at weight-decay 0 (the hessian is singular) use a positive "
          "--lambda-min");
    }
  }
  ExceptionCarrier carrier;
  const auto work = static_cast<Eigen::Index>(nodes.size()) * (s_.size() + noise_.size());
  // Each λ on its own: the same bits for any number of threads.
#pragma omp parallel for schedule(dynamic) if (nodes.size() > 1 && work > 50000)
  for (DecayNode& node : nodes) {
    carrier([&] {
      AddSums(node, with_slopes);
      if (noise_.size() > 0) AddDenseNoise(node, with_slopes);
    });
  }
  carrier.Rethrow();
  AddMeans(nodes, with_slopes);
  return nodes;
}

}  // namespace adamsde
