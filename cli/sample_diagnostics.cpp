#include "cli/sample_diagnostics.h"

#include <fmt/format.h>
#include <gsl/gsl_cdf.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/statistics/comparison.h"
#include "analysis/statistics/whitening.h"
#include "sde/ensemble/ensemble.h"
#include "sde/problem/symmetric_eigen.h"
#include "sde/process/gaussian_kernel.h"

namespace adamsde {
namespace {

constexpr std::int64_t kMostChains = 256;
constexpr std::int64_t kLags = 24;
constexpr Eigen::Index kMostAxes = 100;
constexpr std::size_t kMostQuantiles = 200;

/// v'M v and v'M̂v along eigenvectors v of M: for d > 100, evenly spaced ranks of them.
std::string AxesCsv(const RecordLaw& law, const std::vector<MomentSums>& groups) {
  const SymmetricEigen eigen = DecomposeSymmetric(law.Covariance());
  const Eigen::Index d = eigen.values.size();
  const Eigen::Index shown = std::min(d, kMostAxes);
  std::vector<Eigen::Index> ranks;
  for (Eigen::Index k = 0; k < shown; ++k) {
    ranks.push_back(d - 1 - (shown == 1 ? 0 : k * (d - 1) / (shown - 1)));
  }
  const Eigen::MatrixXd axes = eigen.vectors(Eigen::all, ranks);
  const MomentSums pooled = Pool(groups);
  const Eigen::VectorXd mean = pooled.Mean();
  const auto along = [&](const MomentSums& sums) {
    return Eigen::ArrayXd(
        (sums.CovarianceAround(mean) * axes).cwiseProduct(axes).colwise().sum().transpose());
  };
  const Eigen::ArrayXd sample = along(pooled);
  Eigen::ArrayXd square = Eigen::ArrayXd::Zero(shown);
  for (const MomentSums& group : groups) square += (along(group) - sample).square();
  const auto g = static_cast<double>(groups.size());
  const Eigen::ArrayXd error = (square / (g * (g - 1))).sqrt();
  std::string csv = "rank,law,sample,stderr\n";
  for (Eigen::Index k = 0; k < shown; ++k) {
    const Eigen::Index rank = ranks[static_cast<std::size_t>(k)];
    csv += fmt::format("{},{},{},{}\n", d - rank, eigen.values(rank), sample(k), error(k));
  }
  return csv;
}

/// Records of further chains of the same scheme: chains×(records·d) deviations from the mean.
struct Companion {
  std::int64_t record_every = 1;
  std::int64_t records = 0;
  Eigen::MatrixXd states;
};

/// Spaced so that the slowest mode is followed for three of its time constants.
Companion RunCompanion(const SampledSystem& system, SamplingPlan plan, double slowest_rate,
                       const Options& options) {
  const double constant = 1 / (plan.time_step * slowest_rate);
  plan.record_every = std::max<std::int64_t>(1, std::llround(std::min(3 * constant / kLags, 1e9)));
  plan.records = kLags + 1;
  plan.chains = std::min(plan.chains, kMostChains);
  plan.replicates = std::min<std::int64_t>(plan.replicates, plan.chains);
  Companion companion{.record_every = plan.record_every, .records = plan.records, .states = {}};
  const Eigen::Index d = system.Dimension();
  companion.states.resize(plan.chains, plan.records * d);
  EnsembleOptions run = MakeEnsembleOptions(plan);
  run.seed = options.seed;
  run.threads = options.threads;
  const auto stepper =
      MakeStepper(system, plan.scheme, plan.time_step, plan.record_every, plan.precision);
  const Eigen::MatrixXd& from = stepper->StateCoordinates().from;  // empty: the original ones
  run.sink = [&](std::int64_t first, const Eigen::MatrixXd& records) {
    const Eigen::Index rows = std::min<Eigen::Index>(records.rows(), plan.chains - first);
    for (Eigen::Index r = 0; r < plan.records; ++r) {
      const auto state = records.block(0, r * d, rows, d);
      auto place = companion.states.block(first, r * d, rows, d);
      if (from.size() > 0) {
        place = state * from.transpose();
      } else {
        place = state;
      }
    }
  };
  const EnsembleResult result = RunEnsemble(*stepper, run);
  if (!result.divergences.empty()) companion.records = 0;
  return companion;
}

/// The p-quantile of the i-th smallest of n independent normals: its cdf is that of a beta law at
/// Φ(x), inverted by bisection (GSL's inverse aborts on some arguments).
double OrderStatistic(double p, double i, double n) {
  double low = -40;
  double high = 40;
  for (int k = 0; k < 60; ++k) {
    const double middle = 0.5 * (low + high);
    (gsl_cdf_beta_P(gsl_cdf_ugaussian_P(middle), i, n + 1 - i) < p ? low : high) = middle;
  }
  return low;
}

/// Whitened states of the first records, sorted, against normal quantiles; the band holds 95 % of
/// each quantile of as many independent normals.
std::string QuantilesCsv(const Companion& companion, const Eigen::MatrixXd& covariance) {
  const Whitening whitening = Whiten(covariance);
  const Eigen::MatrixXd first = companion.states.leftCols(covariance.rows());
  const Eigen::MatrixXd white = first * whitening.to_working.transpose();
  std::vector<double> values(white.data(), white.data() + white.size());
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  const std::size_t shown = std::min(values.size(), kMostQuantiles);
  std::string csv = "normal,sample,low,high\n";
  for (std::size_t k = 0; k < shown; ++k) {
    const std::size_t rank = shown == 1 ? 0 : k * (values.size() - 1) / (shown - 1);
    const double i = static_cast<double>(rank) + 1;
    csv += fmt::format("{},{},{},{}\n", gsl_cdf_ugaussian_Pinv((i - 0.5) / n), values[rank],
                       OrderStatistic(0.025, i, n), OrderStatistic(0.975, i, n));
  }
  return csv;
}

/// F − I over one recording interval of the companion.
Eigen::MatrixXd Increment(const Companion& companion, const SampledSystem& system,
                          const SamplingPlan& plan) {
  if (plan.scheme != Scheme::kExact) {
    return LeapKernel(system.sde, plan.time_step, companion.record_every).increment;
  }
  return ExactKernel(system.sde, static_cast<double>(companion.record_every) * plan.time_step)
      .increment;
}

/// Up to three coordinates: the slowest, the middle and the fastest to decay over one interval.
std::vector<Eigen::Index> SlowMiddleFast(const Eigen::ArrayXd& decay) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(decay.size()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return decay(a) > decay(b); });
  std::vector<Eigen::Index> chosen = {order.front(), order[order.size() / 2], order.back()};
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

/// Mean over chains of u_t u_{t+k}, with its standard error; u: chains×records.
std::pair<double, double> LaggedProduct(const Eigen::ArrayXXd& u, Eigen::Index k) {
  const Eigen::Index pairs = u.cols() - k;
  const Eigen::ArrayXd per_chain = (u.leftCols(pairs) * u.rightCols(pairs)).rowwise().mean();
  const auto n = static_cast<double>(per_chain.size());
  const double mean = per_chain.mean();
  return {mean, std::sqrt((per_chain - mean).square().sum() / (n * (n - 1)))};
}

/// Sampled autocorrelations u_t u_{t+k}/N beside the exact ones, F^k N.
std::string AutocorrelationCsv(const Companion& companion, const SampledSystem& system,
                               const SamplingPlan& plan, const RecordLaw& law) {
  const Eigen::Index d = system.Dimension();
  const Eigen::MatrixXd increment = Increment(companion, system, plan);
  const Eigen::MatrixXd& t = law.ToWorking();
  const Eigen::ArrayXd variance = law.WorkingCovariance().diagonal();
  Eigen::MatrixXd lagged = law.Covariance() * t.transpose();  // F^k M Tᵀ
  const std::vector<Eigen::Index> chosen =
      SlowMiddleFast((t * (lagged + increment * lagged)).diagonal().array() / variance);
  lagged = lagged(Eigen::all, chosen).eval();
  std::vector<Eigen::ArrayXXd> sampled;
  for (const Eigen::Index i : chosen) {
    Eigen::ArrayXXd& u = sampled.emplace_back(companion.states.rows(), companion.records);
    for (Eigen::Index r = 0; r < companion.records; ++r) {
      u.col(r) = companion.states.middleCols(r * d, d) * t.row(i).transpose();
    }
  }
  const char* const names[] = {"slowest", chosen.size() == 2 ? "fastest" : "middle", "fastest"};
  std::string csv = "direction,lag,theory,sample,stderr\n";
  for (std::int64_t k = 0; k <= kLags; ++k) {
    for (std::size_t c = 0; c < chosen.size(); ++c) {
      const double scale = variance(chosen[c]);
      const auto [mean, error] = LaggedProduct(sampled[c], k);
      csv += fmt::format("{},{},{},{},{}\n", names[c], k * companion.record_every,
                         t.row(chosen[c]).dot(lagged.col(static_cast<Eigen::Index>(c))) / scale,
                         mean / scale, error / scale);
    }
    lagged += (increment * lagged).eval();
  }
  return csv;
}

double SlowestRate(const SampledSystem& system) {
  return system.modal ? system.modal->rates(0) : DriftSpectrum(system.sde).real().minCoeff();
}

}  // namespace

void AddSampleDiagnostics(const SampledSystem& system, const SamplingPlan& plan,
                          const RecordLaw& law, const std::vector<MomentSums>& groups,
                          const Options& options, Result& result) {
  if (!result.WantsFiles()) return;
  const Averaging counts{.chains = plan.chains, .records = plan.records};
  const Eigen::MatrixXd z =
      CovarianceError(Pool(groups), law, counts).array() / law.EntryVariance(counts).array().sqrt();
  result.AddArray("sample_z.npy", z);
  result.AddText("sample_axes.csv", AxesCsv(law, groups));
  const Companion companion = RunCompanion(system, plan, SlowestRate(system), options);
  if (companion.records == 0) return;
  result.AddText("sample_quantiles.csv", QuantilesCsv(companion, law.Covariance()));
  result.AddText("sample_autocorrelation.csv", AutocorrelationCsv(companion, system, plan, law));
}

}  // namespace adamsde
