#include "analysis/bound/certified_minimum.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <stdexcept>
#include <utility>

#include "analysis/bound/brent.h"
#include "analysis/bound/decay_interval.h"

namespace adamsde {
namespace {

constexpr int kFirstNodes = 49;

/// The search over one range; nodes live in a deque, so that intervals can point to them.
class Search {
 public:
  Search(const DecayModel& model, const DecayObjective& objective, DecayTarget target,
         const CertificateOptions& options)
      : model_(model), objective_(objective), target_(target), options_(options) {}

  /// Searches [low, high]. `known` is a value already found elsewhere.
  void Run(double low, double high, double known) {
    best_ = known;
    std::vector<const DecayNode*> nodes = AddNodes(FirstNodes(low, high));
    for (std::size_t k = 0; k + 1 < nodes.size(); ++k) AddInterval(*nodes[k], *nodes[k + 1]);
    while (!active_.empty() && evaluations_ < options_.most_evaluations) {
      if (!SplitActive()) break;
    }
    for (const Interval& i : active_) Settle(i);
    Polish();
  }

  [[nodiscard]] double Best() const { return best_; }
  [[nodiscard]] const DecayNode* BestNode() const { return best_node_; }
  [[nodiscard]] double Lower() const { return settled_; }
  [[nodiscard]] double Rounding() const { return rounding_; }
  [[nodiscard]] int Evaluations() const { return evaluations_; }

 private:
  struct Interval {
    const DecayNode* a;
    const DecayNode* b;
    double lower;
  };

  [[nodiscard]] double Value(const DecayNode& node) const {
    return objective_.Value(model_, node, target_);
  }

  /// The ends, and points spaced evenly in log(λ + the model's smallest scale).
  [[nodiscard]] std::vector<double> FirstNodes(double low, double high) const {
    const double scale = std::min(model_.SmallestScale(), high);
    std::vector<double> lambdas = {low};
    const double ratio = std::log((high + scale) / (low + scale));
    for (int k = 1; k + 1 < kFirstNodes; ++k) {
      const double x = (low + scale) * std::exp(ratio * k / (kFirstNodes - 1)) - scale;
      if (x > lambdas.back() && x < high) lambdas.push_back(x);
    }
    lambdas.push_back(high);
    return lambdas;
  }

  std::vector<const DecayNode*> AddNodes(const std::vector<double>& lambdas) {
    std::vector<const DecayNode*> added;
    for (DecayNode& node : model_.Evaluate(lambdas, true)) {
      nodes_.push_back(node);
      added.push_back(&nodes_.back());
      const double value = Value(node);
      if (value < best_) {
        best_ = value;
        best_node_ = added.back();
      }
    }
    evaluations_ += static_cast<int>(lambdas.size());
    return added;
  }

  [[nodiscard]] double Wanted() const { return best_ - 0.5 * options_.gap * std::abs(best_); }

  void AddInterval(const DecayNode& a, const DecayNode& b) {
    const Interval interval{&a, &b, DecayInterval(model_, objective_, target_, a, b).LowerBound()};
    if (interval.lower >= Wanted()) {
      Settle(interval);
    } else {
      active_.push_back(interval);
    }
  }

  void Settle(const Interval& i) {
    const double rounding = std::max(objective_.Rounding(model_, *i.a, target_),
                                     objective_.Rounding(model_, *i.b, target_));
    if (i.lower - rounding >= settled_) return;
    settled_ = i.lower - rounding;
    rounding_ = rounding;
  }

  /// The zero of the slope between the ends where there is one, kept away from them; else the
  /// middle in log(λ + scale).
  [[nodiscard]] double SplitPoint(const Interval& i) const {
    const double a = i.a->lambda;
    const double b = i.b->lambda;
    const double slope_a = objective_.Slope(model_, *i.a, target_);
    const double slope_b = objective_.Slope(model_, *i.b, target_);
    const double scale = model_.SmallestScale();
    if (slope_a < 0 && slope_b > 0 && b - a < 0.2 * (a + scale)) {
      const double root = a + (b - a) * (-slope_a / (slope_b - slope_a));
      return std::clamp(root, a + 0.05 * (b - a), b - 0.05 * (b - a));
    }
    const double middle = std::sqrt((a + scale) * (b + scale)) - scale;
    return middle > a && middle < b ? middle : 0.5 * (a + b);
  }

  /// Splits all intervals that may hold a better value. False when they are too narrow to.
  bool SplitActive() {
    std::vector<Interval> split;
    for (const Interval& i : std::exchange(active_, {})) {
      if (i.lower >= Wanted()) {
        Settle(i);
      } else {
        split.push_back(i);
      }
    }
    std::vector<double> points;
    points.reserve(split.size());
    for (const Interval& i : split) points.push_back(SplitPoint(i));
    for (std::size_t k = 0; k < split.size(); ++k) {
      if (points[k] > split[k].a->lambda && points[k] < split[k].b->lambda) continue;
      active_ = std::move(split);
      return false;
    }
    const std::vector<const DecayNode*> middles = AddNodes(points);
    for (std::size_t k = 0; k < split.size(); ++k) {
      AddInterval(*split[k].a, *middles[k]);
      AddInterval(*middles[k], *split[k].b);
    }
    return true;
  }

  /// Moves the best node to the zero of the slope beside it, as far as values improve.
  void Polish() {
    if (best_node_ == nullptr) return;
    const DecayNode* left = nullptr;
    const DecayNode* right = nullptr;
    for (const DecayNode& node : nodes_) {
      if (node.lambda < best_node_->lambda && (!left || node.lambda > left->lambda)) left = &node;
      if (node.lambda > best_node_->lambda && (!right || node.lambda < right->lambda))
        right = &node;
    }
    const double slope = objective_.Slope(model_, *best_node_, target_);
    const DecayNode* const other = slope > 0 ? left : right;
    if (slope == 0 || other == nullptr) return;
    if ((objective_.Slope(model_, *other, target_) > 0) == (slope > 0)) return;
    const auto slope_at = [&](double lambda) {
      ++evaluations_;
      return objective_.Slope(model_, model_.Evaluate(std::span(&lambda, 1), true)[0], target_);
    };
    const double root = FindRoot(slope_at, std::min(other->lambda, best_node_->lambda),
                                 std::max(other->lambda, best_node_->lambda));
    const double allowed = 2 * objective_.Rounding(model_, *best_node_, target_);
    const DecayNode node = model_.Evaluate(std::span(&root, 1), true)[0];
    if (Value(node) > best_ + allowed) return;
    nodes_.push_back(node);
    best_node_ = &nodes_.back();
    best_ = std::min(best_, Value(node));
  }

  const DecayModel& model_;
  const DecayObjective& objective_;
  DecayTarget target_;
  const CertificateOptions& options_;
  std::deque<DecayNode> nodes_;
  std::vector<Interval> active_;
  double best_ = std::numeric_limits<double>::infinity();
  const DecayNode* best_node_ = nullptr;
  double settled_ = std::numeric_limits<double>::infinity();
  double rounding_ = 0;  // contained in settled_
  int evaluations_ = 0;
};

/// What the objective is never below beyond a node: log det falls, the rest is ≥ 0 or rises.
double TailBound(const DecayModel& model, const DecayObjective& o, DecayTarget target,
                 DecayNode node) {
  node.trace = 0;
  if (model.MeanMoves()) node.mean_square = 0;
  node.noise_risk = 0;
  return o.Value(model, node, target);
}

/// Looks beyond lambda_max until nothing better can come.
void SearchBeyond(const DecayModel& model, const DecayObjective& objective, DecayTarget target,
                  const CertificateOptions& options, CertifiedMinimum& minimum) {
  const double known = minimum.value;
  double end = options.lambda_max;
  for (int k = 0; k < 60; ++k, end *= 10) {
    if (!std::isfinite(end)) return;
    const DecayNode node = model.Evaluate(std::span(&end, 1), true)[0];
    ++minimum.evaluations;
    if (k > 0 && objective.Value(model, node, target) < known) {
      minimum.global = false;
      minimum.better_beyond = end;
      return;
    }
    if (TailBound(model, objective, target, node) >= known) {
      if (k == 0) {
        minimum.global = true;
        return;
      }
      Search search(model, objective, target, options);
      search.Run(options.lambda_max, end, known);
      minimum.evaluations += search.Evaluations();
      if (search.BestNode() != nullptr && search.Best() < known) {
        minimum.global = false;
        minimum.better_beyond = search.BestNode()->lambda;
      } else if (search.Lower() >= known - options.gap * std::abs(known) - search.Rounding()) {
        minimum.global = true;
      }
      return;
    }
  }
}

}  // namespace

void Validate(const CertificateOptions& options) {
  if (!(options.lambda_min >= 0 && options.lambda_max > options.lambda_min &&
        std::isfinite(options.lambda_max))) {
    throw std::invalid_argument(
        fmt::format("lambda range [{}, {}] is not allowed (0 <= lambda-min < lambda-max)",
                    options.lambda_min, options.lambda_max));
  }
  if (!(options.gap > 0 && options.gap < 1)) {
    throw std::invalid_argument(
        fmt::format("gap = {} is not allowed (must be in (0, 1))", options.gap));
  }
}

CertifiedMinimum MinimizeOverDecay(const DecayModel& model, const DecayObjective& objective,
                                   DecayTarget target, const CertificateOptions& options) {
  Validate(options);
  Search search(model, objective, target, options);
  search.Run(options.lambda_min, options.lambda_max, std::numeric_limits<double>::infinity());
  CertifiedMinimum minimum{.lambda = search.BestNode()->lambda,
                           .value = search.Best(),
                           .rounding = search.Rounding(),
                           .evaluations = search.Evaluations()};
  const double lower = std::min(search.Lower(), minimum.value);
  minimum.lower_bound = lower;
  minimum.certified =
      minimum.value - lower <= options.gap * std::abs(minimum.value) + minimum.rounding;
  if (!minimum.certified) {
    minimum.reason = fmt::format("the search stopped after {} evaluations", minimum.evaluations);
  }
  SearchBeyond(model, objective, target, options, minimum);
  return minimum;
}

}  // namespace adamsde
