#include "networks/table1/cell.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "cli/io/npz.h"
#include "cli/io/text.h"
#include "networks/curvature/curvature_json.h"
#include "networks/run_training.h"

namespace adamsde::networks {
namespace {

using Clock = std::chrono::steady_clock;

double Since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Numbers of a Json that SetNumber or a plain assignment wrote: null is NaN.
double NumberOf(const Json& json) {
  return json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

RunEstimate RunEstimateOf(const Json& json) {
  return {.value = NumberOf(json.at("value")), .standard_error = NumberOf(json.at("stderr"))};
}

Json KeepEstimate(const TruncatedEstimate& e) {
  return {{"value", e.estimate.value},
          {"stderr", e.estimate.standard_error},
          {"truncation", e.truncation},
          {"converged", e.converged}};
}

TruncatedEstimate EstimateOf(const Json& json) {
  TruncatedEstimate estimate{.estimate = RunEstimateOf(json),
                             .truncation = NumberOf(json.at("truncation")),
                             .converged = json.at("converged").get<bool>()};
  if (std::isnan(estimate.truncation)) {
    estimate.truncation = std::numeric_limits<double>::infinity();
  }
  return estimate;
}

Json KeepMatrix(const Eigen::MatrixXd& matrix) {
  Json rows = Json::array();
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    rows.push_back(std::vector<double>(matrix.cols()));
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
      rows.back()[static_cast<std::size_t>(j)] = matrix(i, j);
    }
  }
  return rows;
}

Eigen::MatrixXd MatrixOf(const Json& rows) {
  Eigen::MatrixXd matrix(rows.size(), rows.at(0).size());
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
      matrix(i, j) = NumberOf(rows.at(static_cast<std::size_t>(i)).at(static_cast<std::size_t>(j)));
    }
  }
  return matrix;
}

Json Keep(const SpectrumCell& cell) {
  return {{"eig", KeepMatrix(cell.spectrum.values)},
          {"wt", KeepMatrix(cell.spectrum.weights)},
          {"dimension", cell.spectrum.dimension},
          {"corollary3_adamw", KeepEstimate(cell.corollary3_adamw)},
          {"corollary3_l2", KeepEstimate(cell.corollary3_l2)},
          {"theorem6_adamw", KeepEstimate(cell.theorem6_adamw)},
          {"theorem7_l2", KeepEstimate(cell.theorem7_l2)},
          {"shares", ToJson(cell.shares)},
          {"diagonal", cell.diagonal},
          {"seconds", cell.seconds}};
}

SpectrumCell SpectrumCellOf(const Json& json) {
  const Json& shares = json.at("shares");
  return {.spectrum = {.values = MatrixOf(json.at("eig")),
                       .weights = MatrixOf(json.at("wt")),
                       .dimension = json.at("dimension").get<double>()},
          .corollary3_adamw = EstimateOf(json.at("corollary3_adamw")),
          .corollary3_l2 = EstimateOf(json.at("corollary3_l2")),
          .theorem6_adamw = EstimateOf(json.at("theorem6_adamw")),
          .theorem7_l2 = EstimateOf(json.at("theorem7_l2")),
          .shares = {.unit = RunEstimateOf(shares.at("mass_unit")),
                     .negative = RunEstimateOf(shares.at("mass_negative")),
                     .at_floor = RunEstimateOf(shares.at("mass_at_floor")),
                     .largest = NumberOf(shares.at("largest")),
                     .smallest = NumberOf(shares.at("smallest"))},
          .diagonal = json.at("diagonal"),
          .seconds = NumberOf(json.at("seconds"))};
}

/// A saved cell, or null where there is none.
Json ReadSaved(const std::filesystem::path& path, const Json& identity) {
  if (!std::filesystem::exists(path)) return nullptr;
  const Json json = Json::parse(ReadTextFile(path), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("identity")) {
    throw std::invalid_argument(fmt::format(
        "'{}' is not a cell of table1 (delete it, or choose another --out)", path.string()));
  }
  if (json.at("identity") != identity) {
    throw std::invalid_argument(
        fmt::format("'{}' belongs to another configuration (choose another --out)", path.string()));
  }
  return json;
}

/// The spectrum of a cell depends on these too.
Json SpectrumIdentity(const Config& config, Json identity) {
  for (const auto& [key, value] : config.resolved.items()) {
    if (key.starts_with("spectrum.")) identity[key] = value;
  }
  return identity;
}

}  // namespace

std::string Cell::Name() const {
  return fmt::format("{}.{}.lambda{:g}.seed{}", model, optimizer, weight_decay, seed);
}

CellRunner::CellRunner(const Config& config, const Data& data, Device device,
                       std::filesystem::path folder)
    : config_(config), data_(data), device_(device), folder_(std::move(folder)) {}

TrainingOptions CellRunner::TrainingOf(const Cell& cell) const {
  TrainingOptions training = config_.training;
  training.optimizer = cell.optimizer;
  training.weight_decay = cell.weight_decay;
  training.seed = cell.seed;
  return training;
}

Network CellRunner::MakeNetwork(const Cell& cell) const {
  return {config_.Model(cell.model), data_.samples.shape,
          static_cast<std::int64_t>(data_.samples.classes.size()), config_.precision, device_};
}

std::filesystem::path CellRunner::FileOf(const Cell& cell, const char* suffix) const {
  return folder_ / (cell.Name() + suffix);
}

TrainedCell CellRunner::Train(const Cell& cell, const Progress& progress) const {
  const Clock::time_point start = Clock::now();
  const TrainingOptions training = TrainingOf(cell);
  const Json identity = RunIdentity(config_, config_.Model(cell.model), training);
  const std::filesystem::path checkpoint = FileOf(cell, ".ckpt");
  Network network = MakeNetwork(cell);
  Trainer trainer(network, data_, training);
  TrainingState state =
      std::filesystem::exists(checkpoint) ? ReadCheckpoint(checkpoint, identity) : trainer.Start();
  const bool was_there = state.step == trainer.Steps() || state.diverged;
  if (!was_there) {
    RunWithCheckpoints(trainer, state,
                       {.file = checkpoint,
                        .identity = identity,
                        .how_to_continue = "saved: the same command continues"},
                       [&](double fraction) {
                         if (progress) progress(cell.Name(), fraction);
                       });
  }
  TrainedCell trained{.cell = cell,
                      .dimension = network.Dimension(),
                      .curves = state.curves,
                      .diverged = state.diverged,
                      .seconds = was_there ? 0 : Since(start)};
  if (!state.curves.empty()) {
    const double accuracy = state.curves.back().test_accuracy;
    trained.test_accuracy_stderr =
        std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(data_.test.size()));
  }
  return trained;
}

SpectrumCell CellRunner::Measure(const Cell& cell, const Progress& progress) const {
  const Clock::time_point start = Clock::now();
  const TrainingOptions training = TrainingOf(cell);
  const Json run = RunIdentity(config_, config_.Model(cell.model), training);
  const Json identity = SpectrumIdentity(config_, run);
  const std::filesystem::path file = FileOf(cell, ".spectrum.json");
  if (const Json saved = ReadSaved(file, identity); !saved.is_null()) {
    SpectrumCell measured = SpectrumCellOf(saved.at("spectrum"));
    measured.bounds = BoundErr(measured.spectrum, ErrHyperparameters(training), config_.curvature);
    return measured;
  }
  const TrainingState state = ReadCheckpoint(FileOf(cell, ".ckpt"), run);
  Network network = MakeNetwork(cell);
  network.SetParameters(state.x);
  network.SetBuffers(state.buffers);
  const DatasetHessian hessian(network, data_, CurvatureRows(data_, config_.curvature),
                               config_.curvature.batch, training.ridge);
  const Curvature curvature = MeasureCurvature(
      Interruptible(hessian, "a spectrum (the same command continues)"), network.Dimension(),
      config_.curvature, [&](const std::string& part, double fraction) {
        if (progress) progress(cell.Name() + ", " + part, fraction);
      });
  const NetworkErr err = EvaluateErr(curvature, ErrHyperparameters(training), config_.curvature);
  SpectrumCell measured{
      .spectrum = MakeQuadrature(curvature.hessian, curvature.hessian.Steps()).spectrum,
      .corollary3_adamw = err.corollary3_adamw,
      .corollary3_l2 = err.corollary3_l2,
      .theorem6_adamw = err.theorem6_adamw,
      .theorem7_l2 = err.theorem7_l2,
      .diagonal = DiagonalJson(curvature)};
  measured.bounds = BoundErr(measured.spectrum, ErrHyperparameters(training), config_.curvature);
  measured.shares = MeasureShares(measured.spectrum, config_.curvature.policy.floor);
  measured.seconds = Since(start);
  WriteNpz(FileOf(cell, ".npz"),
           {{"eig", measured.spectrum.values}, {"wt", measured.spectrum.weights}});
  WriteJson(file, {{"schema", "adamsde-net.spectrum-cell.v1"},
                   {"identity", identity},
                   {"spectrum", Keep(measured)}});
  return measured;
}

}  // namespace adamsde::networks
