#include "sde/parallel/work_units.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "sde/ensemble/exception_carrier.h"

namespace adamsde {
namespace {

/// Thrown out of a unit that is given up; no error.
struct GivenUp {};

}  // namespace

WorkUnits::WorkUnits(Options options) : options_(std::move(options)) {}

void WorkUnits::GiveUpIfLeaving() const {
  if (options_.leave && options_.leave()) throw GivenUp();
}

std::string WorkUnits::NameOf(std::int64_t number) const {
  return fmt::format("stage{}/unit{}", stage_, number);
}

void WorkUnits::RunMine(const std::vector<std::int64_t>& left, int threads, const Unit& unit,
                        const std::function<void(std::int64_t)>& finished, ArrayMap& mine) {
  const auto count = static_cast<std::int64_t>(left.size());
  const int size = options_.ranks->Size();
  std::atomic<bool> moved = false;
  ExceptionCarrier carry;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (std::int64_t i = options_.ranks->Rank(); i < count; i += size) {
    // At least one, so that every run gets further.
    if (carry.Caught() || (moved && options_.pause && options_.pause())) continue;
    carry([&] {
      try {
        Eigen::MatrixXd result = unit(left[static_cast<std::size_t>(i)]);
        moved = true;
#pragma omp critical(adamsde_units)
        {
          mine.matrices[NameOf(left[static_cast<std::size_t>(i)])] = std::move(result);
          if (finished) finished(static_cast<std::int64_t>(mine.matrices.size()));
        }
      } catch (const GivenUp&) {
        moved = true;  // the others need not begin
      }
    });
  }
  carry.Rethrow();
}

std::vector<Eigen::MatrixXd> WorkUnits::Run(std::int64_t count, int threads, const Unit& unit,
                                            const std::function<void(std::int64_t)>& finished) {
  ++stage_;
  for (;;) {
    std::vector<std::int64_t> left;
    for (std::int64_t k = 0; k < count; ++k) {
      if (options_.done.matrices.count(NameOf(k)) == 0) left.push_back(k);
    }
    if (left.empty()) break;
    ArrayMap mine;
    RunMine(left, threads, unit, finished, mine);
    for (const std::string& bytes : options_.ranks->AllGather(ToBytes(mine))) {
      ArrayMap part = FromBytes(bytes);
      options_.done.matrices.merge(part.matrices);
    }
    const bool is_whole = [&] {
      for (std::int64_t k = 0; k < count; ++k) {
        if (options_.done.matrices.count(NameOf(k)) == 0) return false;
      }
      return true;
    }();
    if (!options_.paused) continue;
    // After the last unit too, where a pause is due: what follows the stage may take long.
    const bool is_due = options_.pause && options_.pause();
    if (!is_whole || options_.ranks->Largest(is_due ? 1 : 0) != 0) options_.paused(options_.done);
  }
  Results results;
  for (std::int64_t k = 0; k < count; ++k) results.push_back(options_.done.Matrix(NameOf(k)));
  return results;
}

}  // namespace adamsde
