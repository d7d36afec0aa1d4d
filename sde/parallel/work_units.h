#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sde/parallel/array_map.h"
#include "sde/parallel/rank_group.h"

namespace adamsde {

/// Work that comes in stages of numbered units, each with an array as its result: shared among
/// ranks, and kept across pauses. Results do not depend on who does a unit, or when.
class WorkUnits {
 public:
  using Unit = std::function<Eigen::MatrixXd(std::int64_t number)>;

  struct Options {
    RankGroup* ranks = &Alone();
    /// Polled between units, by several threads; true pauses.
    std::function<bool()> pause{};
    /// Whether the run has to end, so that a unit may be given up (GiveUpIfLeaving). Once true it
    /// stays true, and `paused` throws.
    std::function<bool()> leave{};
    /// At a pause, on every rank: all results so far. Goes on when it returns; it may throw.
    std::function<void(const ArrayMap& done)> paused{};
    ArrayMap done{};  ///< what `paused` was given in a run before this one
  };

  explicit WorkUnits(Options options);
  [[nodiscard]] int Ranks() const { return options_.ranks->Size(); }

  /// Called within a long unit, now and then: does not return where the run has to end. The unit
  /// then counts as not begun.
  void GiveUpIfLeaving() const;

  /// The next stage: results of units 0 … count−1, by up to `threads` threads at a time. Stages are
  /// told apart by their number, so they must come in the same order in every run.
  /// @param finished  told how many units are done, by one thread at a time
  [[nodiscard]] std::vector<Eigen::MatrixXd> Run(
      std::int64_t count, int threads, const Unit& unit,
      const std::function<void(std::int64_t)>& finished = {});

 private:
  using Results = std::vector<Eigen::MatrixXd>;

  [[nodiscard]] std::string NameOf(std::int64_t number) const;
  void RunMine(const std::vector<std::int64_t>& left, int threads, const Unit& unit,
               const std::function<void(std::int64_t)>& finished, ArrayMap& mine);

  Options options_;
  std::int64_t stage_ = -1;
};

}  // namespace adamsde
