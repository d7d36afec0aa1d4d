#include "networks/curvature/curvature.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <utility>

#include "cli/machine.h"
#include "networks/streams.h"
#include "networks/training/trainer.h"
#include "sde/random/uniform_integer.h"

namespace adamsde::networks {

DatasetHessian::DatasetHessian(const Network& network, const Data& data,
                               std::vector<Eigen::Index> rows, std::int64_t batch, double ridge)
    : network_(network), data_(data), rows_(std::move(rows)), batch_(batch), ridge_(ridge) {}

Eigen::MatrixXd DatasetHessian::operator()(const Eigen::MatrixXd& v) const {
  BatchGatherer gather(data_);
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(v.rows(), v.cols());
  const auto all = std::span(rows_);
  const auto batch = static_cast<std::size_t>(batch_);
  for (std::size_t at = 0; at < all.size(); at += batch) {
    const auto rows = all.subspan(at, std::min(batch, all.size() - at));
    sum += static_cast<double>(rows.size()) * network_.HessianTimes(gather(rows), v);
  }
  return sum / static_cast<double>(rows_.size()) + ridge_ * v;
}

std::vector<Eigen::Index> CurvatureRows(const Data& data, const CurvatureOptions& options) {
  std::vector<Eigen::Index> rows = data.train;
  const auto count = static_cast<std::size_t>(options.rows);
  if (count > rows.size()) {
    throw std::invalid_argument(
        fmt::format("spectrum.rows = {} is not allowed (there are {} training rows)", options.rows,
                    rows.size()));
  }
  if (count == 0) return rows;
  UniformIntegers below(options.seed, kCurvatureRowsStream, 0, 0);
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(rows[i], rows[i + below.Below(static_cast<std::uint32_t>(rows.size() - i))]);
  }
  rows.resize(count);
  return rows;
}

Curvature MeasureCurvature(const BlockOperator& hessian, Eigen::Index dimension,
                           const CurvatureOptions& options,
                           const std::function<void(const std::string&, double)>& progress) {
  // Probes, and the basis of each of a group of runs.
  RequireMemory(sizeof(double) * static_cast<double>(dimension) *
                    (options.runs + static_cast<double>(kLanczosGroup) * options.steps),
                fmt::format("Lanczos with {} runs of {} steps in dimension {}", options.runs,
                            options.steps, dimension));
  const auto part = [&](const char* name) -> std::function<void(double)> {
    if (!progress) return {};
    return [&progress, name](double fraction) { progress(name, fraction); };
  };
  const BlockOperator checked = [&](const Eigen::MatrixXd& v) -> Eigen::MatrixXd {
    Eigen::MatrixXd product = hessian(v);
    if (!product.allFinite()) {
      throw std::domain_error("no spectrum (a Hessian-vector product is not finite)");
    }
    return product;
  };
  Curvature result;
  result.diagonal =
      EstimateDiagonal(checked, dimension, options.diagonal_probes, options.seed, part("diag H"));
  const Eigen::ArrayXd size = result.diagonal.value.array().abs();
  result.q = size.max(options.diagonal_floor).rsqrt();
  result.q_at_floor = (size <= options.diagonal_floor).cast<double>().mean();
  // One thread: libtorch has its own inside a product.
  LanczosOptions lanczos{
      .steps = options.steps, .runs = options.runs, .seed = options.seed, .threads = 1};
  const Eigen::MatrixXd probes = Probes(dimension, lanczos);
  lanczos.progress = part("Lanczos on H");
  result.hessian = RunLanczos(checked, probes, result.q, lanczos);
  lanczos.progress = part("Lanczos on QH");
  result.sandwich = RunLanczos(SandwichOperator(checked, result.q), probes, result.q, lanczos);
  return result;
}

namespace {

TruncatedEstimate PerParameter(TruncatedEstimate estimate, double dimension) {
  estimate.estimate.value /= dimension;
  estimate.estimate.standard_error /= dimension;
  estimate.truncation /= dimension;
  return estimate;
}

/// Corollary 3's err/d of each run.
Eigen::VectorXd Corollary3PerRun(const Quadrature& quadrature, const Hyperparameters& hyper,
                                 const CurvatureOptions& options,
                                 const SpectralErr Corollary3::*which) {
  const SpectrumRuns spectrum = ToSpectrumRuns(quadrature.spectrum);
  Eigen::VectorXd values(quadrature.spectrum.values.rows());
  for (Eigen::Index r = 0; r < values.size(); ++r) {
    const Corollary3 corollary = EvaluateCorollary3(spectrum.runs[static_cast<std::size_t>(r)],
                                                    hyper, options.prior_variance, options.policy);
    values(r) = (corollary.*which).err_per_parameter;
  }
  return values;
}

}  // namespace

NetworkErr EvaluateErr(const Curvature& curvature, const Hyperparameters& hyper,
                       const CurvatureOptions& options) {
  const auto bound = [&](const LanczosRuns& runs) {
    const MatrixFreeBound of(runs, curvature.q, hyper, options.prior_variance, options.policy);
    return PerParameter(of(hyper.weight_decay).err, runs.dimension);
  };
  const QuadratureLadder ladder(curvature.hessian);
  const auto corollary = [&](const SpectralErr Corollary3::*which) {
    return ladder([&](const Quadrature& quadrature) {
      return Corollary3PerRun(quadrature, hyper, options, which);
    });
  };
  return {.corollary3_adamw = corollary(&Corollary3::adamw),
          .corollary3_l2 = corollary(&Corollary3::l2_adam),
          .theorem6_adamw = bound(curvature.sandwich),
          .theorem7_l2 = bound(curvature.hessian)};
}

Corollary3Bounds BoundErr(const NodeTable& spectrum, const Hyperparameters& hyper,
                          const CurvatureOptions& options) {
  if (options.policy.negative == NegativePolicy::kDrop || !(options.policy.floor > 0)) {
    const Enclosure unknown{std::nan(""), std::nan("")};
    return {.adamw = unknown, .l2_adam = unknown};
  }
  return EncloseCorollary3(ToSpectrumRuns(spectrum), hyper, options.prior_variance, options.policy);
}

Hyperparameters ErrHyperparameters(const TrainingOptions& training) {
  return {.learning_rate = training.learning_rate,
          .weight_decay = training.optimizer == "adam" ? 0 : training.weight_decay,
          .batch_size = training.batch_size};
}

SpectrumShares MeasureShares(const NodeTable& spectrum, double floor) {
  const auto share = [&](const std::function<bool(double)>& counts) {
    return OverRuns(TracePerRun(spectrum, [&](double x) { return counts(x) ? 1.0 : 0.0; }) /
                    spectrum.dimension);
  };
  return {.unit = share([](double x) { return std::abs(x) <= 1; }),
          .negative = share([floor](double x) { return x < -floor; }),
          .at_floor = share([floor](double x) { return std::abs(x) <= floor; }),
          .largest = spectrum.values.maxCoeff(),
          .smallest = spectrum.values.minCoeff()};
}

}  // namespace adamsde::networks
