#include "sde/ensemble/block_runner.h"

#include <algorithm>

namespace adamsde {
namespace {

/// About half a second at most for a dense stepper; a multiple of the transitions whose normals
/// come together.
std::int64_t Stride(Eigen::Index dimension) {
  const std::int64_t square = std::max<std::int64_t>(1, dimension * dimension);
  return std::clamp<std::int64_t>((std::int64_t{1} << 26) / square, 16, 4096) / 4 * 4;
}

std::int64_t TransitionsPerBlock(const EnsembleOptions& options) {
  return options.burn_in + options.records * options.record_every;
}

double BlocksOf(const EnsembleProgress& progress) {
  double blocks = 0;
  for (const BlockRange& range : progress.ranges) {
    blocks += static_cast<double>(range.end - range.begin);
  }
  return blocks;
}

double TransitionsDone(const EnsembleProgress& progress, double per_block) {
  double done = 0;
  for (const BlockRange& range : progress.ranges) {
    done += per_block * static_cast<double>(range.next - range.begin);
    for (const PausedBlock& block : range.paused) done += static_cast<double>(block.transitions);
  }
  return done;
}

}  // namespace

Meter::Meter(const EnsembleOptions& options, const EnsembleProgress& before)
    : options_(options),
      total_(BlocksOf(before) * static_cast<double>(TransitionsPerBlock(options))),
      done_(TransitionsDone(before, static_cast<double>(TransitionsPerBlock(options)))) {}

void Meter::Add(std::int64_t transitions) {
  const double done = done_ += static_cast<double>(transitions);
  moved_.store(true, std::memory_order_relaxed);
  if (!options_.progress) return;
#pragma omp critical(adamsde_progress)
  options_.progress(std::min(1.0, done / total_));
}

bool Meter::Paused() {
  if (paused_.load(std::memory_order_relaxed)) return true;
  if (!moved_.load(std::memory_order_relaxed) || !options_.pause || !options_.pause()) return false;
  paused_.store(true, std::memory_order_relaxed);
  return true;
}

BlockRunner::BlockRunner(const ChainSource& source, const EnsembleOptions& options,
                         const EnsembleLayout& layout, Meter& meter)
    : source_(source),
      options_(options),
      layout_(layout),
      meter_(meter),
      stride_(Stride(source.Dimension())) {}

PausedBlock BlockRunner::Begin(std::int64_t block) const {
  return {.block = block,
          .transitions = 0,
          .records = 0,
          .state = {},
          .sums = layout_.EmptySums(block, options_.windows, source_.Dimension(),
                                    source_.NumObservables()),
          .kept = {},
          .divergences = {}};
}

bool BlockRunner::Run(PausedBlock& block) const {
  if (block.records == options_.records || !block.divergences.empty()) return true;
  if (meter_.Paused()) return false;
  const std::int64_t first_chain = layout_.FirstChain(block.block);
  const Eigen::Index rows = layout_.EndChain(block.block) - first_chain;
  const Eigen::Index d = source_.Dimension();
  const auto chains = source_.Start(static_cast<std::uint32_t>(first_chain));
  if (block.transitions > 0) chains->Restore(block.state);
  if (options_.sink && block.kept.size() == 0) block.kept.resize(rows, options_.records * d);
  while (block.records < options_.records) {
    const std::int64_t target = options_.burn_in + (block.records + 1) * options_.record_every;
    if (!AdvanceTo(target, *chains, block)) {
      block.state = chains->Save();
      return false;
    }
    const Eigen::MatrixXd& states = chains->States();
    if (!states.topRows(rows).allFinite()) {
      Report(states, rows, block);
      break;
    }
    if (options_.sink) block.kept.middleCols(block.records * d, d) = states.topRows(rows);
    Record(*chains, states, block);
  }
  return true;
}

bool BlockRunner::AdvanceTo(std::int64_t transition, ChainBlock& chains, PausedBlock& block) const {
  while (block.transitions < transition) {
    if (meter_.Paused()) return false;
    const std::int64_t part = std::min(transition - block.transitions, stride_);
    chains.Advance(static_cast<std::uint64_t>(block.transitions), static_cast<std::uint64_t>(part));
    block.transitions += part;
    meter_.Add(part);
  }
  return true;
}

void BlockRunner::Record(ChainBlock& chains, const Eigen::MatrixXd& states,
                         PausedBlock& block) const {
  const auto window = static_cast<std::size_t>(block.records * options_.windows / options_.records);
  const std::int64_t first_chain = layout_.FirstChain(block.block);
  for (GroupSums& s : block.sums) {
    const std::int64_t begin = std::max(first_chain, layout_.FirstChainOfGroup(s.group));
    const std::int64_t end =
        std::min(layout_.EndChain(block.block), layout_.FirstChainOfGroup(s.group + 1));
    s.windows[window].Add(states.middleRows(begin - first_chain, end - begin));
    if (s.observables.size() == 0) continue;
    const auto observed = chains.Observables().middleRows(begin - first_chain, end - begin);
    s.observables += observed.colwise().sum().transpose();
  }
  ++block.records;
}

void BlockRunner::Report(const Eigen::MatrixXd& states, Eigen::Index rows,
                         PausedBlock& block) const {
  for (Eigen::Index i = 0; i < rows; ++i) {
    if (states.row(i).allFinite()) continue;
    block.divergences.push_back({layout_.FirstChain(block.block) + i, block.transitions});
  }
}

}  // namespace adamsde
