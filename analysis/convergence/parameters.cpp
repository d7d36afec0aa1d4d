#include "analysis/convergence/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace adamsde {
namespace {

/// Σ_{j=1}^n j^(−½), to 1e-13 relative: Euler–Maclaurin from 64 terms on.
double SumInverseRoots(double n) {
  constexpr double kZetaHalf = -1.4603545088095868;
  if (n < 64) {
    double sum = 0;
    for (double j = 1; j <= n; ++j) sum += 1 / std::sqrt(j);
    return sum;
  }
  const double root = std::sqrt(n);
  return 2 * root + kZetaHalf + 1 / (2 * root) - 1 / (24 * n * root) + 1 / (384 * n * n * n * root);
}

struct BetaSums {
  double first;   ///< Σ β_k
  double second;  ///< Σ β_k²
};

BetaSums SumBetas(const RateParameters& rate, double iterations) {
  if (!rate.decaying) return {rate.beta1 * iterations, rate.beta1 * rate.beta1 * iterations};
  const double gamma = rate.beta1;
  const double capped = std::min(iterations, static_cast<double>(rate.Beta1().StepsAboveCap()));
  return {capped * rate.cap + gamma * (SumInverseRoots(iterations) - SumInverseRoots(capped)),
          capped * rate.cap * rate.cap +
              gamma * gamma * (HarmonicNumber(iterations) - HarmonicNumber(capped))};
}

/// η ≤ c₁²/(2c₂(L + λc₁)): a step that never overshoots F_k.
double DescentCap(const TheoremConstants& c) {
  return c.delta / (2 * c.C2() * (c.smoothness + c.weight_decay * c.C1()));
}

/// η/β of the theorems, c₁^1.5/(2c₂^½L).
double RateOverBeta(const TheoremConstants& c) {
  return std::pow(c.C1(), 1.5) / (2 * std::sqrt(c.C2()) * c.smoothness);
}

double LimitBeta(double beta1, RateParameters& rate) {
  if (beta1 <= 1) return beta1;
  rate.notes.push_back(fmt::format("beta1 = {:.4g} is above 1: 1 is taken", beta1));
  return 1;
}

/// The two caps of η that the proofs use and the print leaves out.
void CapRate(const TheoremConstants& c, RateParameters& rate) {
  const double momentum = rate.beta1 < 1 ? RateOverBeta(c) * rate.beta1 / (1 - rate.beta1)
                                         : std::numeric_limits<double>::infinity();
  const double descent = DescentCap(c);
  const double cap = std::min(momentum, descent);
  if (rate.eta > cap * (1 + 1e-12)) {
    rate.notes.push_back(fmt::format("eta = {:.4g} is capped at {:.4g} ({})", rate.eta, cap,
                                     descent <= momentum ? "c1^2/(2 c2 (L + lambda c1))"
                                                         : "beta1 c1 sqrt(c1/c2)/(2(1-beta1)L)"));
    rate.eta = cap;
  }
}

double Gamma(const TheoremConstants& c, double gap) {
  return std::pow(c.C2() / c.C1(), 0.25) * std::sqrt(c.smoothness * gap / c.BatchVariance());
}

RateParameters Decaying(const TheoremConstants& c, double gamma, Reading reading) {
  RateParameters rate{
      .decaying = true, .beta1 = gamma, .eta = RateOverBeta(c) * gamma, .notes = {}};
  if (reading == Reading::kCorrected) rate.cap = std::min(1.0, DescentCap(c) / RateOverBeta(c));
  if (const auto steps = rate.Beta1().StepsAboveCap(); steps > 0) {
    rate.notes.push_back(fmt::format("beta1_k = {:.4g}/sqrt(k+1) is clamped at {:.4g} for {} steps",
                                     gamma, rate.cap, steps));
  }
  return rate;
}

void RequireEpsilon(double epsilon) { RequirePositive("epsilon", epsilon); }

}  // namespace

Schedule RateParameters::Beta1() const {
  return decaying ? Schedule::InverseRoot(beta1).CappedAt(cap) : Schedule(beta1);
}

Schedule RateParameters::LearningRate() const {
  return decaying ? Schedule::InverseRoot(eta).CappedAt(eta / beta1 * cap) : Schedule(eta);
}

double HarmonicNumber(double n) {
  constexpr double kEulerGamma = 0.57721566490153286;
  if (n < 64) {
    double sum = 0;
    for (double j = 1; j <= n; ++j) sum += 1 / j;
    return sum;
  }
  return std::log(n) + kEulerGamma + 1 / (2 * n) - 1 / (12 * n * n) + 1 / (120 * n * n * n * n);
}

double ProofBound(const TheoremConstants& c, const RateParameters& rate, double gap,
                  double momentum_error, double iterations) {
  const BetaSums sums = SumBetas(rate, iterations);
  const double rate_over_beta = rate.eta / rate.beta1;
  const double momentum = rate_over_beta * (momentum_error + c.BatchVariance() * sums.second);
  return (2 * c.C2() * gap + c.C2() / c.C1() * momentum) / (rate_over_beta * sums.first);
}

double IterationsFor(const TheoremConstants& c, const RateParameters& rate, double gap,
                     double momentum_error, double target) {
  const auto reached = [&](double t) {
    return ProofBound(c, rate, gap, momentum_error, t) <= target;
  };
  double high = 1;
  while (!reached(high)) {
    high *= 2;
    if (high > 1e30) return std::numeric_limits<double>::infinity();
  }
  double low = high / 2;
  while (high - low > 1 && high > low * (1 + 1e-15)) {
    const double middle = std::floor((low + high) / 2);
    (reached(middle) ? high : low) = middle;
  }
  return std::ceil(high);
}

RateParameters Theorem2Parameters(const TheoremConstants& c, double epsilon, Reading reading) {
  RequireEpsilon(epsilon);
  const bool printed = reading == Reading::kPrinted;
  const double target = epsilon * epsilon;
  RateParameters rate{.target = target, .notes = {}};
  const double beta1 = c.C1() * target / (3 * c.C2() * c.BatchVariance());
  rate.beta1 = LimitBeta(beta1, rate);
  rate.eta = RateOverBeta(c) * beta1;  // c₁²bε²/(6c₂σ²L)·√(c₁/c₂)
  if (!printed) CapRate(c, rate);
  const double gap = printed ? c.gap : c.gap + c.regularizer;
  rate.iterations =
      std::ceil(std::max(6 * c.C2() * gap / (rate.eta * target),
                         3 * c.C2() * c.BatchVariance() / (c.C1() * rate.beta1 * target)));
  rate.iterations = std::max(1.0, rate.iterations);
  return rate;
}

RateParameters Theorem3Parameters(const TheoremConstants& c, double epsilon, Reading reading) {
  RequireEpsilon(epsilon);
  const double gap = reading == Reading::kPrinted ? c.gap : c.gap + c.regularizer;
  RateParameters rate = Decaying(c, std::max(1.0, Gamma(c, gap)), reading);
  rate.target = epsilon * epsilon;
  if (reading == Reading::kPrinted) {
    const double log = std::max(1.0, std::log(1 / epsilon));
    const double ratio = c.C2() / c.C1();
    rate.iterations =
        std::ceil(log / rate.target *
                  std::max(std::pow(ratio, 1.25) * std::sqrt(c.smoothness * gap * c.noise_variance),
                           ratio * c.noise_variance));
    rate.iterations = std::max(1.0, rate.iterations);
  } else {
    rate.iterations = IterationsFor(c, rate, gap, c.BatchVariance(), rate.target);
  }
  return rate;
}

namespace {

RateParameters ConstantStage(const TheoremConstants& c, const StageParameters& stage,
                             double momentum_error, Reading reading) {
  const double mu = *c.pl_constant;
  const double c1 = c.C1();
  const double c2 = c.C2();
  const double terms = reading == Reading::kCorrected ? 3 : 1;
  const double larger = reading == Reading::kPrinted ? 4 : 1;  // the statement's β₁ and η
  RateParameters rate{.target = mu * stage.epsilon / 8, .notes = {}};
  const double beta1 = larger * c1 * mu * stage.epsilon / (24 * c2 * c.BatchVariance());
  rate.beta1 = LimitBeta(beta1, rate);
  rate.eta = RateOverBeta(c) * beta1;
  if (reading == Reading::kCorrected) CapRate(c, rate);
  const double slow = reading == Reading::kPrinted ? mu * mu * mu : mu;
  rate.iterations =
      std::ceil(std::max(terms * 16 * c2 * stage.epsilon_before / (slow * rate.eta * stage.epsilon),
                         terms * 8 * c2 * momentum_error / (mu * c1 * rate.beta1 * stage.epsilon)));
  return rate;
}

RateParameters DecayingStage(const TheoremConstants& c, const StageParameters& stage,
                             double momentum_error, Reading reading) {
  const double gamma = Gamma(c, stage.epsilon);
  RateParameters rate =
      Decaying(c, reading == Reading::kPrinted ? std::max(1.0, gamma) : gamma, reading);
  rate.target = *c.pl_constant * stage.epsilon / 8;
  rate.iterations = IterationsFor(c, rate, stage.epsilon_before, momentum_error, rate.target);
  return rate;
}

}  // namespace

std::vector<StageParameters> Theorem4Parameters(const TheoremConstants& c, double epsilon,
                                                bool decaying, Reading reading) {
  RequireEpsilon(epsilon);
  if (!c.pl_constant) {
    throw std::domain_error(
        "theorem 4 has no mu (the loss has no known PL constant) use --loss pl, or --pl-constant");
  }
  std::vector<StageParameters> stages;
  double before = reading == Reading::kPrinted ? c.gap : c.gap + c.regularizer;
  do {
    StageParameters stage{.stage = static_cast<int>(stages.size()) + 1,
                          .epsilon_before = before,
                          .epsilon = before / 2,
                          .rate = {}};
    double momentum_error = *c.pl_constant * before;
    if (stages.empty() && reading == Reading::kCorrected) {
      momentum_error = std::max(momentum_error, c.BatchVariance());
    }
    stage.rate = decaying ? DecayingStage(c, stage, momentum_error, reading)
                          : ConstantStage(c, stage, momentum_error, reading);
    before = stage.epsilon;
    stages.push_back(std::move(stage));
  } while (before > epsilon);
  return stages;
}

double Theorem4ShareSum(Reading reading) {
  return reading == Reading::kCorrected ? 3.0 / 24 : 1.0 / 24 + 3.0 / 24 + 3.0 / 24;
}

StageSums SumStages(int stages) {
  StageSums sums;
  for (int k = 1; k <= stages; ++k) {
    const double power = std::ldexp(1.0, k);
    sums.plain += power;
    sums.with_log += k * power;
    sums.with_log_squared += static_cast<double>(k) * k * power;
  }
  return sums;
}

}  // namespace adamsde
