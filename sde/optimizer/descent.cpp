#include "sde/optimizer/descent.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <stdexcept>

#include "sde/ensemble/blas_threads.h"
#include "sde/optimizer/descent_arrays.h"
#include "sde/optimizer/descent_block.h"

namespace adamsde {
namespace {

void RequireCount(const char* name, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value < least || value > most) {
    throw std::invalid_argument(
        fmt::format("{} = {} is not allowed (must be in [{}, {}])", name, value, least, most));
  }
}

void Resize(DescentState& state, Eigen::Index runs, Eigen::Index dimension) {
  for (Eigen::MatrixXd* const part : {&state.x, &state.m, &state.n}) {
    part->resize(runs, dimension);
  }
}

void MergeAll(QuantityAverages& into, const QuantityAverages& from) {
  for (std::size_t q = 0; q < kQuantities; ++q) into[q].Merge(from[q]);
}

void Merge(const DescentResult& part, DescentResult& result) {
  MergeAll(result.average, part.average);
  MergeAll(result.output, part.output);
  result.final_distance.Merge(part.final_distance);
  for (std::size_t r = 0; r < part.records.size(); ++r) {
    result.records[r].iteration = part.records[r].iteration;
    MergeAll(result.records[r].at, part.records[r].at);
    result.records[r].running_average.Merge(part.records[r].running_average);
  }
  for (std::size_t k = 0; k < part.gradient.size(); ++k) result.gradient[k] += part.gradient[k];
  result.largest_x = std::max(result.largest_x, part.largest_x);
  result.diverged += part.diverged;
}

DescentState RowsOf(const DescentState& state, std::int64_t first, std::int64_t rows) {
  if (state.x.size() == 0) return {};
  return {.x = state.x.middleRows(first, rows),
          .m = state.m.middleRows(first, rows),
          .n = state.n.middleRows(first, rows)};
}

/// Σ of the weights over all iterations, as the blocks add them up.
double TotalWeight(const DescentOptions& options) {
  double total = 0;
  for (std::int64_t k = 0; k < options.iterations; ++k) total += WeightAt(options, k);
  return total;
}

}  // namespace

void RunAverage::Add(double value) {
  ++count;
  const double difference = value - mean;
  mean += difference / static_cast<double>(count);
  squares += difference * (value - mean);
}

void RunAverage::Merge(const RunAverage& other) {
  if (other.count == 0) return;
  const auto n = static_cast<double>(count);
  const auto m = static_cast<double>(other.count);
  const double difference = other.mean - mean;
  mean += difference * (m / (n + m));
  squares += other.squares + difference * difference * (n * m / (n + m));
  count += other.count;
}

double RunAverage::StandardError() const {
  if (count < 2) return 0;
  const auto n = static_cast<double>(count);
  return std::sqrt(squares / (n * (n - 1)));
}

void Validate(const DescentOptions& options, Eigen::Index dimension) {
  Validate(options.rule);
  Validate(options.noise);
  RequireCount("runs", options.runs, 1, std::int64_t{1} << 31);
  RequireCount("iterations", options.iterations, 1, std::int64_t{1} << 32);
  RequireCount("threads", options.threads, 0, 1 << 16);
  if (options.resume == nullptr) {
    if (options.start.size() != dimension) {
      throw std::invalid_argument(
          fmt::format("start has {} entries (must be {})", options.start.size(), dimension));
    }
    if (!options.start.allFinite()) throw std::invalid_argument("start is not finite");
  } else if (options.resume->x.rows() != options.runs || options.resume->x.cols() != dimension) {
    throw std::invalid_argument(fmt::format("resume is {}x{} (must be {}x{})",
                                            options.resume->x.rows(), options.resume->x.cols(),
                                            options.runs, dimension));
  }
}

DescentResult RunDescent(const KnownLoss& loss, const DescentOptions& options) {
  Validate(options, loss.Dimension());
  UseSingleThreadedBlas();
  const std::int64_t blocks = (options.runs + kDescentBlock - 1) / kDescentBlock;
  const int threads = options.threads > 0 ? options.threads : omp_get_max_threads();
  DescentResult result;
  result.records.resize(options.records.size());
  if (options.track_gradient) {
    result.gradient.assign(static_cast<std::size_t>(options.iterations), 0.0);
  }
  Resize(result.final_state, options.runs, loss.Dimension());
  if (options.random_output) Resize(result.output_state, options.runs, loss.Dimension());
  const double total_weight = options.random_output ? TotalWeight(options) : 0;
  WorkUnits alone({});
  WorkUnits& units = options.units == nullptr ? alone : *options.units;
  std::atomic<double> done = 0;
  const double work = static_cast<double>(blocks) * static_cast<double>(options.iterations);
  const auto advance = [&](std::int64_t iterations) {
    units.GiveUpIfLeaving();
    const double now = done += static_cast<double>(iterations);
    if (!options.progress) return;
#pragma omp critical(adamsde_progress)
    options.progress(std::min(1.0, now / work * units.Ranks()));
  };
  const auto runs_of = [&](std::int64_t block) {
    return std::min(kDescentBlock, options.runs - block * kDescentBlock);
  };
  const auto run_block = [&](std::int64_t block) {
    // Blocks write disjoint rows of the states.
    DescentResult part = DescentBlock(loss, options, block, total_weight)(
        advance, result.final_state, result.output_state);
    part.final_state = RowsOf(result.final_state, block * kDescentBlock, runs_of(block));
    part.output_state = RowsOf(result.output_state, block * kDescentBlock, runs_of(block));
    return ToColumn(part);
  };
  const std::vector<Eigen::MatrixXd> columns = units.Run(blocks, threads, run_block);
  for (std::int64_t block = 0; block < blocks; ++block) {
    Merge(FromColumn(columns[static_cast<std::size_t>(block)], options, block * kDescentBlock,
                     runs_of(block), result),
          result);
  }
  for (double& g : result.gradient) g /= static_cast<double>(options.runs);
  return result;
}

std::vector<std::int64_t> LogSpacedIterations(std::int64_t iterations, int count) {
  std::vector<std::int64_t> chosen;
  const double top = std::log(static_cast<double>(iterations));
  for (int i = 0; i < count; ++i) {
    const double at = std::exp(top * i / std::max(1, count - 1)) - 1;
    const auto k = std::min(iterations - 1, static_cast<std::int64_t>(std::llround(at)));
    if (chosen.empty() || k > chosen.back()) chosen.push_back(k);
  }
  return chosen;
}

}  // namespace adamsde
