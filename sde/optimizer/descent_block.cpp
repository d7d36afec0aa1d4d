#include "sde/optimizer/descent_block.h"

#include <algorithm>
#include <cmath>

#include "sde/optimizer/descent_kernel.h"

namespace adamsde {
namespace {

/// Iterations between two reports of progress.
constexpr std::int64_t kReportEvery = 4096;

/// Corollary 1 is an identity up to rounding: what exceeds this relative slack is a violation.
constexpr double kRounding = 1e-12;

}  // namespace

double WeightAt(const DescentOptions& options, std::int64_t k) {
  return options.weight_by_rate ? options.rule.learning_rate.At(k) : 1.0;
}

DescentBlock::DescentBlock(const KnownLoss& loss, const DescentOptions& options, std::int64_t block,
                           double total_weight)
    : loss_(loss),
      options_(options),
      first_run_(block * kDescentBlock),
      runs_(std::min(kDescentBlock, options.runs - first_run_)),
      dimension_(loss.Dimension()),
      noise_(options.noise, {.seed = options.seed, .stream = options.stream},
             static_cast<std::uint32_t>(first_run_), kDescentBlock, dimension_) {
  const auto size = static_cast<std::size_t>(kDescentBlock * dimension_);
  for (Lanes* const tile : {&x_, &m_, &n_, &before_, &gradient_, &noisy_}) tile->assign(size, 0.0);
  const auto lanes = static_cast<std::size_t>(kDescentBlock);
  for (Lanes* const row : {&gap_, &largest_now_, &largest_}) row->assign(lanes, 0.0);
  for (Lanes& row : now_) row.assign(lanes, 0.0);
  for (Lanes& row : totals_) row.assign(lanes, 0.0);
  SetInitial();
  if (options.random_output) DrawOutputs(total_weight);
}

void DescentBlock::SetInitial() {
  for (std::int64_t c = 0; c < dimension_; ++c) {
    for (std::int64_t i = 0; i < kDescentBlock; ++i) {
      const auto at = static_cast<std::size_t>(c * kDescentBlock + i);
      if (options_.resume == nullptr) {
        x_[at] = options_.start(c);
      } else if (i < runs_) {
        x_[at] = options_.resume->x(first_run_ + i, c);
        m_[at] = options_.resume->m(first_run_ + i, c);
        n_[at] = options_.resume->n(first_run_ + i, c);
      }
    }
  }
}

void DescentBlock::DrawOutputs(double total_weight) {
  for (std::int64_t i = 0; i < runs_; ++i) {
    const auto words = PhiloxBits(
        {static_cast<std::uint32_t>(first_run_ + i), 0, 0, options_.stream + 1}, options_.seed);
    const double uniform = (static_cast<double>(words[0]) * 0x1p32 + words[1]) * 0x1p-64;
    outputs_.push_back({.threshold = uniform * total_weight, .lane = i});
  }
  std::sort(outputs_.begin(), outputs_.end(),
            [](const Output& a, const Output& b) { return a.threshold < b.threshold; });
}

DescentResult DescentBlock::operator()(const std::function<void(std::int64_t)>& advance,
                                       DescentState& final_state, DescentState& output_state) {
  DescentResult result;
  result.records.resize(options_.records.size());
  if (options_.track_gradient) {
    result.gradient.assign(static_cast<std::size_t>(options_.iterations), 0.0);
  }
  for (std::int64_t k = 0; k < options_.iterations; ++k) {
    Iterate(k, result);
    if (next_output_ < outputs_.size()) TakeOutputs(result, output_state);
    if ((k + 1) % kReportEvery == 0) advance(kReportEvery);
  }
  advance(options_.iterations % kReportEvery);
  Finish(result, final_state);
  return result;
}

void DescentBlock::Iterate(std::int64_t k, DescentResult& result) {
  loss_.Evaluate(kDescentBlock, x_.data(), gradient_.data(), gap_.data());
  noisy_ = gradient_;
  noise_.Add(static_cast<std::uint64_t>(k), noisy_.data());
  if (options_.track_gradient) {
    double sum = 0;
    for (std::int64_t c = 0; c < dimension_; ++c) {
      for (std::int64_t i = 0; i < runs_; ++i) {
        sum += std::fabs(noisy_[static_cast<std::size_t>(c * kDescentBlock + i)]);
      }
    }
    result.gradient[static_cast<std::size_t>(k)] = sum;
  }
  before_ = x_;
  Update(k);
  Measure(k);
  Accumulate(WeightAt(options_, k));
  Record(k, result);
}

void DescentBlock::Update(std::int64_t k) {
  UpdateStep step = MakeUpdateStep(options_.rule, k);
  if (options_.cancel_preconditioner) {
    // √(n + δ) = 1 with n = 0: only m and x are followed.
    step.old2 = step.new2 = 0;
    step.inside = 1;
  }
  ApplyUpdate(step, kDescentBlock * dimension_, noisy_.data(), x_.data(), m_.data(), n_.data());
}

void DescentBlock::Measure(std::int64_t k) {
  for (Lanes& row : now_) std::fill(row.begin(), row.end(), 0.0);
  std::fill(largest_now_.begin(), largest_now_.end(), 0.0);
  const bool coupled = options_.rule.optimizer == OptimizerKind::kL2Adam;
  const double decay = options_.rule.weight_decay.At(k);
  const ComponentSums sums{.surrogate_gradient = now_[kSurrogateGradient].data(),
                           .move = now_[kMove].data(),
                           .move_weighted = now_[kMoveWeighted].data(),
                           .momentum_error = now_[kMomentumError].data(),
                           .regularizer = now_[kSurrogate].data(),
                           .gradient = now_[kGradient].data(),
                           .scale = now_[kScale].data(),
                           .distance = now_[kDistance].data(),
                           .largest = largest_now_.data()};
  for (std::int64_t c = 0; c < dimension_; ++c) {
    const auto at = c * kDescentBlock;
    Observe({.runs = kDescentBlock,
             .before = before_.data() + at,
             .after = x_.data() + at,
             .m = m_.data() + at,
             .n = n_.data() + at,
             .gradient = gradient_.data() + at,
             .minimizer = loss_.Minimizer()(c)},
            decay, options_.rule.delta, coupled, sums);
  }
  FinishMeasure({.lanes = kDescentBlock,
                 .decay = decay,
                 .rounding = kRounding,
                 .gap = gap_.data(),
                 .largest_now = largest_now_.data(),
                 .loss = now_[kLoss].data(),
                 .vacuous = now_[kVacuous].data(),
                 .violated = now_[kViolated].data(),
                 .largest = largest_.data()},
                sums);
}

void DescentBlock::Accumulate(double weight) {
  weight_sum_ += weight;
  for (std::size_t q = 0; q < kQuantities; ++q) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(kDescentBlock); ++i) {
      totals_[q][i] += weight * now_[q][i];
    }
  }
}

void DescentBlock::Record(std::int64_t k, DescentResult& result) {
  if (next_record_ >= options_.records.size() || options_.records[next_record_] != k) return;
  DescentRecord& record = result.records[next_record_++];
  record.iteration = k;
  for (std::size_t i = 0; i < static_cast<std::size_t>(runs_); ++i) {
    for (std::size_t q = 0; q < kQuantities; ++q) record.at[q].Add(now_[q][i]);
    record.running_average.Add(totals_[kSurrogateGradient][i] / weight_sum_);
  }
}

void DescentBlock::TakeOutputs(DescentResult& result, DescentState& output_state) {
  while (next_output_ < outputs_.size() && weight_sum_ > outputs_[next_output_].threshold) {
    const std::int64_t lane = outputs_[next_output_++].lane;
    for (std::int64_t c = 0; c < dimension_; ++c) {
      const auto at = static_cast<std::size_t>(c * kDescentBlock + lane);
      output_state.x(first_run_ + lane, c) = before_[at];
      output_state.m(first_run_ + lane, c) = m_[at];
      output_state.n(first_run_ + lane, c) = n_[at];
    }
    for (std::size_t q = 0; q < kQuantities; ++q) {
      result.output[q].Add(now_[q][static_cast<std::size_t>(lane)]);
    }
  }
}

void DescentBlock::Finish(DescentResult& result, DescentState& final_state) const {
  for (std::int64_t i = 0; i < runs_; ++i) {
    const auto lane = static_cast<std::size_t>(i);
    bool finite = true;
    for (std::size_t q = 0; q < kQuantities; ++q) {
      const double average = totals_[q][lane] / weight_sum_;
      finite = finite && std::isfinite(average);
      result.average[q].Add(average);
    }
    double squared = 0;
    for (std::int64_t c = 0; c < dimension_; ++c) {
      const auto at = static_cast<std::size_t>(c * kDescentBlock + i);
      final_state.x(first_run_ + i, c) = x_[at];
      final_state.m(first_run_ + i, c) = m_[at];
      final_state.n(first_run_ + i, c) = n_[at];
      const double from_minimizer = x_[at] - loss_.Minimizer()(c);
      squared += from_minimizer * from_minimizer;
    }
    finite = finite && std::isfinite(squared);
    result.final_distance.Add(std::sqrt(squared));
    result.largest_x = std::max(result.largest_x, largest_[lane]);
    result.diverged += finite ? 0 : 1;
  }
}

}  // namespace adamsde
