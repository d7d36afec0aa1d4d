#include "sde/optimizer/minibatch.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "sde/random/streams.h"
#include "sde/random/uniform_integer.h"

namespace adamsde {
namespace {

constexpr std::uint64_t kNoPass = ~std::uint64_t{0};

std::uint32_t Count(std::int64_t n) { return static_cast<std::uint32_t>(n); }

}  // namespace

void Validate(const MinibatchOptions& options) {
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  if (options.num_samples < 1 || options.num_samples > kMost || options.batch_size < 1) {
    throw std::invalid_argument(
        fmt::format("batch-size = {} of {} rows is not allowed (both must be in [1, {}])",
                    options.batch_size, options.num_samples, kMost));
  }
  if (options.sampling != MinibatchSampling::kReplacement &&
      options.batch_size > options.num_samples) {
    throw std::invalid_argument(fmt::format(
        "batch-size = {} is more than the {} rows (only --sampling replacement allows that)",
        options.batch_size, options.num_samples));
  }
}

MinibatchDrawer::MinibatchDrawer(const MinibatchOptions& options, std::uint32_t first_chain,
                                 Eigen::Index chains_in_block)
    : options_(options), first_chain_(first_chain) {
  Validate(options);
  batch_.resize(static_cast<std::size_t>(options.batch_size));
  if (options.sampling == MinibatchSampling::kReplacement) return;
  samples_.resize(static_cast<std::size_t>(options.num_samples));
  std::iota(samples_.begin(), samples_.end(), 0);
  partners_.resize(batch_.size());
  if (options.sampling == MinibatchSampling::kEpoch) {
    passes_.resize(static_cast<std::size_t>(chains_in_block));
    pass_numbers_.assign(passes_.size(), kNoPass);
  }
}

std::span<const Eigen::Index> MinibatchDrawer::Draw(Eigen::Index lane, std::uint64_t step) {
  const std::uint32_t chain = first_chain_ + static_cast<std::uint32_t>(lane);
  switch (options_.sampling) {
    case MinibatchSampling::kReplacement:
      DrawWithReplacement(chain, static_cast<std::uint32_t>(step));
      return batch_;
    case MinibatchSampling::kBatch:
      DrawDistinct(chain, static_cast<std::uint32_t>(step));
      return batch_;
    case MinibatchSampling::kEpoch:
      break;
  }
  return DrawFromPass(lane, step);
}

void MinibatchDrawer::DrawWithReplacement(std::uint32_t chain, std::uint32_t step) {
  UniformIntegers draw(options_.seed, kMinibatchStream, chain, step);
  for (Eigen::Index& row : batch_) row = draw.Below(Count(options_.num_samples));
}

/// The first b swaps of a Fisher–Yates shuffle of 0 … n−1, undone afterwards in reverse.
void MinibatchDrawer::DrawDistinct(std::uint32_t chain, std::uint32_t step) {
  UniformIntegers draw(options_.seed, kMinibatchStream, chain, step);
  const std::uint32_t n = Count(options_.num_samples);
  const std::uint32_t b = Count(options_.batch_size);
  for (std::uint32_t i = 0; i < b; ++i) {
    partners_[i] = i + draw.Below(n - i);
    std::swap(samples_[i], samples_[partners_[i]]);
    batch_[i] = samples_[i];
  }
  for (std::uint32_t i = b; i-- > 0;) std::swap(samples_[i], samples_[partners_[i]]);
}

std::span<const Eigen::Index> MinibatchDrawer::DrawFromPass(Eigen::Index lane, std::uint64_t step) {
  const auto n = static_cast<std::uint64_t>(options_.num_samples);
  const auto b = static_cast<std::uint64_t>(options_.batch_size);
  const std::uint64_t batches = (n + b - 1) / b;
  const std::uint64_t pass = step / batches;
  const auto l = static_cast<std::size_t>(lane);
  std::vector<Eigen::Index>& order = passes_[l];
  if (pass_numbers_[l] != pass) {
    order = samples_;
    UniformIntegers draw(options_.seed, kMinibatchStream,
                         first_chain_ + static_cast<std::uint32_t>(lane),
                         static_cast<std::uint32_t>(pass));
    for (std::uint32_t i = Count(options_.num_samples); i > 1; --i) {
      std::swap(order[i - 1], order[draw.Below(i)]);
    }
    pass_numbers_[l] = pass;
  }
  const std::uint64_t begin = (step % batches) * b;
  return {order.data() + begin, static_cast<std::size_t>(std::min(b, n - begin))};
}

}  // namespace adamsde
