#include "analysis/bound/sweep.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "analysis/bound/bound_of_weight_decay.h"
#include "analysis/bound/brent.h"

namespace adamsde {
namespace {

void Validate(const SweepOptions& options) {
  adamsde::Validate(options.settings);
  adamsde::Validate(CertificateOptions{
      .lambda_min = options.lambda_min, .lambda_max = options.lambda_max, .gap = options.gap});
  if (options.points < 3) {
    throw std::invalid_argument(
        fmt::format("points = {} is not allowed (must be >= 3)", options.points));
  }
}

using Objective = std::function<double(const SweepPoint&)>;

/// λ and value of the best over all local minima of the grid, each refined.
Eigen::Vector2d Refine(const BoundOfWeightDecay& bound, const std::vector<SweepPoint>& points,
                       const Objective& objective, const WorkUnits& units) {
  Eigen::Vector2d best(points.front().lambda, objective(points.front()));
  const auto keep = [&](double lambda, double value) {
    if (value < best(1)) best = {lambda, value};
  };
  const auto value_at = [&](double lambda) {
    units.GiveUpIfLeaving();
    return objective(bound(lambda));
  };
  for (const SweepPoint& point : points) keep(point.lambda, objective(point));
  for (std::size_t k = 1; k + 1 < points.size(); ++k) {
    const double value = objective(points[k]);
    if (value > objective(points[k - 1]) || value > objective(points[k + 1])) continue;
    const Minimum refined =
        FindMinimum(value_at, points[k - 1].lambda, points[k].lambda, points[k + 1].lambda);
    keep(refined.at, refined.value);
  }
  return best;
}

/// The three minima, each a unit of work.
void RefineAll(const BoundOfWeightDecay& bound, WorkUnits& units, int threads, Sweep& sweep) {
  const std::array<Objective, 3> objectives = {[](const SweepPoint& p) { return p.err; },
                                               [&](const SweepPoint& p) { return bound.Phi(p); },
                                               [](const SweepPoint& p) { return p.risk_plus_phi; }};
  const std::array<CertifiedMinimum*, 3> minima = {&sweep.err, &sweep.phi, &sweep.risk_plus_phi};
  const auto refine = [&](std::int64_t k) -> Eigen::MatrixXd {
    return Refine(bound, sweep.points, objectives[static_cast<std::size_t>(k)], units);
  };
  const std::vector<Eigen::MatrixXd> found = units.Run(3, threads, refine);
  for (std::size_t k = 0; k < found.size(); ++k) {
    *minima[k] = {.lambda = found[k](0),
                  .value = found[k](1),
                  .reason = "no bound is known for a law that rotates with lambda"};
  }
}

constexpr Eigen::Index kNumbers = sizeof(SweepPoint) / sizeof(double);
static_assert(std::is_trivially_copyable_v<SweepPoint> && kNumbers == 9);

Eigen::MatrixXd ToMatrix(const std::vector<SweepPoint>& rows) {
  Eigen::MatrixXd numbers(kNumbers, static_cast<Eigen::Index>(rows.size()));
  std::memcpy(numbers.data(), rows.data(), rows.size() * sizeof(SweepPoint));
  return numbers;
}

void Append(const Eigen::MatrixXd& numbers, std::vector<SweepPoint>& points) {
  if (numbers.rows() != kNumbers) {
    throw std::invalid_argument(
        fmt::format("saved rows have {} numbers (must be {})", numbers.rows(), kNumbers));
  }
  const std::size_t before = points.size();
  points.resize(before + static_cast<std::size_t>(numbers.cols()));
  std::memcpy(static_cast<void*>(points.data() + before), numbers.data(),
              static_cast<std::size_t>(numbers.size()) * sizeof(double));
}

/// Rows in batches of at most `most`, each a unit of work.
template <typename Rows>
void ComputeRows(const SweepOptions& options, std::size_t most, int threads, WorkUnits& units,
                 Sweep& sweep, const Rows& rows) {
  const std::vector<double> grid =
      LambdaGrid(options.lambda_min, options.lambda_max, options.points);
  const auto batches = static_cast<std::int64_t>((grid.size() + most - 1) / most);
  const auto batch = [&](std::int64_t number) {
    const std::size_t first = static_cast<std::size_t>(number) * most;
    return ToMatrix(rows(std::span(grid).subspan(first, std::min(most, grid.size() - first))));
  };
  const auto finished = [&](std::int64_t count) {
    if (!options.progress) return;
    options.progress(
        std::min(1.0, static_cast<double>(count * units.Ranks()) / static_cast<double>(batches)));
  };
  for (const Eigen::MatrixXd& part : units.Run(batches, threads, batch, finished)) {
    Append(part, sweep.points);
  }
}

/// λ of a model in one batch share work, so that a batch grows with the grid.
template <typename Rows>
void ComputeModelRows(const SweepOptions& options, WorkUnits& units, Sweep& sweep,
                      const Rows& rows) {
  const auto points = static_cast<std::size_t>(options.points);
  ComputeRows(options, std::clamp<std::size_t>(points / 32, 256, 4096), 1, units, sweep, rows);
}

std::vector<SweepPoint> ModelRows(const DecayModel& model, const DecayObjective& objective,
                                  std::span<const double> lambdas) {
  std::vector<SweepPoint> rows;
  for (const DecayNode& node : model.Evaluate(lambdas, false)) {
    rows.push_back(MakeSweepPoint(model, objective, node));
  }
  return rows;
}

/// err'(0) = Σ (1 − κ₀w_i)/s_i, where C = H/b and H is nonsingular.
std::optional<double> SlopeAtZero(const DecayModel& model, const DecayObjective& objective) {
  if (!model.NoiseIsDiagonal() || model.IsRestricted()) return std::nullopt;
  const double zero = 0;
  return objective.Slope(model, model.Evaluate(std::span(&zero, 1), true)[0], DecayTarget::kErr);
}

}  // namespace

std::vector<double> LambdaGrid(double lambda_min, double lambda_max, int points) {
  std::vector<double> grid;
  double low = lambda_min;
  if (low == 0) {
    grid.push_back(0);
    low = lambda_max * 1e-6;
  }
  const auto rest = points - static_cast<int>(grid.size());
  const double ratio = std::log(lambda_max / low);
  for (int i = 0; i < rest; ++i) grid.push_back(low * std::exp(ratio * i / (rest - 1)));
  grid.back() = lambda_max;
  return grid;
}

DecayObjective MakeDecayObjective(const QuadraticProblem& problem, const Hyperparameters& hyper,
                                  const SweepOptions& options) {
  return {.settings = options.settings,
          .convention = options.convention,
          .scale = hyper.learning_rate / (2.0 * static_cast<double>(hyper.batch_size)),
          .minimizer_square = problem.minimizer.squaredNorm()};
}

SweepPoint MakeSweepPoint(const DecayModel& model, const DecayObjective& objective,
                          const DecayNode& node) {
  const auto value = [&](BoundConvention convention, DecayTarget target) {
    DecayObjective chosen = objective;
    chosen.convention = convention;
    return chosen.Value(model, node, target);
  };
  return {.lambda = node.lambda,
          .err = objective.Value(model, node, DecayTarget::kErr),
          .phi_derived = value(BoundConvention::kDerived, DecayTarget::kPhi),
          .phi_printed = value(BoundConvention::kPrinted, DecayTarget::kPhi),
          .phi_literal = value(BoundConvention::kLiteral, DecayTarget::kPhi),
          .risk = node.bias_risk + objective.noise_factor * node.noise_risk,
          .risk_plus_phi = objective.Value(model, node, DecayTarget::kRiskPlusPhi),
          .trace = objective.noise_factor * node.trace,
          .log_det = node.log_det + model.Dimension() * std::log(objective.noise_factor)};
}

Sweep SweepWeightDecay(const QuadraticProblem& problem, const Hyperparameters& hyper,
                       const Preconditioner& preconditioner, const SweepOptions& options) {
  Validate(options);
  WorkUnits alone({});
  WorkUnits& units = options.units == nullptr ? alone : *options.units;
  Sweep sweep;
  const auto model = DecayModel::FromProblem(problem, hyper, preconditioner, options.posterior_mean,
                                             options.range_only);
  if (model) {
    const DecayObjective objective = MakeDecayObjective(problem, hyper, options);
    ComputeModelRows(options, units, sweep,
                     [&](auto batch) { return ModelRows(*model, objective, batch); });
    const CertificateOptions range{
        .lambda_min = options.lambda_min, .lambda_max = options.lambda_max, .gap = options.gap};
    sweep.err = MinimizeOverDecay(*model, objective, DecayTarget::kErr, range);
    sweep.phi = MinimizeOverDecay(*model, objective, DecayTarget::kPhi, range);
    sweep.risk_plus_phi = MinimizeOverDecay(*model, objective, DecayTarget::kRiskPlusPhi, range);
    sweep.rank = model->Dimension();
    if (hyper.optimizer == OptimizerKind::kAdamW) sweep.criterion = SlopeAtZero(*model, objective);
  } else {
    const BoundOfWeightDecay bound(problem, hyper, preconditioner, options);
    ComputeRows(options, 1, omp_get_max_threads(), units, sweep,
                [&](auto batch) { return std::vector<SweepPoint>{bound(batch.front())}; });
    RefineAll(bound, units, omp_get_max_threads(), sweep);
    sweep.rank = static_cast<double>(problem.Dimension());
  }
  sweep.interior = sweep.err.lambda > 0;
  return sweep;
}

Sweep SweepSpectrum(const Eigen::VectorXd& sigma, const Eigen::VectorXd& weights, double dimension,
                    const Hyperparameters& hyper, const SweepOptions& options) {
  Validate(options);
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  const DecayModel model = DecayModel::FromSpectrum(sigma, weights, dimension, hyper);
  const DecayObjective objective{
      .settings = options.settings,
      .scale = hyper.learning_rate / (2.0 * static_cast<double>(hyper.batch_size))};
  WorkUnits alone({});
  WorkUnits& units = options.units == nullptr ? alone : *options.units;
  Sweep sweep;
  ComputeModelRows(options, units, sweep, [&](auto batch) {
    std::vector<SweepPoint> rows = ModelRows(model, objective, batch);
    for (SweepPoint& row : rows) {
      row.phi_derived = row.phi_printed = row.phi_literal = kUnknown;
      row.risk = row.risk_plus_phi = kUnknown;
    }
    return rows;
  });
  sweep.err = MinimizeOverDecay(
      model, objective, DecayTarget::kErr,
      {.lambda_min = options.lambda_min, .lambda_max = options.lambda_max, .gap = options.gap});
  sweep.phi.value = sweep.risk_plus_phi.value = kUnknown;
  sweep.rank = dimension;
  sweep.interior = sweep.err.lambda > 0;
  if (hyper.optimizer == OptimizerKind::kAdamW) sweep.criterion = SlopeAtZero(model, objective);
  return sweep;
}

}  // namespace adamsde
