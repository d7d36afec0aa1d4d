#pragma once

#include <functional>
#include <vector>

#include "sde/optimizer/descent.h"

namespace adamsde {

/// Runs in one block: fixed, so that results do not depend on the threads.
inline constexpr std::int64_t kDescentBlock = 32;

/// Weight of iteration k in the averages.
[[nodiscard]] double WeightAt(const DescentOptions& options, std::int64_t k);

/// One block of runs of RunDescent: tiles are components × lanes, lane fastest. Lanes beyond the
/// last run are advanced and never read.
class DescentBlock {
 public:
  DescentBlock(const KnownLoss& loss, const DescentOptions& options, std::int64_t block,
               double total_weight);

  /// @param advance  told of iterations done, now and then
  DescentResult operator()(const std::function<void(std::int64_t)>& advance,
                           DescentState& final_state, DescentState& output_state);

 private:
  using Lanes = std::vector<double>;

  void SetInitial();
  void DrawOutputs(double total_weight);
  void Iterate(std::int64_t k, DescentResult& result);
  void Update(std::int64_t k);
  void Measure(std::int64_t k);
  void Accumulate(double weight);
  void Record(std::int64_t k, DescentResult& result);
  void TakeOutputs(DescentResult& result, DescentState& output_state);
  void Finish(DescentResult& result, DescentState& final_state) const;

  const KnownLoss& loss_;
  const DescentOptions& options_;
  std::int64_t first_run_;
  std::int64_t runs_;  ///< real ones, ≤ kDescentBlock
  std::int64_t dimension_;
  NoiseGenerator noise_;
  Lanes x_, m_, n_, before_, gradient_, noisy_;
  Lanes gap_;
  std::array<Lanes, kQuantities> now_;     ///< of this iteration
  std::array<Lanes, kQuantities> totals_;  ///< weighted, over iterations
  Lanes largest_now_, largest_;
  double weight_sum_ = 0;
  std::size_t next_record_ = 0;
  struct Output {
    double threshold;  ///< taken when the running weight first exceeds it
    std::int64_t lane;
  };
  std::vector<Output> outputs_;  ///< ascending thresholds
  std::size_t next_output_ = 0;
};

}  // namespace adamsde
