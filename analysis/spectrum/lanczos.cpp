#include "analysis/spectrum/lanczos.h"

#include <fmt/format.h>
#include <omp.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "sde/ensemble/exception_carrier.h"
#include "sde/random/normal.h"
#include "sde/random/streams.h"

namespace adamsde {
namespace {

/// A few probes in lockstep. `from` is the number of the first run in `runs`.
class Group {
 public:
  Group(const BlockOperator& a, const Eigen::MatrixXd& probes, const Eigen::VectorXd& q,
        Eigen::Index steps)
      : a_(a), current_(probes.colwise().normalized()), basis_(static_cast<std::size_t>(Width())) {
    for (Eigen::Index r = 0; r < Width(); ++r) {
      BasisOf(r) = Eigen::MatrixXd::Zero(probes.rows(), steps);
    }
    weighted_ = q.asDiagonal() * current_;
  }

  void Fill(LanczosRuns& runs, Eigen::Index from) {
    const Eigen::Index steps = runs.Steps();
    std::vector<bool> done(basis_.size(), false);
    for (Eigen::Index j = 0; j < steps; ++j) {
      for (Eigen::Index r = 0; r < Width(); ++r) BasisOf(r).col(j) = current_.col(r);
      Eigen::MatrixXd image = a_(current_);
      for (Eigen::Index r = 0; r < Width(); ++r) {
        if (done[static_cast<std::size_t>(r)]) continue;
        const double alpha = current_.col(r).dot(image.col(r));
        runs.diagonal(from + r, j) = alpha;
        const double size = image.col(r).norm();
        // Twice is enough: orthogonal to all earlier vectors up to rounding.
        const auto earlier = BasisOf(r).leftCols(j + 1);
        for (int pass = 0; pass < 2; ++pass) {
          image.col(r) -= earlier * (earlier.transpose() * image.col(r)).eval();
        }
        const double beta = image.col(r).norm();
        scale_ = std::max(scale_, size);
        if (j + 1 == steps) continue;
        // Nothing but rounding is left: the subspace is invariant and its quadrature exact.
        if (beta <= 1e-13 * scale_) {
          done[static_cast<std::size_t>(r)] = true;
          current_.col(r).setZero();
          continue;
        }
        runs.subdiagonal(from + r, j) = beta;
        current_.col(r) = image.col(r) / beta;
      }
    }
    for (Eigen::Index r = 0; r < Width(); ++r) {
      runs.cross.row(from + r) = weighted_.col(r).transpose() * BasisOf(r);
    }
  }

 private:
  [[nodiscard]] Eigen::Index Width() const { return current_.cols(); }
  Eigen::MatrixXd& BasisOf(Eigen::Index run) { return basis_[static_cast<std::size_t>(run)]; }

  const BlockOperator& a_;
  Eigen::MatrixXd current_;
  Eigen::MatrixXd weighted_;            // q∘u
  std::vector<Eigen::MatrixXd> basis_;  // V of each run
  double scale_ = 0;                    // of A, as far as seen
};

/// T's eigenvalues and eigenvectors, ascending.
Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> DecomposeTridiagonal(
    const Eigen::VectorXd& diagonal, const Eigen::VectorXd& subdiagonal) {
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal, subdiagonal);
  if (solver.info() != Eigen::Success) {
    throw std::domain_error(
        "no eigendecomposition of a Lanczos matrix (the operator gave non-finite values)");
  }
  return solver;
}

}  // namespace

RunEstimate OverRuns(const Eigen::VectorXd& per_run) {
  const auto runs = static_cast<double>(per_run.size());
  RunEstimate estimate{.value = per_run.mean(),
                       .standard_error = std::numeric_limits<double>::quiet_NaN()};
  if (runs > 1) {
    const double square = (per_run.array() - estimate.value).square().sum();
    estimate.standard_error = std::sqrt(square / (runs * (runs - 1)));
  }
  return estimate;
}

SpectrumRuns ToSpectrumRuns(const NodeTable& table) {
  SpectrumRuns spectrum;
  for (Eigen::Index r = 0; r < table.values.rows(); ++r) {
    Eigen::Index used = table.values.cols();
    while (used > 1 && table.weights(r, used - 1) == 0) --used;
    spectrum.runs.push_back({.values = table.values.row(r).head(used).transpose(),
                             .weights = table.weights.row(r).head(used).transpose(),
                             .dimension = table.dimension});
  }
  return spectrum;
}

void Validate(const LanczosOptions& options) {
  if (options.steps < 2) {
    throw std::invalid_argument(
        fmt::format("lanczos-steps = {} is not allowed (must be >= 2)", options.steps));
  }
  if (options.runs < 1 || options.runs > 1000000) {
    throw std::invalid_argument(
        fmt::format("spectrum-runs = {} is not allowed (must be 1 to 1000000)", options.runs));
  }
  if (options.threads < 0) {
    throw std::invalid_argument(
        fmt::format("threads = {} is not allowed (must be >= 0)", options.threads));
  }
}

Eigen::MatrixXd Probes(Eigen::Index dimension, const LanczosOptions& options) {
  Validate(options);
  const NormalStream stream{.seed = options.seed, .stream = kProbeStream};
  Eigen::MatrixXd probes(dimension, options.runs);
  for (Eigen::Index r = 0; r < probes.cols(); ++r) {
    for (Eigen::Index i = 0; i < dimension; ++i) {
      const auto run = static_cast<std::uint32_t>(r);
      const auto component = static_cast<std::uint32_t>(i);
      if (options.probe == ProbeKind::kGaussian) {
        probes(i, r) = StandardNormal(stream, run, 0, component);
      } else {
        const auto bits = PhiloxBits({run, component, 0, stream.stream}, stream.seed);
        probes(i, r) = (bits[0] & 1U) == 0 ? -1.0 : 1.0;
      }
    }
  }
  return probes;
}

LanczosRuns RunLanczos(const BlockOperator& a, const Eigen::MatrixXd& probes,
                       const Eigen::VectorXd& q, const LanczosOptions& options) {
  Validate(options);
  const Eigen::Index d = probes.rows();
  const Eigen::Index count = probes.cols();
  const Eigen::Index steps = std::min<Eigen::Index>(options.steps, d);
  LanczosRuns runs{.diagonal = Eigen::MatrixXd::Zero(count, steps),
                   .subdiagonal = Eigen::MatrixXd::Zero(count, steps - 1),
                   .cross = Eigen::MatrixXd::Zero(count, steps),
                   .dimension = static_cast<double>(d)};
  const Eigen::Index groups = (count + kLanczosGroup - 1) / kLanczosGroup;
  // NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): num_threads reads it
  const int threads = options.threads > 0 ? options.threads : omp_get_max_threads();
  std::atomic<Eigen::Index> finished = 0;
  ExceptionCarrier carrier;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (Eigen::Index g = 0; g < groups; ++g) {
    carrier([&] {
      const Eigen::Index first = g * kLanczosGroup;
      Group(a, probes.middleCols(first, std::min(kLanczosGroup, count - first)), q, steps)
          .Fill(runs, first);
      const Eigen::Index now = ++finished;
      if (options.progress && omp_get_thread_num() == 0) {
        options.progress(static_cast<double>(now) / static_cast<double>(groups));
      }
    });
  }
  carrier.Rethrow();
  return runs;
}

Quadrature MakeQuadrature(const LanczosRuns& runs, Eigen::Index steps) {
  const Eigen::Index k = std::min(steps, runs.Steps());
  Quadrature result{.spectrum = {.values = Eigen::MatrixXd(runs.Runs(), k),
                                 .weights = Eigen::MatrixXd::Zero(runs.Runs(), k),
                                 .dimension = runs.dimension},
                    .cross = Eigen::MatrixXd::Zero(runs.Runs(), k)};
  for (Eigen::Index r = 0; r < runs.Runs(); ++r) {
    // Up to the invariant subspace, if one was found.
    Eigen::Index active = 1;
    while (active < k && runs.subdiagonal(r, active - 1) > 0) ++active;
    const auto solver = DecomposeTridiagonal(runs.diagonal.row(r).head(active).transpose(),
                                             runs.subdiagonal.row(r).head(active - 1).transpose());
    const Eigen::RowVectorXd first = solver.eigenvectors().row(0);
    result.spectrum.values.row(r).setConstant(solver.eigenvalues()(active - 1));  // weight 0
    result.spectrum.values.row(r).head(active) = solver.eigenvalues().transpose();
    result.spectrum.weights.row(r).head(active) = first.cwiseAbs2() / first.squaredNorm();
    result.cross.row(r).head(active) =
        first.cwiseProduct(runs.cross.row(r).head(active) * solver.eigenvectors());
  }
  return result;
}

QuadratureLadder::QuadratureLadder(const LanczosRuns& runs)
    : half_(MakeQuadrature(runs, std::max<Eigen::Index>(1, runs.Steps() / 2))),
      most_(MakeQuadrature(runs, std::max<Eigen::Index>(1, 3 * runs.Steps() / 4))),
      full_(MakeQuadrature(runs, runs.Steps())),
      complete_(static_cast<double>(runs.Steps()) >= runs.dimension) {}

TruncatedEstimate QuadratureLadder::operator()(
    const std::function<Eigen::VectorXd(const Quadrature&)>& of) const {
  const Eigen::VectorXd values = of(full_);
  TruncatedEstimate result{.estimate = OverRuns(values)};
  const double rounding = 1e-12 * values.cwiseAbs().mean();
  if (!complete_) {
    const double between = of(most_).mean();
    const double first = std::abs(between - of(half_).mean());
    const double second = std::abs(result.estimate.value - between);
    const double ratio = second / first;
    if (second <= rounding) {
      result.truncation = second;
    } else if (ratio < 1) {
      result.truncation = second * std::max(1.0, ratio / (1 - ratio));
    } else {
      result.truncation = std::numeric_limits<double>::infinity();
    }
  }
  result.converged =
      result.truncation <= rounding || result.truncation <= 0.5 * result.estimate.standard_error;
  return result;
}

Eigen::VectorXd TracePerRun(const NodeTable& runs, const std::function<double(double)>& f) {
  // A node of no weight may be outside f's domain.
  const Eigen::MatrixXd terms = runs.values.binaryExpr(
      runs.weights,
      [&](double value, double weight) { return weight == 0 ? 0 : weight * f(value); });
  return runs.dimension * terms.rowwise().sum();
}

}  // namespace adamsde
