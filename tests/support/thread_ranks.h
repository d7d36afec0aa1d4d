#pragma once

#include <barrier>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sde/parallel/rank_group.h"

namespace adamsde::testing {

/// Ranks that are threads of this process: what MPI's would do, without it.
class ThreadRanks {
 public:
  explicit ThreadRanks(int size) : everyone_(size), messages_(static_cast<std::size_t>(size)) {}

  /// Calls work(ranks) once for each rank, all at the same time.
  void Run(const std::function<void(RankGroup&)>& work) {
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < static_cast<int>(messages_.size()); ++rank) {
      threads.emplace_back([this, rank, &work] {
        Member member(*this, rank);
        work(member);
      });
    }
  }

 private:
  class Member final : public RankGroup {
   public:
    Member(ThreadRanks& all, int rank) : all_(all), rank_(rank) {}
    [[nodiscard]] int Rank() const override { return rank_; }
    [[nodiscard]] int Size() const override { return static_cast<int>(all_.messages_.size()); }
    [[nodiscard]] std::vector<std::string> AllGather(std::string bytes) override {
      all_.messages_[static_cast<std::size_t>(rank_)] = std::move(bytes);
      all_.everyone_.arrive_and_wait();
      std::vector<std::string> messages = all_.messages_;
      all_.everyone_.arrive_and_wait();
      return messages;
    }
    [[nodiscard]] std::string Broadcast(std::string bytes) override {
      return AllGather(std::move(bytes)).front();
    }

   private:
    ThreadRanks& all_;
    int rank_;
  };

  std::barrier<> everyone_;
  std::vector<std::string> messages_;
};

}  // namespace adamsde::testing
