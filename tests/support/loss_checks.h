#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "sde/problem/loss.h"

namespace adamsde::testing {

/// Batch and weighted gradients against the samples' own, products with H against H.
inline void ExpectConsistentProducts(const SampledLoss& loss, const Eigen::VectorXd& x) {
  const Eigen::Index n = loss.NumSamples();
  const Eigen::Index d = loss.Dimension();
  const Eigen::MatrixXd samples = loss.SampleGradients(x);
  const double rounding = 1e-14 * (1 + samples.norm());
  const std::unique_ptr<PointGradients> point = loss.At(x);
  // Batches of one, with repetitions, everything, and longer than a tile.
  std::vector<std::vector<Eigen::Index>> batches = {{n - 1}, {0, 2, 2, n - 1}, {}, {}};
  for (Eigen::Index i = 0; i < n; ++i) batches[2].push_back(i);
  for (Eigen::Index i = 0; i < 700; ++i) batches[3].push_back((7 * i) % n);
  for (const std::vector<Eigen::Index>& rows : batches) {
    Eigen::VectorXd expected = Eigen::VectorXd::Zero(d);
    for (const Eigen::Index i : rows) expected += samples.row(i);
    expected /= static_cast<double>(rows.size());
    Eigen::VectorXd gradient = Eigen::VectorXd::Constant(d, 1e300);  // must be overwritten
    loss.BatchGradient(x, rows, gradient);
    EXPECT_LE((gradient - expected).norm(), rounding) << rows.size() << " rows";
    gradient.setConstant(1e300);
    point->Batch(rows, gradient);
    EXPECT_LE((gradient - expected).norm(), rounding) << rows.size() << " rows, x known";
  }
  Eigen::VectorXd weights(n);
  for (Eigen::Index i = 0; i < n; ++i) weights(i) = 0.5 - static_cast<double>((5 * i) % 7) / 7;
  EXPECT_LE((loss.WeightedGradient(x, weights) - samples.transpose() * weights).norm(), rounding);
  Eigen::MatrixXd two(n, 2);
  two << weights, Eigen::VectorXd::Ones(n) - weights;
  Eigen::MatrixXd weighted = Eigen::MatrixXd::Constant(d, 2, 1e300);
  point->Weighted(two, weighted);
  EXPECT_LE((weighted - samples.transpose() * two).norm(), rounding);
  const Eigen::MatrixXd hessian = loss.Hessian(x);
  EXPECT_EQ((hessian - hessian.transpose()).norm(), 0);
  Eigen::MatrixXd v(d, 3);
  for (Eigen::Index i = 0; i < v.size(); ++i) v.data()[i] = std::sin(static_cast<double>(i * i));
  const double scale = 1e-14 * hessian.norm() * v.norm();
  EXPECT_LE((loss.HessianTimes(x, v) - hessian * v).norm(), scale);
  EXPECT_LE((loss.HessianOperator(x)(v) - hessian * v).norm(), scale);
  EXPECT_LE((loss.HessianDiagonal(x) - hessian.diagonal()).norm(), 1e-14 * hessian.norm());
}

/// Gradient and Hessian by central differences, and the samples' gradients by their mean.
inline void ExpectConsistentDerivatives(const SampledLoss& loss, const Eigen::VectorXd& x) {
  const Eigen::Index d = loss.Dimension();
  const double h = 1e-5;  // truncation h²/6·F''' and rounding eps/h are both below 1e-9
  const Eigen::VectorXd gradient = loss.Gradient(x);
  const Eigen::MatrixXd hessian = loss.Hessian(x);
  for (Eigen::Index i = 0; i < d; ++i) {
    const Eigen::VectorXd e = h * Eigen::VectorXd::Unit(d, i);
    EXPECT_NEAR(gradient(i), (loss.Value(x + e) - loss.Value(x - e)) / (2 * h),
                1e-8 * (1 + gradient.norm()));
    const Eigen::VectorXd column = (loss.Gradient(x + e) - loss.Gradient(x - e)) / (2 * h);
    EXPECT_LE((hessian.col(i) - column).norm(), 1e-8 * (1 + hessian.norm()));
  }
  const Eigen::MatrixXd samples = loss.SampleGradients(x);
  EXPECT_EQ(samples.rows(), loss.NumSamples());
  EXPECT_LE((samples.colwise().mean().transpose() - gradient).norm(), 1e-14 * (1 + samples.norm()));
  // Fisher − ∇F∇Fᵀ is the covariance of the samples' gradients.
  const Eigen::MatrixXd fisher = FisherInformation(loss, x);
  const Eigen::MatrixXd noise = EmpiricalGradientNoise(loss, x, 1, MinibatchSampling::kReplacement);
  EXPECT_LE((fisher - gradient * gradient.transpose() - noise).norm(), 1e-13 * fisher.norm());
  ExpectConsistentProducts(loss, x);
}

}  // namespace adamsde::testing
