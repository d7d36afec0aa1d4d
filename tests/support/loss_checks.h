#pragma once

#include <gtest/gtest.h>

#include "sde/problem/loss.h"

namespace adamsde::testing {

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
}

}  // namespace adamsde::testing
