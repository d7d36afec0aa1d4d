#include "sde/ensemble/ensemble.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sde/ensemble/blas_threads.h"
#include "sde/ensemble/block_runner.h"
#include "sde/ensemble/exception_carrier.h"
#include "sde/ensemble/share.h"
#include "sde/random/streams.h"

namespace adamsde {
namespace {

/// Runs one range; what a pause leaves goes back to it.
void RunRange(const BlockRunner& run_block, Meter& meter, const EnsembleOptions& options,
              const EnsembleLayout& layout, BlockRange& range) {
  // NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): num_threads reads it
  const int threads = options.threads > 0 ? options.threads : omp_get_max_threads();
  std::vector<PausedBlock> paused = std::exchange(range.paused, {});
  const std::int64_t first = range.next;
  const auto take = [&](std::int64_t block) {
    const auto found = std::find_if(paused.begin(), paused.end(),
                                    [block](const PausedBlock& p) { return p.block == block; });
    if (found != paused.end()) return std::move(*found);
    // A pause passes over what has not begun, without making room for it.
    return meter.Paused() ? PausedBlock{} : run_block.Begin(block);
  };
  ExceptionCarrier carry;
#pragma omp parallel for ordered schedule(dynamic, 1) num_threads(threads)
  for (std::int64_t block = first; block < range.end; ++block) {
    PausedBlock part;
    bool finished = false;
    if (!carry.Caught()) {
      carry([&] {
        part = take(block);
        finished = !part.sums.empty() && run_block.Run(part);
      });
    }
#pragma omp ordered
    if (!carry.Caught()) {
      carry([&] {
        if (!finished || block != range.next) {
          if (part.transitions > 0) range.paused.push_back(std::move(part));
          return;
        }
        if (options.sink) options.sink(layout.FirstChain(block), part.kept);
        range.divergences.insert(range.divergences.end(), part.divergences.begin(),
                                 part.divergences.end());
        layout.Absorb(std::move(part.sums), range);
      });
    }
  }
  carry.Rethrow();
}

/// Up to the first pause.
void RunRanges(const ChainSource& source, const EnsembleOptions& options,
               const EnsembleLayout& layout, EnsembleProgress& progress) {
  Meter meter(options, progress);
  const BlockRunner run_block(source, options, layout, meter);
  for (BlockRange& range : progress.ranges) {
    RunRange(run_block, meter, options, layout, range);
    if (range.next < range.end) return;
  }
}

/// The groups' moments from all ranges, in order.
EnsembleResult Collect(const ChainSource& source, const EnsembleOptions& options,
                       const EnsembleProgress& progress) {
  const auto replicates = static_cast<std::size_t>(options.replicates);
  const std::vector<MomentSums> none(replicates, MomentSums(0));
  EnsembleResult result;
  result.windows.assign(static_cast<std::size_t>(options.windows), none);
  result.observables = Eigen::MatrixXd::Zero(source.NumObservables(), options.replicates);
  for (const BlockRange& range : progress.ranges) {
    for (const GroupSums& sums : range.sums) {
      for (std::size_t w = 0; w < result.windows.size(); ++w) {
        result.windows[w][static_cast<std::size_t>(sums.group)].Merge(sums.windows[w]);
      }
      result.observables.col(sums.group) += sums.observables;
    }
    result.divergences.insert(result.divergences.end(), range.divergences.begin(),
                              range.divergences.end());
  }
  if (options.windows == 1) {
    result.groups = std::move(result.windows.front());
    result.windows.clear();
  } else {
    result.groups = result.windows.front();
  }
  for (std::size_t w = 1; w < result.windows.size(); ++w) {
    for (std::size_t g = 0; g < replicates; ++g) result.groups[g].Merge(result.windows[w][g]);
  }
  for (std::size_t g = 0; g < replicates; ++g) {
    result.observables.col(static_cast<Eigen::Index>(g)) /=
        static_cast<double>(result.groups[g].count);
  }
  return result;
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
  [[nodiscard]] Eigen::MatrixXd Save() override { return tile_.state; }
  void Restore(const Eigen::MatrixXd& saved) override {
    RequireShape(saved, tile_.state.rows(), tile_.state.cols());
    tile_.state = saved;
  }

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

void ChainBlock::RequireShape(const Eigen::MatrixXd& saved, Eigen::Index rows,
                              Eigen::Index columns) {
  if (saved.rows() != rows || saved.cols() != columns) {
    throw std::invalid_argument(fmt::format("the saved state of a block is {}x{} (must be {}x{})",
                                            saved.rows(), saved.cols(), rows, columns));
  }
}

EnsembleResult RunChains(const ChainSource& source, const EnsembleOptions& options,
                         EnsembleProgress& progress) {
  Validate(options, source.Dimension());
  UseSingleThreadedBlas();
  const EnsembleLayout layout(options.chains, options.replicates);
  if (progress.ranges.empty()) {
    progress.ranges.push_back({.begin = 0,
                               .next = 0,
                               .end = layout.Blocks(),
                               .sums = {},
                               .paused = {},
                               .divergences = {}});
  }
  Validate(progress, layout, options.windows, source.Dimension(), source.NumObservables());
  RankGroup& ranks = *options.ranks;
  const bool shared = ranks.Size() > 1;
  EnsembleProgress mine =
      shared ? ShareOf(progress, layout, ranks.Rank(), ranks.Size()) : std::exchange(progress, {});
  RunRanges(source, options, layout, mine);
  progress = shared ? Unite(mine, ranks) : std::move(mine);
  EnsembleResult result;
  for (const BlockRange& range : progress.ranges) result.paused |= range.next < range.end;
  if (result.paused) return result;
  return Collect(source, options, progress);
}

EnsembleResult RunChains(const ChainSource& source, const EnsembleOptions& options) {
  EnsembleProgress progress;
  return RunChains(source, options, progress);
}

EnsembleResult RunEnsemble(const Stepper& stepper, const EnsembleOptions& options,
                           EnsembleProgress& progress) {
  return RunChains(SteppedSource(stepper, options), options, progress);
}

EnsembleResult RunEnsemble(const Stepper& stepper, const EnsembleOptions& options) {
  return RunChains(SteppedSource(stepper, options), options);
}

}  // namespace adamsde
