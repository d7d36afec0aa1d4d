#include "sde/ensemble/progress_arrays.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

Eigen::Index PackedSize(Eigen::Index d) { return d * (d + 1) / 2; }

void Pack(const Eigen::MatrixXd& lower, Eigen::Ref<Eigen::VectorXd> packed) {
  const Eigen::Index d = lower.rows();
  Eigen::Index at = 0;
  for (Eigen::Index j = 0; j < d; at += d - j, ++j) {
    packed.segment(at, d - j) = lower.col(j).tail(d - j);
  }
}

void Unpack(const Eigen::Ref<const Eigen::VectorXd>& packed, Eigen::MatrixXd& lower) {
  const Eigen::Index d = lower.rows();
  Eigen::Index at = 0;
  for (Eigen::Index j = 0; j < d; at += d - j, ++j) {
    lower.col(j).tail(d - j) = packed.segment(at, d - j);
  }
}

/// Windows, dimension and observables are those of the first; there may be no sums at all.
void AddSums(const std::vector<GroupSums>& sums, const std::string& prefix, ArrayMap& arrays) {
  std::vector<std::int64_t>& keys = arrays.integers[prefix + "keys"];
  std::vector<std::int64_t>& counts = arrays.integers[prefix + "counts"];
  const Eigen::Index windows =
      sums.empty() ? 0 : static_cast<Eigen::Index>(sums.front().windows.size());
  const Eigen::Index d = windows == 0 ? 0 : sums.front().windows.front().sum.size();
  const auto n = static_cast<Eigen::Index>(sums.size());
  Eigen::MatrixXd& sum = arrays.matrices[prefix + "sum"];
  Eigen::MatrixXd& outer = arrays.matrices[prefix + "outer"];
  Eigen::MatrixXd& observables = arrays.matrices[prefix + "observables"];
  sum.resize(d, n * windows);
  outer.resize(PackedSize(d), n * windows);
  observables.resize(sums.empty() ? 0 : sums.front().observables.size(), n);
  Eigen::Index column = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const GroupSums& s = sums[static_cast<std::size_t>(i)];
    keys.insert(keys.end(), {s.group, s.first_shard, s.last_shard});
    observables.col(i) = s.observables;
    for (const MomentSums& w : s.windows) {
      counts.push_back(w.count);
      sum.col(column) = w.sum;
      Pack(w.lower, outer.col(column++));
    }
  }
}

void Require(bool holds, const std::string& where) {
  if (!holds) {
    throw std::invalid_argument(fmt::format("the saved state's shapes disagree ({})", where));
  }
}

std::vector<GroupSums> ReadSums(const ArrayMap& arrays, const std::string& prefix) {
  const std::vector<std::int64_t>& keys = arrays.Integers(prefix + "keys");
  const std::vector<std::int64_t>& counts = arrays.Integers(prefix + "counts");
  const Eigen::MatrixXd& sum = arrays.Matrix(prefix + "sum");
  const Eigen::MatrixXd& outer = arrays.Matrix(prefix + "outer");
  const Eigen::MatrixXd& observables = arrays.Matrix(prefix + "observables");
  if (keys.empty()) return {};
  const std::size_t n = keys.size() / 3;
  const std::size_t windows = counts.size() / n;
  const auto columns = static_cast<Eigen::Index>(counts.size());
  Require(keys.size() == 3 * n && counts.size() == windows * n && sum.cols() == columns &&
              outer.cols() == columns && outer.rows() == PackedSize(sum.rows()) &&
              observables.cols() == static_cast<Eigen::Index>(n),
          prefix);
  std::vector<GroupSums> sums;
  Eigen::Index column = 0;
  for (std::size_t i = 0; i < n; ++i) {
    GroupSums s{.group = keys[3 * i],
                .first_shard = keys[3 * i + 1],
                .last_shard = keys[3 * i + 2],
                .windows = std::vector<MomentSums>(windows, MomentSums(sum.rows())),
                .observables = observables.col(static_cast<Eigen::Index>(i))};
    for (MomentSums& w : s.windows) {
      w.count = counts[static_cast<std::size_t>(column)];
      w.sum = sum.col(column);
      Unpack(outer.col(column++), w.lower);
    }
    sums.push_back(std::move(s));
  }
  return sums;
}

void AddDivergences(const std::vector<Divergence>& divergences, const std::string& name,
                    ArrayMap& arrays) {
  std::vector<std::int64_t>& numbers = arrays.integers[name];
  for (const Divergence& d : divergences) numbers.insert(numbers.end(), {d.chain, d.transition});
}

std::vector<Divergence> ReadDivergences(const ArrayMap& arrays, const std::string& name) {
  const std::vector<std::int64_t>& numbers = arrays.Integers(name);
  std::vector<Divergence> divergences;
  for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
    divergences.push_back({numbers[i], numbers[i + 1]});
  }
  return divergences;
}

std::string RangePrefix(const std::string& prefix, std::size_t number) {
  return fmt::format("{}range{}/", prefix, number);
}

std::string BlockPrefix(const std::string& range, std::int64_t block) {
  return fmt::format("{}block{}/", range, block);
}

}  // namespace

void AddArrays(const EnsembleProgress& progress, const std::string& prefix, ArrayMap& arrays) {
  arrays.integers[prefix + "ranges"] = {static_cast<std::int64_t>(progress.ranges.size())};
  for (std::size_t r = 0; r < progress.ranges.size(); ++r) {
    const BlockRange& range = progress.ranges[r];
    const std::string at = RangePrefix(prefix, r);
    arrays.integers[at + "blocks"] = {range.begin, range.next, range.end};
    AddSums(range.sums, at, arrays);
    AddDivergences(range.divergences, at + "divergences", arrays);
    std::vector<std::int64_t>& paused = arrays.integers[at + "paused"];
    for (const PausedBlock& block : range.paused) {
      paused.insert(paused.end(), {block.block, block.transitions, block.records});
      const std::string in = BlockPrefix(at, block.block);
      arrays.matrices[in + "state"] = block.state;
      arrays.matrices[in + "kept"] = block.kept;
      AddSums(block.sums, in, arrays);
      AddDivergences(block.divergences, in + "divergences", arrays);
    }
  }
}

EnsembleProgress ReadProgress(const ArrayMap& arrays, const std::string& prefix) {
  EnsembleProgress progress;
  const std::int64_t ranges = arrays.Integers(prefix + "ranges", 1).front();
  for (std::int64_t r = 0; r < ranges; ++r) {
    const std::string at = RangePrefix(prefix, static_cast<std::size_t>(r));
    const std::vector<std::int64_t>& blocks = arrays.Integers(at + "blocks", 3);
    BlockRange range{.begin = blocks[0],
                     .next = blocks[1],
                     .end = blocks[2],
                     .sums = ReadSums(arrays, at),
                     .paused = {},
                     .divergences = ReadDivergences(arrays, at + "divergences")};
    const std::vector<std::int64_t>& paused = arrays.Integers(at + "paused");
    Require(paused.size() % 3 == 0, at + "paused");
    for (std::size_t i = 0; i < paused.size(); i += 3) {
      const std::string in = BlockPrefix(at, paused[i]);
      range.paused.push_back({.block = paused[i],
                              .transitions = paused[i + 1],
                              .records = paused[i + 2],
                              .state = arrays.Matrix(in + "state"),
                              .sums = ReadSums(arrays, in),
                              .kept = arrays.Matrix(in + "kept"),
                              .divergences = ReadDivergences(arrays, in + "divergences")});
    }
    progress.ranges.push_back(std::move(range));
  }
  return progress;
}

}  // namespace adamsde
