#include "sde/ensemble/ensemble.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sde/ensemble/blas_threads.h"
#include "sde/ensemble/exception_carrier.h"
#include "sde/random/streams.h"

namespace adamsde {
namespace {

/// Transitions between two looks at the stop flag and the progress bar.
constexpr std::int64_t kStride = 4096;

/// Moments of the part of one block that lies in one replicate group.
struct Segment {
  std::int64_t group;
  Eigen::Index first_row;
  Eigen::Index rows;
  std::vector<MomentSums> windows;
  Eigen::VectorXd observables;  // summed
};

struct BlockResult {
  std::vector<Segment> segments;
  Eigen::MatrixXd records;  // empty without a sink
  std::vector<Divergence> divergences;
};

std::int64_t FirstChainOfGroup(const EnsembleOptions& options, std::int64_t group) {
  return group * options.chains / options.replicates;
}

std::vector<Segment> SegmentsOf(const EnsembleOptions& options, std::int64_t first_chain,
                                std::int64_t end_chain, const ChainSource& source) {
  std::vector<Segment> segments;
  for (std::int64_t g = 0; g < options.replicates; ++g) {
    const std::int64_t begin = std::max(first_chain, FirstChainOfGroup(options, g));
    const std::int64_t end = std::min(end_chain, FirstChainOfGroup(options, g + 1));
    if (begin >= end) continue;
    segments.push_back({g, begin - first_chain, end - begin,
                        std::vector<MomentSums>(static_cast<std::size_t>(options.windows),
                                                MomentSums(source.Dimension())),
                        Eigen::VectorXd::Zero(source.NumObservables())});
  }
  return segments;
}

/// Shared by all threads: counts transitions done and tells the user.
class Meter {
 public:
  Meter(const EnsembleOptions& options, std::int64_t blocks)
      : options_(options),
        total_(static_cast<double>(blocks) *
               (static_cast<double>(options.burn_in) +
                static_cast<double>(options.records) * static_cast<double>(options.record_every))) {
  }

  void Add(std::int64_t transitions) {
    const double done = done_ += static_cast<double>(transitions);
    if (!options_.progress) return;
#pragma omp critical(adamsde_progress)
    options_.progress(std::min(1.0, done / total_));
  }

  [[nodiscard]] bool Stopped() const {
    return options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
  }

 private:
  const EnsembleOptions& options_;
  double total_;
  std::atomic<double> done_ = 0;
};

class BlockRunner {
 public:
  BlockRunner(const ChainSource& source, const EnsembleOptions& options, Meter& meter)
      : source_(source), options_(options), meter_(meter) {}

  BlockResult operator()(std::int64_t block) const {
    const std::int64_t first_chain = block * kBlockChains;
    const std::int64_t end_chain = std::min(first_chain + kBlockChains, options_.chains);
    const Eigen::Index d = source_.Dimension();
    BlockResult result{.segments = SegmentsOf(options_, first_chain, end_chain, source_),
                       .records = {},
                       .divergences = {}};
    const Eigen::Index rows = end_chain - first_chain;
    if (options_.sink) result.records.resize(rows, options_.records * d);
    const auto chains = source_.Start(static_cast<std::uint32_t>(first_chain));
    std::int64_t position = 0;
    Advance(options_.burn_in, position, *chains);
    for (std::int64_t r = 0; r < options_.records && !meter_.Stopped(); ++r) {
      Advance(options_.record_every, position, *chains);
      const Eigen::MatrixXd& states = chains->States();
      if (!states.topRows(rows).allFinite()) {
        Report(first_chain, rows, position, states, result);
        break;
      }
      Record(r, *chains, states, result);
      if (options_.sink) result.records.middleCols(r * d, d) = states.topRows(rows);
    }
    return result;
  }

 private:
  void Advance(std::int64_t count, std::int64_t& position, ChainBlock& chains) const {
    while (count > 0 && !meter_.Stopped()) {
      const std::int64_t part = std::min(count, kStride);
      chains.Advance(static_cast<std::uint64_t>(position), static_cast<std::uint64_t>(part));
      position += part;
      count -= part;
      meter_.Add(part);
    }
  }

  void Record(std::int64_t record, ChainBlock& chains, const Eigen::MatrixXd& states,
              BlockResult& result) const {
    const auto window = static_cast<std::size_t>(record * options_.windows / options_.records);
    for (Segment& s : result.segments) {
      s.windows[window].Add(states.middleRows(s.first_row, s.rows));
      if (s.observables.size() == 0) continue;
      const auto observed = chains.Observables().middleRows(s.first_row, s.rows);
      s.observables += observed.colwise().sum().transpose();
    }
  }

  static void Report(std::int64_t first_chain, Eigen::Index rows, std::int64_t position,
                     const Eigen::MatrixXd& states, BlockResult& result) {
    for (Eigen::Index i = 0; i < rows; ++i) {
      if (!states.row(i).allFinite()) result.divergences.push_back({first_chain + i, position});
    }
  }

  const ChainSource& source_;
  const EnsembleOptions& options_;
  Meter& meter_;
};

void Merge(const EnsembleOptions& options, std::int64_t block, BlockResult& part,
           EnsembleResult& result) {
  for (Segment& s : part.segments) {
    const auto group = static_cast<std::size_t>(s.group);
    for (std::size_t w = 0; w < s.windows.size(); ++w) {
      if (!result.windows.empty()) result.windows[w][group].Merge(s.windows[w]);
      result.groups[group].Merge(std::move(s.windows[w]));
    }
    result.observables.col(s.group) += s.observables;
  }
  result.divergences.insert(result.divergences.end(), part.divergences.begin(),
                            part.divergences.end());
  if (options.sink) options.sink(block * kBlockChains, part.records);
}

/// The chains of a stepper.
class SteppedBlock final : public ChainBlock {
 public:
  SteppedBlock(const Stepper& stepper, const EnsembleOptions& options, std::uint32_t first_chain)
      : stepper_(stepper),
        stream_{.seed = options.seed, .stream = kTransitionStream},
        tile_(stepper, first_chain) {
    const Eigen::MatrixXd& initial = options.initial;
    if (initial.rows() == 1) {
      tile_.state.rowwise() = initial.row(0);
    } else if (initial.size() > 0) {
      const Eigen::Index rows = std::min<Eigen::Index>(kBlockChains, initial.rows() - first_chain);
      tile_.state.topRows(rows) = initial.middleRows(first_chain, rows);
    }
  }

  void Advance(std::uint64_t first, std::uint64_t count) override {
    stepper_.Advance(stream_, first, count, tile_);
  }
  [[nodiscard]] const Eigen::MatrixXd& States() override { return tile_.state; }

 private:
  const Stepper& stepper_;
  NormalStream stream_;
  Tile tile_;
};

class SteppedSource final : public ChainSource {
 public:
  SteppedSource(const Stepper& stepper, const EnsembleOptions& options)
      : stepper_(stepper), options_(options) {}
  [[nodiscard]] Eigen::Index Dimension() const override { return stepper_.Dimension(); }
  [[nodiscard]] std::unique_ptr<ChainBlock> Start(std::uint32_t first_chain) const override {
    return std::make_unique<SteppedBlock>(stepper_, options_, first_chain);
  }

 private:
  const Stepper& stepper_;
  const EnsembleOptions& options_;
};

void RequireCount(const char* name, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value < least || value > most) {
    throw std::invalid_argument(
        fmt::format("{} = {} is not allowed (must be in [{}, {}])", name, value, least, most));
  }
}

}  // namespace

void Validate(const EnsembleOptions& options, Eigen::Index dimension) {
  constexpr std::int64_t kMostChains = std::int64_t{1} << 32;
  constexpr std::int64_t kMostTransitions = std::int64_t{1} << 33;
  RequireCount("replicates", options.replicates, 2, kMostChains);
  RequireCount("chains", options.chains, options.replicates, kMostChains - kBlockChains);
  RequireCount("burn-in", options.burn_in, 0, kMostTransitions);
  RequireCount("records", options.records, 1, kMostTransitions);
  RequireCount("windows", options.windows, 1, options.records);
  RequireCount("record-every", options.record_every, 1, kMostTransitions);
  RequireCount("threads", options.threads, 0, 1 << 16);
  const double transitions =
      static_cast<double>(options.burn_in) +
      static_cast<double>(options.records) * static_cast<double>(options.record_every);
  if (transitions > static_cast<double>(kMostTransitions)) {
    throw std::invalid_argument(
        fmt::format("the run needs {:.3g} transitions per chain (at most {}) use --scheme leap or "
                    "exact, or a larger --time-step",
                    transitions, kMostTransitions));
  }
  const Eigen::MatrixXd& initial = options.initial;
  if (initial.size() > 0 &&
      (initial.cols() != dimension || (initial.rows() != 1 && initial.rows() != options.chains))) {
    throw std::invalid_argument(fmt::format("initial is {}x{} (must be 1x{} or {}x{})",
                                            initial.rows(), initial.cols(), dimension,
                                            options.chains, dimension));
  }
}

const Eigen::MatrixXd& ChainBlock::Observables() {
  static const Eigen::MatrixXd none;
  return none;
}

EnsembleResult RunChains(const ChainSource& source, const EnsembleOptions& options) {
  Validate(options, source.Dimension());
  UseSingleThreadedBlas();
  const std::int64_t blocks = (options.chains + kBlockChains - 1) / kBlockChains;
  const int threads = options.threads > 0 ? options.threads : omp_get_max_threads();
  EnsembleResult result;
  result.groups.assign(static_cast<std::size_t>(options.replicates), MomentSums(0));
  if (options.windows > 1) {
    result.windows.assign(static_cast<std::size_t>(options.windows), result.groups);
  }
  result.observables = Eigen::MatrixXd::Zero(source.NumObservables(), options.replicates);
  Meter meter(options, blocks);
  const BlockRunner run_block(source, options, meter);
  ExceptionCarrier carry;
#pragma omp parallel for ordered schedule(dynamic, 1) num_threads(threads)
  for (std::int64_t block = 0; block < blocks; ++block) {
    BlockResult part;
    if (!carry.Caught()) carry([&] { part = run_block(block); });
#pragma omp ordered
    if (!carry.Caught()) carry([&] { Merge(options, block, part, result); });
  }
  carry.Rethrow();
  for (std::int64_t g = 0; g < options.replicates; ++g) {
    result.observables.col(g) /=
        static_cast<double>(result.groups[static_cast<std::size_t>(g)].count);
  }
  result.stopped = meter.Stopped();
  return result;
}

EnsembleResult RunEnsemble(const Stepper& stepper, const EnsembleOptions& options) {
  return RunChains(SteppedSource(stepper, options), options);
}

}  // namespace adamsde
