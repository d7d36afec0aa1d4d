// Every closed form is right to the digits that it claims, on problems made to lose them: Hilbert
// matrices, graded spectra, near-singular ones, d = 1, huge and tiny scales. The references are
// linear systems in the original coordinates, solved in 100 digits for the very doubles the program
// gets, and share nothing with its way there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "analysis/bound/pac_bayes.h"
#include "analysis/stationary/errors.h"
#include "analysis/stationary/laws.h"
#include "analysis/stationary/lyapunov.h"
#include "analysis/stationary/paper.h"
#include "tests/support/multiprecision.h"
#include "tests/support/random_problem.h"

namespace adamsde {
namespace {

using testing::LogAbsDet;
using testing::RandomProblems;
using testing::Real;
using testing::RealMatrix;
using testing::RealVector;
using testing::RelativeError;
using testing::SolveByBruteForce;
using testing::ToReal;

struct Case {
  std::string name;
  QuadraticProblem problem;
  Hyperparameters hyper;
  Preconditioner preconditioner = Preconditioner::Diagonal(Eigen::VectorXd::Ones(1));
};

Eigen::MatrixXd Hilbert(Eigen::Index d) {
  return Eigen::MatrixXd::NullaryExpr(
      d, d, [](Eigen::Index i, Eigen::Index j) { return 1.0 / static_cast<double>(i + j + 1); });
}

Eigen::MatrixXd Symmetric(const Eigen::MatrixXd& h) { return 0.5 * (h + h.transpose()); }

/// Eigenvalues 1 … smallest, evenly in the logarithm, in a random basis.
Eigen::MatrixXd Graded(RandomProblems& random, Eigen::Index d, double smallest) {
  Eigen::VectorXd values(d);
  for (Eigen::Index i = 0; i < d; ++i) {
    values(i) = std::pow(smallest, static_cast<double>(i) / static_cast<double>(d - 1));
  }
  const Eigen::MatrixXd u = random.Orthogonal(d);
  return Symmetric(u * values.asDiagonal() * u.transpose());
}

std::vector<std::pair<std::string, Eigen::MatrixXd>> Hessians() {
  RandomProblems random(71);
  std::vector<std::pair<std::string, Eigen::MatrixXd>> result;
  for (const int d : {2, 4, 6, 8}) result.emplace_back(fmt::format("Hilbert {}", d), Hilbert(d));
  for (const double smallest : {1e-2, 1e-6, 1e-10, 1e-14}) {
    result.emplace_back(fmt::format("graded to {}", smallest), Graded(random, 5, smallest));
  }
  // Graded by its diagonal: small entries are small, and no less exact.
  const Eigen::VectorXd scale = Eigen::Vector4d(1, 1e-2, 1e-4, 1e-7);
  result.emplace_back("graded diagonal",
                      Symmetric(scale.asDiagonal() * random.Spd(4, 10) * scale.asDiagonal()));
  Eigen::Matrix3d near = Eigen::Matrix3d::Ones();
  near.diagonal().array() += 1e-13;
  result.emplace_back("near singular", near);
  result.emplace_back("d = 1", Eigen::MatrixXd::Constant(1, 1, 0.3));
  const Eigen::MatrixXd plain = random.Spd(4, 30);
  for (const double factor : {1e-100, 1.0, 1e100}) {
    result.emplace_back(fmt::format("scale {}", factor), factor * plain);
  }
  return result;
}

/// All Hessians with both optimizers, noise of its own or H/b, λ from 0 to large, and three
/// preconditioners. Rates are of the order of 1, whatever the scale of H.
std::vector<Case> Cases() {
  RandomProblems random(72);
  std::vector<Case> cases;
  int index = 0;
  for (const auto& [name, hessian] : Hessians()) {
    const double largest = hessian.norm();
    for (const double lambda : {0.0, 1e-9, 1e-3, 10.0}) {
      for (const OptimizerKind optimizer : {OptimizerKind::kAdamW, OptimizerKind::kL2Adam}) {
        Case c{.name = {}, .problem = {}, .hyper = {}};
        const Eigen::Index d = hessian.rows();
        c.hyper.optimizer = optimizer;
        c.hyper.learning_rate = 1e-2;
        c.problem.hessian = hessian;
        c.problem.minimizer = random.Normal(d, 1);
        const bool own_noise = index % 3 == 1;
        c.problem.gradient_noise =
            own_noise ? Eigen::MatrixXd(largest * random.Spd(d, 10)) : hessian / 128.0;
        const char* const kinds[] = {"lemma5", "diagonal", "full"};
        const char* const kind = kinds[(index / 2) % 3];
        if (kind == kinds[0]) {
          c.preconditioner = MakePreconditioner(PreconditionerKind::kLemma5, c.problem, c.hyper);
        } else if (kind == kinds[1]) {
          Eigen::VectorXd q(d);
          for (Eigen::Index i = 0; i < d; ++i) q(i) = random.LogUniform(1e-3, 1) / largest;
          c.preconditioner = Preconditioner::Diagonal(q);
        } else {
          c.preconditioner = Preconditioner::Full(random.Spd(d, 100) / largest);
        }
        // ℓ2-Adam's decay adds to H itself.
        const double unit = optimizer == OptimizerKind::kAdamW ? 1 : largest;
        c.hyper.weight_decay = lambda * unit;
        if (kind == kinds[0]) {  // rates of lemma5 are of the order of √H
          const double rate = std::sqrt(hessian.diagonal().maxCoeff());
          if (optimizer == OptimizerKind::kAdamW) c.hyper.weight_decay = lambda * rate;
          c.hyper.learning_rate = 1e-2 / rate;
        }
        c.name = fmt::format("{}, lambda {}, {}, {} noise, {} Q", name, c.hyper.weight_decay,
                             optimizer == OptimizerKind::kAdamW ? "AdamW" : "l2-Adam",
                             own_noise ? "own" : "H/b", kind);
        cases.push_back(c);
        ++index;
      }
    }
  }
  return cases;
}

/// Q, exactly symmetric.
RealMatrix MatrixOfQ(const Case& c) {
  const RealMatrix q = ToReal(c.preconditioner.Matrix());
  return (q + q.transpose()) / Real(2);
}

/// The drift, the noise per unit time, and the mean, from the definitions.
struct Reference {
  RealMatrix drift;
  RealMatrix noise;
  RealVector shift;  ///< x* − c

  explicit Reference(const Case& c) {
    const RealMatrix h = ToReal(c.problem.hessian);
    const RealMatrix q = MatrixOfQ(c);
    const RealMatrix identity = RealMatrix::Identity(h.rows(), h.cols());
    const Real lambda = c.hyper.weight_decay;
    const bool adamw = c.hyper.optimizer == OptimizerKind::kAdamW;
    drift = adamw ? RealMatrix(q * h + lambda * identity) : RealMatrix(q * (h + lambda * identity));
    noise = Real(c.hyper.learning_rate) * (q * ToReal(c.problem.gradient_noise) * q);
    const RealMatrix pull = adamw ? identity : q;
    shift = drift.partialPivLu().solve(lambda * (pull * ToReal(c.problem.minimizer)));
  }
};

/// What was claimed against what is so, for the table in the log and the worst of them.
class Ledger {
 public:
  ~Ledger() {
    fmt::print("{:28} {:>6} claims, worst error/estimate {:.3g} ({})\n", law_, count_, worst_,
               worst_case_);
    fmt::print("{:28} median error/estimate {:.2g}\n", "", Median());
  }
  explicit Ledger(const char* law) : law_(law) {}
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// @param estimate  of the error; claims nothing where it is ≥ 1 of the unit
  void Claim(const std::string& name, double error, double estimate, double unit = 1) {
    if (!(estimate < unit)) return;
    EXPECT_LE(error, estimate) << law_ << ": " << name;
    ++count_;
    ratios_.push_back(error / estimate);
    if (error / estimate > worst_) {
      worst_ = error / estimate;
      worst_case_ = name;
    }
  }

 private:
  double Median() {
    if (ratios_.empty()) return 0;
    std::sort(ratios_.begin(), ratios_.end());
    return ratios_[ratios_.size() / 2];
  }

  const char* law_;
  int count_ = 0;
  double worst_ = 0;
  std::string worst_case_;
  std::vector<double> ratios_;
};

double LogDetError(double log_det, const RealMatrix& truth) {
  return static_cast<double>(abs(Real(log_det) - LogAbsDet(truth)));
}

/// Checks a law against the reference solution; tells whether its determinant was there to check.
void CheckLaw(const Case& c, const GaussianLaw& law, const RealMatrix& truth, Ledger& covariance,
              Ledger& log_det) {
  covariance.Claim(c.name, RelativeError(law.covariance, truth), std::pow(10.0, -law.digits));
  if (std::isfinite(law.log_det)) {
    log_det.Claim(c.name, LogDetError(law.log_det, truth), law.log_det_error,
                  static_cast<double>(c.problem.Dimension()));
  }
}

bool HasLaw(const ModalSystem& system) { return system.rates(0) > 0; }

TEST(Honesty, StationaryLaw) {
  Ledger covariance("stationary covariance");
  Ledger log_det("stationary log det");
  Ledger mean("stationary mean");
  for (const Case& c : Cases()) {
    const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
    if (!HasLaw(system)) continue;
    const Reference reference(c);
    const GaussianLaw law = StationaryLaw(system);
    CheckLaw(c, law, SolveByBruteForce(reference.drift, reference.noise, 0), covariance, log_det);
    const RealVector center = ToReal(c.problem.minimizer) - reference.shift;
    const double size = static_cast<double>(center.norm());
    mean.Claim(c.name, RelativeError(law.mean, center) * size,
               EstimateMeanError(system, c.problem.minimizer), size);
  }
}

TEST(Honesty, EulerMaruyamaLawUpToTheLastStableStep) {
  Ledger covariance("Euler-Maruyama covariance");
  Ledger log_det("Euler-Maruyama log det");
  for (const Case& c : Cases()) {
    const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
    if (!HasLaw(system)) continue;
    const Reference reference(c);
    for (const double share : {0.1, 0.9, 1 - 1e-6}) {
      const double h = share * MaxStableStep(system);
      CheckLaw(c, EulerMaruyamaLaw(system, h),
               SolveByBruteForce(reference.drift, reference.noise, h), covariance, log_det);
    }
  }
}

/// Positions of (x, ηQm) under P = F P Fᵀ + G C Gᵀ, THEORY §3.4 in the original coordinates.
RealMatrix MomentumReference(const Case& c) {
  const Eigen::Index d = c.problem.Dimension();
  const RealMatrix h = ToReal(c.problem.hessian);
  const RealMatrix q = MatrixOfQ(c);
  const RealMatrix identity = RealMatrix::Identity(d, d);
  const Real eta = c.hyper.learning_rate;
  const Real beta = c.hyper.beta1;
  const Real lambda = c.hyper.weight_decay;
  const bool adamw = c.hyper.optimizer == OptimizerKind::kAdamW;
  const RealMatrix slope = adamw ? h : RealMatrix(h + lambda * identity);
  const Real decay = adamw ? Real(eta * lambda) : Real(0);
  const RealMatrix pull = eta * beta * (q * slope);
  RealMatrix a(2 * d, 2 * d);  // I − F
  a << decay * identity + pull, (1 - beta) * identity, -pull, beta * identity;
  RealMatrix g(2 * d, d);
  g << -eta * beta * q, eta * beta * q;
  return SolveByBruteForce(a, g * ToReal(c.problem.gradient_noise) * g.transpose(), 1)
      .topLeftCorner(d, d);
}

TEST(Honesty, MomentumLaw) {
  Ledger covariance("momentum covariance");
  Ledger log_det("momentum log det");
  std::size_t index = 0;
  for (Case c : Cases()) {
    if (c.problem.Dimension() > 5) continue;  // (2d)⁶ operations in 100 digits
    const double betas[] = {0.1, 0.9, 1, 1e-3};
    c.hyper.beta1 = betas[index++ % 4];
    c.name += fmt::format(", beta1 {}", c.hyper.beta1);
    const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
    if (!HasLaw(system)) continue;
    CheckLaw(c, MomentumLaw(system), MomentumReference(c), covariance, log_det);
  }
}

/// M as printed, from the printed formula.
RealMatrix PaperReference(const Case& c) {
  const RealMatrix h = ToReal(c.problem.hessian);
  const RealMatrix q = MatrixOfQ(c);
  const RealMatrix identity = RealMatrix::Identity(h.rows(), h.cols());
  const Real scale = Real(c.hyper.learning_rate) / (2 * Real(c.hyper.batch_size));
  const Real lambda = c.hyper.weight_decay;
  if (c.hyper.optimizer == OptimizerKind::kAdamW) {
    return scale * (q * h + lambda * identity).partialPivLu().solve(q * h * q);
  }
  return scale * (h + lambda * identity).partialPivLu().solve(h * q);
}

TEST(Honesty, PrintedCovariances) {
  Ledger covariance("printed covariance");
  Ledger log_det("printed log det");
  for (const Case& c : Cases()) {
    double error = 0;
    Eigen::MatrixXd printed;
    try {
      printed = PaperCovariance(c.problem, c.hyper, c.preconditioner);
      error = EstimatePaperError(c.problem, c.hyper, c.preconditioner);
    } catch (const std::domain_error&) {
      continue;  // singular
    }
    const RealMatrix truth = PaperReference(c);
    covariance.Claim(c.name, RelativeError(printed, truth), error);
    const PaperDefects defects = CompareWithPaper(printed, printed, error);
    EXPECT_TRUE(std::isfinite(defects.relative_error)) << c.name;
    log_det.Claim(c.name, LogDetError(defects.log_det, truth), defects.log_det_error,
                  static_cast<double>(c.problem.Dimension()));
  }
}

/// Drifts that are far from normal, slow against fast, oscillating, huge and tiny.
std::vector<std::pair<std::string, LinearSde>> GeneralCases() {
  RandomProblems random(73);
  std::vector<std::pair<std::string, LinearSde>> cases;
  const auto add = [&](const std::string& name, const Eigen::MatrixXd& a,
                       const Eigen::MatrixXd& b) {
    cases.emplace_back(
        name, LinearSde{.drift = a, .center = Eigen::VectorXd::Zero(a.rows()), .diffusion = b});
  };
  for (const double coupling : {1.0, 1e3, 1e6, 1e9}) {
    Eigen::MatrixXd a = random.Normal(4, 4).triangularView<Eigen::StrictlyUpper>();
    a *= coupling;
    a.diagonal() << 1, 2, 3, 4;
    const Eigen::MatrixXd u = random.Orthogonal(4);
    add(fmt::format("coupling {}", coupling), u * a * u.transpose(), random.Normal(4, 2));
    add(fmt::format("triangular coupling {}", coupling), a, random.Normal(4, 4));
  }
  for (const double slow : {1e-3, 1e-8, 1e-13}) {
    const Eigen::MatrixXd t = random.Normal(4, 4);
    const Eigen::Vector4d rates(slow, 0.1, 1, 3);
    add(fmt::format("slowest {}", slow), t * rates.asDiagonal() * t.inverse(), random.Normal(4, 4));
  }
  for (const double damping : {1e-2, 1e-7, 1e-12}) {
    Eigen::Matrix2d a;
    a << damping, 1, -1, damping;
    add(fmt::format("damping {}", damping), a, random.Normal(2, 1));
  }
  // Noise that reaches the last component only through the others: nearly singular M.
  for (const int d : {3, 5, 7}) {
    Eigen::MatrixXd a = Eigen::MatrixXd::Identity(d, d);
    for (int i = 1; i < d; ++i) a(i, i - 1) = -0.1;
    a.diagonal() = Eigen::VectorXd::LinSpaced(d, 1, 2);
    add(fmt::format("chain of {}", d), a, Eigen::MatrixXd(Eigen::VectorXd::Unit(d, 0)));
  }
  for (const double scale : {1e-100, 1e100}) {
    const Eigen::MatrixXd a = Eigen::Matrix3d::Identity() + 0.3 * random.Normal(3, 3);
    add(fmt::format("drift {}", scale), scale * a, random.Normal(3, 3));
    add(fmt::format("noise {}", scale), a, std::sqrt(scale) * random.Normal(3, 3));
  }
  add("d = 1", Eigen::MatrixXd::Constant(1, 1, 1e-5), Eigen::MatrixXd::Constant(1, 1, 7.0));
  return cases;
}

TEST(Honesty, GeneralLinearSdes) {
  Ledger covariance("general covariance");
  Ledger log_det("general log det");
  for (const auto& [name, sde] : GeneralCases()) {
    const RealMatrix a = ToReal(sde.drift);
    const RealMatrix noise = ToReal(sde.diffusion) * ToReal(sde.diffusion).transpose();
    const double limit = MaxStableStep(DriftSpectrum(sde));
    for (const double share : {0.0, 0.5, 0.999}) {
      GaussianLaw law;
      try {
        law = GeneralLaw(sde, share * limit);
      } catch (const std::domain_error&) {
        continue;  // a rate that rounding cannot tell from zero
      }
      const RealMatrix truth = SolveByBruteForce(a, noise, share * limit);
      const std::string what = fmt::format("{}, step {} of the limit", name, share);
      covariance.Claim(what, RelativeError(law.covariance, truth), std::pow(10.0, -law.digits));
      if (std::isfinite(law.log_det)) {
        log_det.Claim(what, LogDetError(law.log_det, truth), law.log_det_error,
                      static_cast<double>(a.rows()));
      }
    }
  }
}

TEST(Honesty, KlAndBoundsOfEveryLaw) {
  Ledger divergence("KL");
  Ledger err("err");
  Ledger phi("Phi");
  for (const Case& c : Cases()) {
    const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
    if (!HasLaw(system)) continue;
    const GaussianLaw law = StationaryLaw(system);
    if (!std::isfinite(law.log_det)) continue;
    const Reference reference(c);
    const RealMatrix m = SolveByBruteForce(reference.drift, reference.noise, 0);
    const RealVector center = ToReal(c.problem.minimizer) - reference.shift;
    const auto d = static_cast<double>(c.problem.Dimension());
    // A wide prior, the usual one, and one that nearly is the posterior: KL cancels.
    for (const double rho : {1e6, 1.0, law.covariance.trace() / d}) {
      const BoundSettings settings{.prior_variance = rho};
      const double norm = law.covariance.norm();
      const PosteriorSummary summary{
          .dimension = c.problem.Dimension(),
          .log_det = law.log_det,
          .trace = law.covariance.trace(),
          .mean_square = law.mean.squaredNorm(),
          .minimizer_square = c.problem.minimizer.squaredNorm(),
          .log_det_error = law.log_det_error,
          .trace_error = std::sqrt(d) * std::pow(10.0, -law.digits) * norm,
          .mean_square_error =
              2 * law.mean.norm() * EstimateMeanError(system, c.problem.minimizer)};
      const Real true_err = -LogAbsDet(m) + m.trace() / Real(rho) + Real(d) * log(Real(rho));
      const Real mean_term = center.squaredNorm() / Real(rho) - Real(d);
      const Real true_kl = (true_err + mean_term) / 2;
      const auto relative = [](double value, const Real& truth) {
        return static_cast<double>(abs(Real(value) - truth) / abs(truth));
      };
      const std::string name = fmt::format("{}, rho {}", c.name, rho);
      divergence.Claim(name, relative(KlDivergence(summary, settings), true_kl),
                       std::pow(10.0, -KlDigits(summary, settings)));
      const BoundValue bound = PacBayesBound(summary, settings, BoundConvention::kDerived);
      const double claimed = std::pow(10.0, -bound.digits);
      err.Claim(name, relative(bound.err, true_err), claimed);
      const Real log_term =
          2 * log(2 * Real(settings.num_samples) / Real(settings.failure_probability));
      const Real true_phi =
          sqrt(8 * (true_err + mean_term + log_term) / Real(settings.num_samples));
      phi.Claim(name, relative(bound.phi, true_phi), claimed);
    }
  }
}

TEST(Honesty, RiskOfEveryLaw) {
  Ledger ledger("risk");
  for (const Case& c : Cases()) {
    const ModalSystem system = MakeModalSystem(c.problem, c.hyper, c.preconditioner);
    if (!HasLaw(system)) continue;
    const GaussianLaw law = StationaryLaw(system);
    const Reference reference(c);
    const RealMatrix h = ToReal(c.problem.hessian);
    const RealMatrix m = SolveByBruteForce(reference.drift, reference.noise, 0);
    const Real truth =
        (reference.shift.dot(RealVector(h * reference.shift)) + h.cwiseProduct(m).sum()) / 2;
    const double risk =
        QuadraticRisk(c.problem.hessian, c.problem.minimizer, law.mean, law.covariance);
    const double estimate =
        EstimateRiskError(system, c.problem, law.covariance, std::pow(10.0, -law.digits));
    ledger.Claim(c.name, static_cast<double>(abs(Real(risk) - truth) / truth), estimate / risk);
  }
}

// Claims of nothing would pass all of the above.
TEST(Honesty, WellConditionedProblemsHaveTwelveDigits) {
  RandomProblems random(74);
  for (int i = 0; i < 50; ++i) {
    Hyperparameters hyper;
    hyper.optimizer = i % 2 == 0 ? OptimizerKind::kAdamW : OptimizerKind::kL2Adam;
    hyper.weight_decay = 0.1;
    const QuadraticProblem problem =
        i % 3 == 0 ? random.PaperNoise(6, 10, hyper) : random.AnyNoise(6, 10);
    const Preconditioner q = MakePreconditioner(PreconditionerKind::kLemma5, problem, hyper);
    const ModalSystem system = MakeModalSystem(problem, hyper, q);
    for (const GaussianLaw& law :
         {StationaryLaw(system), EulerMaruyamaLaw(system, 1e-3), MomentumLaw(system)}) {
      EXPECT_GT(law.digits, 12) << i;
      EXPECT_LT(law.log_det_error, 1e-11) << i;
    }
    EXPECT_LT(EstimatePaperError(problem, hyper, q), 1e-12);
    EXPECT_LT(EstimateMeanError(system, problem.minimizer), 1e-12 * problem.minimizer.norm());
  }
}

}  // namespace
}  // namespace adamsde
