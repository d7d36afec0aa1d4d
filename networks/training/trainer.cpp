#include "networks/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "networks/data/augment.h"

namespace adamsde::networks {
namespace {

/// Rows in one call of the network where nothing else fixes their number.
constexpr std::size_t kEvaluationBatch = 500;

std::int64_t StepsPerEpoch(const Data& data, const TrainingOptions& options) {
  const auto n = static_cast<std::int64_t>(data.train.size());
  if (options.epochs < 1) {
    throw std::invalid_argument(
        fmt::format("epochs = {} is not allowed (must be >= 1)", options.epochs));
  }
  if (options.batch_size < 1 || options.batch_size > n) {
    throw std::invalid_argument(
        fmt::format("batch-size = {} is not allowed (must be 1 to the {} training rows)",
                    options.batch_size, n));
  }
  return (n + options.batch_size - 1) / options.batch_size;
}

/// The first entry that is not finite; −1 without.
Eigen::Index FirstNonFinite(const Eigen::VectorXd& values) {
  if (std::isfinite(values.sum())) return -1;
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values(i))) return i;
  }
  return -1;
}

}  // namespace

Batch BatchGatherer::operator()(std::span<const Eigen::Index> rows) {
  const auto features = static_cast<std::size_t>(data_.samples.shape.Features());
  features_.resize(rows.size() * features);
  labels_.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CopyRow(data_.samples, data_.scaling, rows[i], features_.data() + i * features);
    labels_[i] = data_.samples.labels[static_cast<std::size_t>(rows[i])];
  }
  return {.features = features_.data(), .labels = labels_};
}

Batch BatchGatherer::Augmented(std::span<const Eigen::Index> rows, std::uint64_t seed,
                               std::int64_t step) {
  const Batch batch = (*this)(rows);
  if (!data_.flip && data_.shift == 0) return batch;
  const InputShape& shape = data_.samples.shape;
  const auto features = static_cast<std::size_t>(shape.Features());
  scratch_.resize(features);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Augment(DrawAugmentation(seed, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(step),
                             data_.flip, data_.shift),
            shape, features_.data() + i * features, scratch_.data());
  }
  return batch;
}

Score Evaluate(const Network& network, const Data& data, const std::vector<Eigen::Index>& rows) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (rows.empty()) return {.loss = kNone, .accuracy = kNone, .accuracy_stderr = kNone};
  BatchGatherer gather(data);
  double loss = 0;
  std::int64_t correct = 0;
  for (std::size_t at = 0; at < rows.size(); at += kEvaluationBatch) {
    const std::size_t count = std::min(kEvaluationBatch, rows.size() - at);
    const BatchSums sums = network.Evaluate(gather(std::span(rows).subspan(at, count)));
    loss += sums.loss;
    correct += sums.correct;
  }
  const auto n = static_cast<double>(rows.size());
  const double accuracy = static_cast<double>(correct) / n;
  return {.loss = loss / n,
          .accuracy = accuracy,
          .accuracy_stderr = std::sqrt(accuracy * (1 - accuracy) / n)};
}

Trainer::Trainer(Network& network, const Data& data, const TrainingOptions& options)
    : network_(network),
      data_(data),
      options_(options),
      steps_per_epoch_(networks::StepsPerEpoch(data, options)),
      rule_(options, steps_per_epoch_ * options.epochs),
      drawer_({.num_samples = static_cast<std::int64_t>(data.train.size()),
               .batch_size = options.batch_size,
               .sampling = options.sampling,
               .seed = options.seed},
              0, 1),
      gather_(data) {}

TrainingState Trainer::Start() const {
  TrainingState state;
  state.x = network_.InitialParameters(options_.seed);
  state.m = state.n = Eigen::VectorXd::Zero(state.x.size());
  state.buffers = network_.Buffers();
  return state;
}

void Trainer::Run(TrainingState& state, const std::function<bool(const TrainingState&)>& go_on) {
  network_.SetParameters(state.x);
  network_.SetBuffers(state.buffers);
  bool more = true;
  while (more && state.step < Steps() && !state.diverged) {
    Step(state);
    if (!state.diverged && state.step % steps_per_epoch_ == 0) FinishEpoch(state);
    state.buffers = network_.Buffers();
    more = go_on(state);
  }
}

void Trainer::Step(TrainingState& state) {
  rows_.clear();
  for (const Eigen::Index i : drawer_.Draw(0, static_cast<std::uint64_t>(state.step))) {
    rows_.push_back(data_.train[static_cast<std::size_t>(i)]);
  }
  const BatchSums sums = network_.Gradient(gather_.Augmented(rows_, options_.seed, state.step),
                                           Mode::kTraining, gradient_);
  if (options_.ridge > 0) gradient_ += options_.ridge * state.x;
  ApplyUpdate(rule_.Step(state.step), state.x.size(), gradient_.data(), state.x.data(),
              state.m.data(), state.n.data());
  network_.SetParameters(state.x);
  state.epoch_loss += sums.loss;
  state.epoch_correct += sums.correct;
  state.epoch_samples += static_cast<std::int64_t>(rows_.size());
  if (FindDivergence(sums.loss, state)) state.diverged = found_;
  ++state.step;
}

bool Trainer::FindDivergence(double loss, const TrainingState& state) {
  const auto found = [&](const char* what, Eigen::Index at) {
    found_ = {.step = state.step, .layer = network_.BlockOf(at), .what = what};
    return true;
  };
  if (const Eigen::Index at = FirstNonFinite(gradient_); at >= 0) return found("gradient", at);
  if (const Eigen::Index at = FirstNonFinite(state.x); at >= 0) return found("parameters", at);
  return !std::isfinite(loss) && found("loss", network_.Dimension() - 1);
}

void Trainer::FinishEpoch(TrainingState& state) {
  const auto samples = static_cast<double>(state.epoch_samples);
  const Score validation = Evaluate(network_, data_, data_.validation);
  const Score test = Evaluate(network_, data_, data_.test);
  state.curves.push_back({.epoch = state.step / steps_per_epoch_,
                          .learning_rate = rule_.LearningRate(state.step - 1),
                          .train_loss = state.epoch_loss / samples,
                          .train_accuracy = static_cast<double>(state.epoch_correct) / samples,
                          .validation_loss = validation.loss,
                          .validation_accuracy = validation.accuracy,
                          .test_loss = test.loss,
                          .test_accuracy = test.accuracy});
  state.epoch_loss = 0;
  state.epoch_correct = state.epoch_samples = 0;
}

}  // namespace adamsde::networks
