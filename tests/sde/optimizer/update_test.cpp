#include "sde/optimizer/update.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_dec_float.hpp>
#include <chrono>
#include <cmath>
#include <vector>

namespace adamsde {
namespace {

using Decimal = boost::multiprecision::cpp_dec_float_50;

/// A gradient that feeds back from x and changes sign and size from step to step.
double Disturbance(int step, int component) {
  return std::sin(1.7 * step + 0.3 * component) * (1 + component) + 0.1 * ((step * 7) % 5);
}
constexpr double kSlope[] = {0.3, 1.1, 2.5};
constexpr int kComponents = 3;
constexpr double kStart[] = {1.0, -2.0, 0.5};

struct Numbers {
  OptimizerKind optimizer;
  double eta;
  double lambda;
  double old_weight1;  // of the old m: PyTorch's betas
  double old_weight2;
  double epsilon;
};

/// Algorithm 1 as the paper prints it, in 50 digits, one scalar at a time. m and n start at the
/// first gradient, or at zero.
Decimal PaperSequence(const Numbers& p, int component, int steps, bool zero_start) {
  const bool coupled = p.optimizer == OptimizerKind::kL2Adam;
  const Decimal beta1 = 1 - Decimal(p.old_weight1);
  const Decimal beta2 = 1 - Decimal(p.old_weight2);
  Decimal x = kStart[component];
  Decimal m = 0;
  Decimal n = 0;
  for (int k = 0; k < steps; ++k) {
    Decimal g = Decimal(kSlope[component]) * x + Decimal(Disturbance(k, component));
    if (coupled) g += Decimal(p.lambda) * x;
    if (k == 0 && !zero_start) {
      m = g;
      n = g * g;
    }
    m = (1 - beta1) * m + beta1 * g;
    n = (1 - beta2) * n + beta2 * g * g;
    const Decimal step = Decimal(p.eta) * m / sqrt(n + Decimal(p.epsilon));
    x = coupled ? Decimal(x - step) : Decimal((1 - Decimal(p.eta) * Decimal(p.lambda)) * x - step);
  }
  return x;
}

/// torch.optim.AdamW and torch.optim.Adam(weight_decay) from their documentation's algorithm, in 50
/// digits: betas weigh the old, bias correction, eps outside the root, decay before the step.
Decimal PytorchSequence(const Numbers& p, int component, int steps) {
  Decimal theta = kStart[component];
  Decimal m = 0;
  Decimal v = 0;
  Decimal power1 = 1;
  Decimal power2 = 1;
  const Decimal beta1 = p.old_weight1;
  const Decimal beta2 = p.old_weight2;
  for (int t = 1; t <= steps; ++t) {
    Decimal g = Decimal(kSlope[component]) * theta + Decimal(Disturbance(t - 1, component));
    if (p.optimizer == OptimizerKind::kL2Adam) {
      g += Decimal(p.lambda) * theta;
    } else {
      theta -= Decimal(p.eta) * Decimal(p.lambda) * theta;
    }
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    power1 *= beta1;
    power2 *= beta2;
    const Decimal m_hat = m / (1 - power1);
    const Decimal v_hat = v / (1 - power2);
    theta -= Decimal(p.eta) * m_hat / (sqrt(v_hat) + Decimal(p.epsilon));
  }
  return theta;
}

std::vector<double> Follow(const UpdateRule& rule, int steps) {
  std::vector<double> x(kStart, kStart + kComponents);
  std::vector<double> m(kComponents, 0.0);
  std::vector<double> n(kComponents, 0.0);
  std::vector<double> g(kComponents);
  for (int k = 0; k < steps; ++k) {
    for (int c = 0; c < kComponents; ++c) {
      const auto i = static_cast<std::size_t>(c);
      g[i] = kSlope[c] * x[i] + Disturbance(k, c);
    }
    ApplyUpdate(MakeUpdateStep(rule, k), kComponents, g.data(), x.data(), m.data(), n.data());
  }
  return x;
}

Hyperparameters Hyper(const Numbers& p, OptimizerConvention convention) {
  return {.optimizer = p.optimizer,
          .learning_rate = p.eta,
          .weight_decay = p.lambda,
          .batch_size = 1,
          .beta1 = 1 - p.old_weight1,
          .beta2 = 1 - p.old_weight2,
          .delta = p.epsilon,
          .convention = convention};
}

std::vector<Numbers> Cases() {
  std::vector<Numbers> cases;
  for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
    cases.push_back({optimizer, 1e-2, 0.3, 0.9, 0.999, 1e-8});
    cases.push_back({optimizer, 3e-2, 0.0, 0.0, 0.95, 1e-3});
    cases.push_back({optimizer, 1e-3, 2.0, 0.5, 0.9, 0.2});
  }
  return cases;
}

void ExpectClose(double value, const Decimal& expected) {
  EXPECT_NEAR(value, expected.convert_to<double>(),
              1e-12 * std::max(1.0, std::abs(expected.convert_to<double>())));
}

TEST(Update, PaperConventionAgainstFiftyDigits) {
  for (const Numbers& p : Cases()) {
    for (const int steps : {1, 2, 10, 300}) {
      UpdateRule rule = MakeUpdateRule(Hyper(p, OptimizerConvention::kPaper));
      const std::vector<double> x = Follow(rule, steps);
      rule.start = MomentStart::kZero;
      const std::vector<double> from_zero = Follow(rule, steps);
      for (int c = 0; c < kComponents; ++c) {
        ExpectClose(x[static_cast<std::size_t>(c)], PaperSequence(p, c, steps, false));
        ExpectClose(from_zero[static_cast<std::size_t>(c)], PaperSequence(p, c, steps, true));
      }
    }
  }
}

TEST(Update, PytorchConventionAgainstFiftyDigits) {
  for (const Numbers& p : Cases()) {
    for (const int steps : {1, 2, 10, 300}) {
      const std::vector<double> x =
          Follow(MakeUpdateRule(Hyper(p, OptimizerConvention::kPytorch)), steps);
      for (int c = 0; c < kComponents; ++c) {
        ExpectClose(x[static_cast<std::size_t>(c)], PytorchSequence(p, c, steps));
      }
    }
  }
}

/// The two tests above would miss nothing that matters: the conventions and the starts differ by
/// far more than their tolerance.
TEST(Update, ConventionsAreToldApart) {
  const Numbers p = Cases().front();
  const double pytorch = PytorchSequence(p, 0, 10).convert_to<double>();
  const double paper = PaperSequence(p, 0, 10, false).convert_to<double>();
  const double zero = PaperSequence(p, 0, 10, true).convert_to<double>();
  EXPECT_GT(std::abs(pytorch - paper), 1e-4);
  EXPECT_GT(std::abs(pytorch - zero), 1e-4);
  EXPECT_GT(std::abs(paper - zero), 1e-4);
}

TEST(Update, FollowsSchedules) {
  UpdateRule rule = MakeUpdateRule(Hyper(Cases().front(), OptimizerConvention::kPaper));
  rule.learning_rate = Schedule::InverseRoot(0.1);
  rule.weight_decay = Schedule::Geometric(0.5, 0.25);
  rule.beta1 = Schedule::InverseRoot(2).CappedAt(1);
  const UpdateStep third = MakeUpdateStep(rule, 3);
  EXPECT_DOUBLE_EQ(third.rate, 0.05);
  EXPECT_DOUBLE_EQ(third.decoupled_decay, 1 - 0.05 * 0.5 / 64);
  EXPECT_DOUBLE_EQ(third.new1, 1);
  EXPECT_DOUBLE_EQ(MakeUpdateStep(rule, 15).new1, 0.5);
  rule.convention = OptimizerConvention::kPytorch;
  EXPECT_THROW(Validate(rule), std::invalid_argument);
}

/// Any division of the work gives the same bits, whatever remains of a vector.
TEST(Update, SameBitsForAnyLength) {
  constexpr std::size_t kCount = 67;
  const UpdateStep step =
      MakeUpdateStep(MakeUpdateRule(Hyper(Cases().back(), OptimizerConvention::kPaper)), 5);
  std::vector<double> g(kCount);
  std::vector<double> x(kCount);
  std::vector<double> m(kCount);
  std::vector<double> n(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto t = static_cast<double>(i);
    g[i] = std::sin(t);
    x[i] = std::cos(3 * t);
    m[i] = std::sin(5 * t);
    n[i] = 1 + std::cos(t);
  }
  std::vector<double> x1 = x;
  std::vector<double> m1 = m;
  std::vector<double> n1 = n;
  ApplyUpdate(step, kCount, g.data(), x.data(), m.data(), n.data());
  for (std::size_t i = 0; i < kCount; ++i) ApplyUpdate(step, 1, &g[i], &x1[i], &m1[i], &n1[i]);
  EXPECT_EQ(x, x1);
  EXPECT_EQ(m, m1);
  EXPECT_EQ(n, n1);
}

/// 480 million a second on one idle core; the floor leaves room for busy machines and sanitizers.
TEST(Update, IsFast) {
  constexpr std::ptrdiff_t kCount = 640;
  constexpr int kSteps = 20000;
  std::vector<double> g(kCount, 0.1);
  std::vector<double> x(kCount, 1.0);
  std::vector<double> m(kCount, 0.0);
  std::vector<double> n(kCount, 0.0);
  const UpdateRule rule = MakeUpdateRule(Hyper(Cases().front(), OptimizerConvention::kPaper));
  const auto begin = std::chrono::steady_clock::now();
  for (int k = 0; k < kSteps; ++k) {
    ApplyUpdate(MakeUpdateStep(rule, k), kCount, g.data(), x.data(), m.data(), n.data());
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double per_second = kCount * kSteps / seconds;
  RecordProperty("million_updates_per_second", static_cast<int>(per_second / 1e6));
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
  EXPECT_GT(per_second, 5e6);
#endif
  EXPECT_LT(x[0], 1);
}

}  // namespace
}  // namespace adamsde
