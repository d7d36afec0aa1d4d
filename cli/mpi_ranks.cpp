#include "cli/mpi_ranks.h"

#include <cstdlib>
#include <stdexcept>
#include <utility>

#ifdef ADAMSDE_WITH_MPI
#include <fmt/format.h>
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#endif

namespace adamsde {
namespace {

/// How many processes a launcher says there are; 0 without one.
int LaunchedProcesses() {
  for (const char* const name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const char* const size = std::getenv(name)) return std::atoi(size);
  }
  // Slurm's PMIx tells the size through MPI only.
  return std::getenv("PMIX_RANK") == nullptr ? 0 : 2;
}

#ifdef ADAMSDE_WITH_MPI

void Check(int code, const char* what) {
  if (code != MPI_SUCCESS) throw std::runtime_error(fmt::format("MPI failed ({})", what));
}

/// Messages above this size go in parts: MPI counts in int.
constexpr std::size_t kPart = std::size_t{1} << 30;

class MpiRanks final : public RankGroup {
 public:
  MpiRanks() {
    int provided = 0;
    Check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "initialization");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  MpiRanks(const MpiRanks&) = delete;
  MpiRanks& operator=(const MpiRanks&) = delete;
  ~MpiRanks() override { MPI_Finalize(); }

  [[nodiscard]] int Rank() const override { return rank_; }
  [[nodiscard]] int Size() const override { return size_; }

  [[nodiscard]] std::vector<std::string> AllGather(std::string bytes) override {
    WaitForAll();
    std::vector<std::string> all(static_cast<std::size_t>(size_));
    all[static_cast<std::size_t>(rank_)] = std::move(bytes);
    for (int from = 0; from < size_; ++from) Send(from, all[static_cast<std::size_t>(from)]);
    return all;
  }

  [[nodiscard]] std::string Broadcast(std::string bytes) override {
    WaitForAll();
    Send(0, bytes);
    return bytes;
  }

 private:
  /// Ranks may be minutes apart; a waiting one leaves its core to others.
  static void WaitForAll() {
    MPI_Request request = MPI_REQUEST_NULL;
    Check(MPI_Ibarrier(MPI_COMM_WORLD, &request), "barrier");
    for (int arrived = 0;;) {
      Check(MPI_Test(&request, &arrived, MPI_STATUS_IGNORE), "barrier");
      if (arrived != 0) return;
      ::usleep(500);
    }
  }

  static void Send(int from, std::string& bytes) {
    unsigned long long size = bytes.size();
    Check(MPI_Bcast(&size, 1, MPI_UNSIGNED_LONG_LONG, from, MPI_COMM_WORLD), "size");
    bytes.resize(size);
    for (std::size_t at = 0; at < size; at += kPart) {
      const auto part = static_cast<int>(std::min<std::size_t>(kPart, size - at));
      Check(MPI_Bcast(bytes.data() + at, part, MPI_BYTE, from, MPI_COMM_WORLD), "data");
    }
  }

  int rank_ = 0;
  int size_ = 1;
};

#endif

}  // namespace

std::shared_ptr<RankGroup> StartRanks() {
  if (LaunchedProcesses() == 0) return {&Alone(), [](RankGroup*) {}};
#ifdef ADAMSDE_WITH_MPI
  return std::make_shared<MpiRanks>();
#else
  if (LaunchedProcesses() > 1) {
    throw std::runtime_error(
        "several processes were started, but this program was built without MPI install "
        "libopenmpi-dev and build again, or start one process");
  }
  return {&Alone(), [](RankGroup*) {}};
#endif
}

void EndAllRanks([[maybe_unused]] const RankGroup& ranks, [[maybe_unused]] int exit_code) {
#ifdef ADAMSDE_WITH_MPI
  if (ranks.Size() > 1) MPI_Abort(MPI_COMM_WORLD, exit_code);
#endif
}

}  // namespace adamsde
