#include "sde/parallel/rank_group.h"

#include <algorithm>
#include <utility>

namespace adamsde {
namespace {

class Single final : public RankGroup {
 public:
  [[nodiscard]] int Rank() const override { return 0; }
  [[nodiscard]] int Size() const override { return 1; }
  [[nodiscard]] std::vector<std::string> AllGather(std::string bytes) override {
    return {std::move(bytes)};
  }
  [[nodiscard]] std::string Broadcast(std::string bytes) override { return bytes; }
};

}  // namespace

int RankGroup::Largest(int number) {
  int largest = number;
  for (const std::string& other : AllGather(std::to_string(number))) {
    largest = std::max(largest, std::stoi(other));
  }
  return largest;
}

RankGroup& Alone() {
  static Single single;
  return single;
}

}  // namespace adamsde
