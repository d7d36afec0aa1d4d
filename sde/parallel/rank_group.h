#pragma once

#include <string>
#include <vector>

namespace adamsde {

/// The processes that share a run. Every method is called by all ranks, in the same order, from
/// outside parallel regions.
class RankGroup {
 public:
  virtual ~RankGroup() = default;
  [[nodiscard]] virtual int Rank() const = 0;
  [[nodiscard]] virtual int Size() const = 0;
  /// Everyone's bytes, by rank, on every rank.
  [[nodiscard]] virtual std::vector<std::string> AllGather(std::string bytes) = 0;
  /// The root's bytes, on every rank.
  [[nodiscard]] virtual std::string Broadcast(std::string bytes) = 0;

  [[nodiscard]] bool IsRoot() const { return Rank() == 0; }
  /// The largest of everyone's numbers, on every rank.
  [[nodiscard]] int Largest(int number);
};

/// This process alone.
[[nodiscard]] RankGroup& Alone();

}  // namespace adamsde
