#include "sde/problem/linear_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace adamsde {
namespace {

/// Samples per tile: a tile of outputs and one of features stay in cache.
constexpr Eigen::Index kTile = 256;

using WeightsView = Eigen::Map<const Eigen::MatrixXd>;

void ValidateData(const Eigen::MatrixXd& features, const Eigen::MatrixXd& targets, double ridge) {
  if (features.rows() == 0 || features.cols() == 0) {
    throw std::invalid_argument(fmt::format("dataset is {}x{} (must have rows and columns)",
                                            features.rows(), features.cols()));
  }
  if (features.rows() != targets.cols()) {
    throw std::invalid_argument(
        fmt::format("dataset has {} rows and {} targets", features.rows(), targets.cols()));
  }
  if (!features.allFinite() || !targets.allFinite()) {
    throw std::invalid_argument("dataset has a non-finite entry (all must be finite)");
  }
  if (!(std::isfinite(ridge) && ridge >= 0)) {
    throw std::invalid_argument(fmt::format("ridge = {} is not allowed (must be >= 0)", ridge));
  }
}

/// A tile of columns side by side, for matrix products.
void Gather(const Eigen::MatrixXd& columns, std::span<const Eigen::Index> chosen,
            Eigen::MatrixXd& tile) {
  tile.resize(columns.rows(), static_cast<Eigen::Index>(chosen.size()));
  for (Eigen::Index i = 0; i < tile.cols(); ++i) {
    tile.col(i) = columns.col(chosen[static_cast<std::size_t>(i)]);
  }
}

/// Calls `use` on the rows, a tile at a time.
template <typename Use>
void ForEachTile(std::span<const Eigen::Index> rows, const Use& use) {
  for (std::size_t first = 0; first < rows.size(); first += kTile) {
    use(rows.subspan(first, std::min<std::size_t>(kTile, rows.size() - first)));
  }
}

/// ∇f_i = a_i (μ_i − y_i)ᵀ + r x with the residuals known.
class LinearModelPoint final : public PointGradients {
 public:
  LinearModelPoint(const Eigen::MatrixXd& samples, Eigen::MatrixXd residuals, Eigen::VectorXd decay)
      : samples_(samples), residuals_(std::move(residuals)), decay_(std::move(decay)) {}

  void Batch(std::span<const Eigen::Index> rows,
             Eigen::Ref<Eigen::VectorXd> gradient) const override {
    const double scale = 1 / static_cast<double>(rows.size());
    gradient = decay_;
    if (residuals_.rows() == 1) {
      for (const Eigen::Index i : rows) gradient += (scale * residuals_(0, i)) * samples_.col(i);
      return;
    }
    thread_local Eigen::MatrixXd samples;
    thread_local Eigen::MatrixXd residuals;
    Eigen::Map<Eigen::MatrixXd> sum(gradient.data(), samples_.rows(), residuals_.rows());
    ForEachTile(rows, [&](std::span<const Eigen::Index> tile) {
      Gather(samples_, tile, samples);
      Gather(residuals_, tile, residuals);
      sum.noalias() += scale * samples * residuals.transpose();
    });
  }

  void Weighted(const Eigen::MatrixXd& weights, Eigen::MatrixXd& gradients) const override {
    assert(weights.rows() == samples_.cols() && gradients.rows() == decay_.size());
    thread_local Eigen::MatrixXd scaled;
    const Eigen::Index p = samples_.rows();
    for (Eigen::Index k = 0; k < residuals_.rows(); ++k) {
      scaled = residuals_.row(k).transpose().asDiagonal() * weights;
      gradients.middleRows(k * p, p).noalias() = samples_ * scaled;
    }
    gradients.noalias() += decay_ * weights.colwise().sum();
  }

 private:
  const Eigen::MatrixXd& samples_;  // p×n
  Eigen::MatrixXd residuals_;       // μ − y, m×n
  Eigen::VectorXd decay_;           // r x
};

}  // namespace

LinearModelLoss::LinearModelLoss(const Eigen::MatrixXd& features, Eigen::MatrixXd targets,
                                 double ridge)
    : targets_(std::move(targets)), ridge_(ridge) {
  ValidateData(features, targets_, ridge_);
  samples_ = features.transpose();
}

Eigen::MatrixXd LinearModelLoss::Logits(const Eigen::Ref<const Eigen::VectorXd>& x) const {
  return WeightsView(x.data(), samples_.rows(), Outputs()).transpose() * samples_;
}

Eigen::MatrixXd LinearModelLoss::Means(const Eigen::VectorXd& x) const {
  Eigen::MatrixXd means = Logits(x);
  for (Eigen::Index i = 0; i < means.cols(); ++i) ToMean(means.col(i).data());
  return means;
}

double LinearModelLoss::Value(const Eigen::VectorXd& x) const {
  const Eigen::MatrixXd logits = Logits(x);
  double sum = 0;
  for (Eigen::Index i = 0; i < logits.cols(); ++i) {
    sum += SampleValue(logits.col(i).data(), targets_.col(i).data());
  }
  return sum / static_cast<double>(NumSamples()) + 0.5 * ridge_ * x.squaredNorm();
}

Eigen::VectorXd LinearModelLoss::Gradient(const Eigen::VectorXd& x) const {
  const Eigen::MatrixXd gradient = samples_ * (Means(x) - targets_).transpose();
  return gradient.reshaped() / static_cast<double>(NumSamples()) + ridge_ * x;
}

Eigen::VectorXd LinearModelLoss::WeightedGradient(const Eigen::VectorXd& x,
                                                  const Eigen::VectorXd& weights) const {
  assert(weights.size() == NumSamples());
  const Eigen::MatrixXd residuals = (Means(x) - targets_) * weights.asDiagonal();
  const Eigen::MatrixXd gradient = samples_ * residuals.transpose();
  return gradient.reshaped() + (weights.sum() * ridge_) * x;
}

Eigen::MatrixXd LinearModelLoss::SampleGradients(const Eigen::VectorXd& x) const {
  const Eigen::Index p = samples_.rows();
  const Eigen::MatrixXd residuals = Means(x) - targets_;
  Eigen::MatrixXd g(NumSamples(), Dimension());
  for (Eigen::Index k = 0; k < Outputs(); ++k) {
    g.middleCols(k * p, p) = residuals.row(k).asDiagonal() * samples_.transpose();
  }
  g.rowwise() += ridge_ * x.transpose();
  return g;
}

void LinearModelLoss::BatchGradient(const Eigen::Ref<const Eigen::VectorXd>& x,
                                    std::span<const Eigen::Index> rows,
                                    Eigen::Ref<Eigen::VectorXd> gradient) const {
  assert(!rows.empty() && x.size() == Dimension() && gradient.size() == Dimension());
  const Eigen::Index p = samples_.rows();
  const double scale = 1 / static_cast<double>(rows.size());
  gradient = ridge_ * x;
  if (Outputs() == 1) {
    for (const Eigen::Index i : rows) {
      double residual = samples_.col(i).dot(x);
      ToMean(&residual);
      gradient += (scale * (residual - targets_(0, i))) * samples_.col(i);
    }
    return;
  }
  thread_local Eigen::MatrixXd samples;
  thread_local Eigen::MatrixXd residuals;
  const WeightsView weights(x.data(), p, Outputs());
  Eigen::Map<Eigen::MatrixXd> sum(gradient.data(), p, Outputs());
  ForEachTile(rows, [&](std::span<const Eigen::Index> tile) {
    Gather(samples_, tile, samples);
    residuals.noalias() = weights.transpose() * samples;
    for (Eigen::Index i = 0; i < residuals.cols(); ++i) {
      ToMean(residuals.col(i).data());
      residuals.col(i) -= targets_.col(tile[static_cast<std::size_t>(i)]);
    }
    sum.noalias() += scale * samples * residuals.transpose();
  });
}

std::unique_ptr<PointGradients> LinearModelLoss::At(const Eigen::VectorXd& x) const {
  return std::make_unique<LinearModelPoint>(samples_, Means(x) - targets_, ridge_ * x);
}

Eigen::MatrixXd LinearModelLoss::CurvedTimes(const Eigen::MatrixXd& means,
                                             const Eigen::MatrixXd& v) const {
  const Eigen::Index p = samples_.rows();
  const Eigen::Index m = Outputs();
  assert(v.rows() == Dimension());
  // d×k and p×(m·k) are the same numbers in the same order.
  const WeightsView block(v.data(), p, m * v.cols());
  Eigen::MatrixXd product = Eigen::MatrixXd::Zero(p, m * v.cols());
  for (Eigen::Index first = 0; first < NumSamples(); first += kTile) {
    const auto samples = samples_.middleCols(first, std::min(kTile, NumSamples() - first));
    Eigen::MatrixXd outputs = block.transpose() * samples;
    for (Eigen::Index i = 0; i < outputs.cols(); ++i) {
      for (Eigen::Index k = 0; k < v.cols(); ++k) {
        CurvatureTimes(means.col(first + i).data(), outputs.col(i).data() + k * m);
      }
    }
    product.noalias() += samples * outputs.transpose();
  }
  return product.reshaped(Dimension(), v.cols()) / static_cast<double>(NumSamples()) + ridge_ * v;
}

Eigen::MatrixXd LinearModelLoss::HessianTimes(const Eigen::VectorXd& x,
                                              const Eigen::MatrixXd& v) const {
  return CurvedTimes(Means(x), v);
}

BlockOperator LinearModelLoss::HessianOperator(const Eigen::VectorXd& x) const {
  return [this, means = Means(x)](const Eigen::MatrixXd& v) { return CurvedTimes(means, v); };
}

Eigen::MatrixXd LinearModelLoss::Hessian(const Eigen::VectorXd& x) const {
  const Eigen::Index p = samples_.rows();
  const Eigen::Index m = Outputs();
  const Eigen::MatrixXd means = Means(x);
  Eigen::MatrixXd h(Dimension(), Dimension());
  Eigen::MatrixXd columns(m, NumSamples());  // μ'_kl of every sample for one l
  for (Eigen::Index l = 0; l < m; ++l) {
    for (Eigen::Index i = 0; i < NumSamples(); ++i) {
      columns.col(i) = Eigen::VectorXd::Unit(m, l);
      CurvatureTimes(means.col(i).data(), columns.col(i).data());
    }
    columns /= static_cast<double>(NumSamples());
    for (Eigen::Index k = l; k < m; ++k) {
      const Eigen::MatrixXd block = (samples_ * columns.row(k).asDiagonal()) * samples_.transpose();
      h.block(k * p, l * p, p, p) = 0.5 * (block + block.transpose());
      h.block(l * p, k * p, p, p) = h.block(k * p, l * p, p, p);
    }
  }
  h.diagonal().array() += ridge_;
  return h;
}

Eigen::VectorXd LinearModelLoss::HessianDiagonal(const Eigen::VectorXd& x) const {
  const Eigen::Index m = Outputs();
  const Eigen::MatrixXd means = Means(x);
  Eigen::MatrixXd curvature(m, NumSamples());  // μ'_kk
  Eigen::VectorXd column(m);
  for (Eigen::Index i = 0; i < NumSamples(); ++i) {
    for (Eigen::Index k = 0; k < m; ++k) {
      column = Eigen::VectorXd::Unit(m, k);
      CurvatureTimes(means.col(i).data(), column.data());
      curvature(k, i) = column(k);
    }
  }
  const Eigen::MatrixXd diagonal = samples_.cwiseAbs2() * curvature.transpose();
  return (diagonal.reshaped() / static_cast<double>(NumSamples())).array() + ridge_;
}

}  // namespace adamsde
