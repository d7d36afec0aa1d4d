#include "analysis/spectrum/mass_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "analysis/spectrum/lanczos.h"

namespace adamsde {
namespace {

constexpr int kCellsPerDecade = 32;
constexpr int kMostSweeps = 60;

/// Nodes and weights of the Gauss rule of a Jacobi matrix.
struct Rule {
  Eigen::VectorXd nodes;
  Eigen::VectorXd weights;
};

/// Implicit QL with Wilkinson's shift, on the first row of the eigenvectors alone
/// [GolubWelsch1969].
Rule GaussRule(Eigen::VectorXd d, Eigen::VectorXd e) {
  const Eigen::Index n = d.size();
  e.conservativeResize(n);
  e(n - 1) = 0;
  Eigen::VectorXd first = Eigen::VectorXd::Unit(n, 0);
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  for (Eigen::Index l = 0; l < n; ++l) {
    for (int sweep = 0;; ++sweep) {
      Eigen::Index m = l;
      while (m + 1 < n && std::abs(e(m)) > kEpsilon * (std::abs(d(m)) + std::abs(d(m + 1)))) ++m;
      if (m == l) break;
      if (sweep == kMostSweeps) throw std::domain_error("no Gauss rule (QL does not converge)");
      double g = (d(l + 1) - d(l)) / (2 * e(l));
      double r = std::hypot(g, 1.0);
      g = d(m) - d(l) + e(l) / (g + std::copysign(r, g));
      double s = 1;
      double c = 1;
      double p = 0;
      Eigen::Index i = m - 1;
      for (; i >= l; --i) {
        const double f = s * e(i);
        const double b = c * e(i);
        r = std::hypot(f, g);
        e(i + 1) = r;
        if (r == 0) {
          d(i + 1) -= p;
          e(m) = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d(i + 1) - p;
        r = (d(i) - g) * s + 2 * c * b;
        p = s * r;
        d(i + 1) = g + p;
        g = c * r - b;
        const double z = first(i + 1);
        first(i + 1) = s * first(i) + c * z;
        first(i) = c * first(i) - s * z;
      }
      if (r == 0 && i >= l) continue;
      d(l) -= p;
      e(l) = g;
      e(m) = 0;
    }
  }
  return {.nodes = std::move(d), .weights = first.cwiseAbs2()};
}

/// Sizes from the floor to `most`, ascending, among them all turns.
std::vector<double> Sizes(double floor, double most, const std::vector<double>& turns) {
  std::vector<double> size = {floor, most};
  const double step = std::pow(10.0, 1.0 / kCellsPerDecade);
  for (double s = floor * step; s < most; s *= step) size.push_back(s);
  for (const double s : turns) {
    if (s > floor && s < most) size.push_back(s);
  }
  std::sort(size.begin(), size.end());
  return size;
}

/// Bounds on the share of eigenvalues that count as ≤ s, for each s.
std::vector<Enclosure> Shares(const MassBounds& mass, NegativePolicy negative,
                              const std::vector<double>& size) {
  std::vector<Enclosure> share;
  for (const double s : size) {
    Enclosure g = mass.Below(s);
    if (negative != NegativePolicy::kClip) {
      const Enclosure left = mass.Below(-s);
      g = {.low = std::max(0.0, g.low - left.high), .high = std::min(1.0, g.high - left.low)};
    }
    share.push_back(g);
  }
  share.back() = {1, 1};
  // A share grows with s.
  for (std::size_t i = 1; i < size.size(); ++i) {
    share[i].low = std::max(share[i].low, share[i - 1].low);
  }
  for (std::size_t i = size.size() - 1; i-- > 0;) {
    share[i].high = std::min(share[i].high, share[i + 1].high);
  }
  return share;
}

}  // namespace

// Lanczos on diag(nodes) from √weights gives the Jacobi matrix back.
MassBounds::MassBounds(const WeightedSpectrum& gauss)
    : largest_(gauss.values.cwiseAbs().maxCoeff()) {
  const Eigen::Index k = gauss.values.size();
  const BlockOperator a = [&](const Eigen::MatrixXd& v) -> Eigen::MatrixXd {
    return gauss.values.asDiagonal() * v;
  };
  const LanczosRuns jacobi =
      RunLanczos(a, gauss.weights.cwiseSqrt(), Eigen::VectorXd::Ones(k),
                 {.steps = std::max(2, static_cast<int>(k)), .runs = 1, .threads = 1});
  diagonal_ = jacobi.diagonal.row(0);
  subdiagonal_ = jacobi.subdiagonal.row(0);
}

Enclosure MassBounds::Below(double t) const {
  const Eigen::Index k = diagonal_.size();
  if (k == 1) return diagonal_(0) <= t ? Enclosure{1, 1} : Enclosure{0, 0};
  // The last entry that makes t a node, p_k(t) = 0, from the ratio p_{k−1}/p_{k−2} of monic
  // orthogonal polynomials at t.
  Eigen::VectorXd diagonal = diagonal_;
  double ratio = t - diagonal(0);
  for (Eigen::Index j = 1; j + 1 < k; ++j) {
    const double square = subdiagonal_(j - 1) * subdiagonal_(j - 1);
    if (ratio == 0) ratio = std::numeric_limits<double>::min();
    ratio = t - diagonal(j) - square / ratio;
  }
  const double last = subdiagonal_(k - 2);
  // Where t is a node of the rule before, or the run ended early, that rule decides: the new node
  // is far away, without weight.
  const double moved = last * last / (ratio == 0 ? std::numeric_limits<double>::min() : ratio);
  const double far = 1e6 * std::max(largest_, std::abs(t));
  diagonal(k - 1) = t - std::clamp(moved, -far, far);
  const Rule rule = GaussRule(diagonal, subdiagonal_);
  Eigen::Index own = 0;
  (rule.nodes.array() - t).abs().minCoeff(&own);
  Enclosure mass;
  for (Eigen::Index j = 0; j < k; ++j) {
    if (j != own && rule.nodes(j) < t) mass.low += rule.weights(j);
  }
  mass.high = mass.low + rule.weights(own);
  return mass;
}

Enclosure EncloseMean(const MassBounds& mass, const SpectrumPolicy& policy,
                      const std::function<double(double)>& f, const std::vector<double>& turns) {
  if (!(policy.floor > 0) || policy.negative == NegativePolicy::kDrop) {
    throw std::invalid_argument("no bounds on err (they need a floor > 0, and no node dropped)");
  }
  const double most = 2 * std::max(mass.LargestSize(), policy.floor);
  const std::vector<double> size = Sizes(policy.floor, most, turns);
  const std::vector<Enclosure> share = Shares(mass, policy.negative, size);
  // ∫ f dG = f(most) − ∫ G df, G within a cell between its ends' bounds.
  Enclosure mean = {f(most), f(most)};
  for (std::size_t i = 0; i + 1 < size.size(); ++i) {
    const double change = f(size[i + 1]) - f(size[i]);
    mean.low -= change * (change > 0 ? share[i + 1].high : share[i].low);
    mean.high -= change * (change > 0 ? share[i].low : share[i + 1].high);
  }
  return mean;
}

Corollary3Bounds EncloseCorollary3(const SpectrumRuns& spectrum, const Hyperparameters& hyper,
                                   double prior_variance, const SpectrumPolicy& policy) {
  const double scale =
      2 * prior_variance * static_cast<double>(hyper.batch_size) / hyper.learning_rate;
  const double lambda = hyper.weight_decay;
  const auto h = [](double x) { return std::log(x) + 1 / x; };
  const auto adamw = [&](double s) { return h(scale * (std::sqrt(s) + lambda)); };
  const auto l2_adam = [&](double s) { return h(scale * (std::sqrt(s) + lambda / std::sqrt(s))); };
  // h turns at x = 1, x^ℓ2 at σ = λ.
  const auto square = [](double x) { return x * x; };
  const double root = std::sqrt(std::max(0.0, square(1 / scale) - 4 * lambda));
  const std::vector<double> adamw_turns = {square(std::max(0.0, 1 / scale - lambda))};
  const std::vector<double> l2_turns = {lambda, square((1 / scale - root) / 2),
                                        square((1 / scale + root) / 2)};
  const auto runs = static_cast<double>(spectrum.runs.size());
  Corollary3Bounds sum;
  for (const WeightedSpectrum& run : spectrum.runs) {
    const MassBounds mass(run);
    const Enclosure a = EncloseMean(mass, policy, adamw, adamw_turns);
    const Enclosure l = EncloseMean(mass, policy, l2_adam, l2_turns);
    sum.adamw = {sum.adamw.low + a.low / runs, sum.adamw.high + a.high / runs};
    sum.l2_adam = {sum.l2_adam.low + l.low / runs, sum.l2_adam.high + l.high / runs};
  }
  return sum;
}

}  // namespace adamsde
