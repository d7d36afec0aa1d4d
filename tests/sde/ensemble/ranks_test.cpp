#include <gtest/gtest.h>

#include <atomic>

#include "sde/ensemble/ensemble.h"
#include "sde/ensemble/share.h"
#include "sde/parallel/work_units.h"
#include "tests/support/ensemble_runs.h"
#include "tests/support/sampling.h"
#include "tests/support/thread_ranks.h"

namespace adamsde {
namespace {

using testing::ExpectSameBits;
using testing::ThreadRanks;

/// Short: there are many chains.
EnsembleOptions Options(std::int64_t chains) {
  EnsembleOptions options = testing::OddRun(1);
  options.chains = chains;
  options.burn_in = 3;
  options.record_every = 2;
  options.records = 4;
  return options;
}

struct Fixture {
  SampledSystem system =
      testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, false));
  std::unique_ptr<Stepper> stepper = MakeStepper(system, Scheme::kEulerMaruyama, 0.1, 1);
};

/// Fewer blocks than ranks, groups within a block, more blocks than shards.
TEST(Ranks, AnyNumberGivesTheSameBits) {
  const Fixture f;
  for (const std::int64_t chains :
       {std::int64_t{100}, std::int64_t{1000}, kBlockChains * 1100 + 7}) {
    const EnsembleResult whole = RunEnsemble(*f.stepper, Options(chains));
    for (const int size : {2, 3, 8}) {
      ThreadRanks(size).Run([&](RankGroup& ranks) {
        EnsembleOptions options = Options(chains);
        options.ranks = &ranks;
        ExpectSameBits(whole, RunEnsemble(*f.stepper, options));
      });
    }
  }
}

/// Paused by three ranks at different moments, continued by another number of them each time.
TEST(Ranks, OtherRanksGoOnFromAPause) {
  const Fixture f;
  for (const std::int64_t chains : {std::int64_t{1000}, kBlockChains * 1100 + 7}) {
    const EnsembleResult whole = RunEnsemble(*f.stepper, Options(chains));
    EnsembleProgress progress;
    EnsembleResult result;
    int pauses = -1;
    do {
      const int size = 1 + (++pauses + 2) % 4;
      EnsembleProgress next;
      ThreadRanks(size).Run([&](RankGroup& ranks) {
        EnsembleOptions options = Options(chains);
        options.ranks = &ranks;
        std::atomic<std::int64_t> left = (chains / 400 + 1) * (ranks.Rank() + 1);
        options.pause = [&left] { return --left < 0; };
        EnsembleProgress mine = progress;
        const EnsembleResult ran = RunEnsemble(*f.stepper, options, mine);
        if (!ranks.IsRoot()) return;
        result = ran;
        next = mine;
      });
      progress = next;
    } while (result.paused);
    EXPECT_GT(pauses, 1);
    ExpectSameBits(whole, result);
  }
}

/// What memory is reckoned from, against sums put together block by block.
TEST(Ranks, SumsOfAllRanksAreAsManyAsForetold) {
  for (const std::int64_t chains : {std::int64_t{100}, std::int64_t{6400}, kBlockChains * 1500}) {
    const EnsembleLayout layout(chains, 7);
    EnsembleProgress whole;
    whole.ranges.resize(1);
    whole.ranges.front().end = layout.Blocks();
    for (const int size : {1, 2, 7, 8, 100, 2000}) {
      std::size_t count = 0;
      for (int rank = 0; rank < size; ++rank) {
        for (BlockRange& range : ShareOf(whole, layout, rank, size).ranges) {
          while (range.next < range.end) {
            std::vector<GroupSums> sums = layout.EmptySums(range.next, 1, 0, 0);
            for (GroupSums& s : sums) s.windows.front().count = 1;
            layout.Absorb(std::move(sums), range);
          }
          count += range.sums.size();
        }
      }
      EXPECT_EQ(NumSumsOfRanks(layout, size), static_cast<std::int64_t>(count))
          << chains << " chains, " << size << " ranks";
    }
  }
}

TEST(Ranks, SharesCoverTheRunOnce) {
  const EnsembleLayout layout(64 * 100, 7);
  EnsembleProgress whole;
  whole.ranges.push_back(
      {.begin = 0, .next = 30, .end = 60, .sums = {}, .paused = {}, .divergences = {}});
  whole.ranges.push_back(
      {.begin = 60, .next = 60, .end = 100, .sums = {}, .paused = {}, .divergences = {}});
  for (int size = 1; size < 120; ++size) {
    std::int64_t at = 0;
    std::int64_t left = 0;
    std::int64_t most = 0;
    for (int rank = 0; rank < size; ++rank) {
      std::int64_t mine = 0;
      for (const BlockRange& range : ShareOf(whole, layout, rank, size).ranges) {
        EXPECT_EQ(range.begin, at);
        at = range.end;
        mine += range.end - range.next;
      }
      left += mine;
      most = std::max(most, mine);
    }
    EXPECT_EQ(at, 100);
    EXPECT_EQ(left, 70);
    EXPECT_LE(most, 70 / size + 1) << size;
  }
}

Eigen::MatrixXd Square(std::int64_t k) {
  return Eigen::MatrixXd::Constant(2, 1, static_cast<double>(k * k));
}

TEST(WorkUnits, RanksShareThemAndPausesKeepThem) {
  for (const int size : {1, 3}) {
    std::atomic<int> calls = 0;
    ThreadRanks(size).Run([&](RankGroup& ranks) {
      int polls = 0;
      int pauses = 0;
      ArrayMap saved;
      WorkUnits units({.ranks = &ranks,
                       .pause = [&polls] { return ++polls > 3; },
                       .leave = {},
                       .paused =
                           [&](const ArrayMap& done) {
                             ++pauses;
                             polls = 0;
                             saved = done;
                           },
                       .done = {}});
      const auto count_and_square = [&calls](std::int64_t k) {
        ++calls;
        return Square(k);
      };
      const auto results = units.Run(50, 1, count_and_square);
      for (std::int64_t k = 0; k < 50; ++k)
        EXPECT_EQ(results[static_cast<std::size_t>(k)], Square(k));
      EXPECT_GT(pauses, 2);
      // Another run that is given what was saved at a pause does only the rest.
      std::atomic<int> rest = 0;
      WorkUnits again({.ranks = &ranks, .pause = {}, .leave = {}, .paused = {}, .done = saved});
      const auto repeated = again.Run(50, 1, [&rest](std::int64_t k) {
        ++rest;
        return Square(k);
      });
      EXPECT_LE(rest, 50 - static_cast<int>(saved.matrices.size()));
      EXPECT_EQ(repeated, results);
      EXPECT_EQ(again.Run(1, 1, Square).front(), Square(0)) << "another stage";
    });
    EXPECT_EQ(calls, 50);
  }
}

TEST(WorkUnits, OneThatIsGivenUpIsDoneByTheNextRun) {
  struct Left {};
  for (const int size : {1, 3}) {
    ThreadRanks(size).Run([&](RankGroup& ranks) {
      std::atomic<bool> leave = false;
      ArrayMap saved;
      WorkUnits units({.ranks = &ranks,
                       .pause = [&leave] { return leave.load(); },
                       .leave = [&leave] { return leave.load(); },
                       .paused =
                           [&saved](const ArrayMap& done) {
                             saved = done;
                             throw Left();
                           },
                       .done = {}});
      const auto long_unit = [&](std::int64_t k) -> Eigen::MatrixXd {
        if (k == 20) leave = true;
        units.GiveUpIfLeaving();
        return Square(k);
      };
      EXPECT_THROW(static_cast<void>(units.Run(50, 1, long_unit)), Left);
      EXPECT_EQ(saved.matrices.count("stage0/unit20"), 0U);
      EXPECT_EQ(saved.matrices.count("stage0/unit0"), 1U);
      WorkUnits again({.ranks = &ranks, .pause = {}, .leave = {}, .paused = {}, .done = saved});
      EXPECT_EQ(again.Run(50, 1, Square)[20], Square(20));
    });
  }
}

TEST(WorkUnits, APauseThatIsDueAfterTheLastUnitIsMade) {
  for (const int size : {1, 3}) {
    ThreadRanks(size).Run([&](RankGroup& ranks) {
      // Due on one rank only.
      int pauses = 0;
      std::size_t kept = 0;
      WorkUnits units({.ranks = &ranks,
                       .pause = [&] { return pauses == 0 && ranks.Rank() == size - 1; },
                       .leave = {},
                       .paused =
                           [&](const ArrayMap& done) {
                             ++pauses;
                             kept = done.matrices.size();
                           },
                       .done = {}});
      EXPECT_EQ(units.Run(size, 1, Square).size(), static_cast<std::size_t>(size));
      EXPECT_EQ(pauses, 1);
      EXPECT_EQ(kept, static_cast<std::size_t>(size));
    });
  }
}

TEST(ArrayMap, MessagesRoundTripAndShortOnesAreRefused) {
  ArrayMap arrays;
  arrays.integers["a/b"] = {1, -5, std::int64_t{1} << 60};
  arrays.integers["none"] = {};
  arrays.matrices["m"] = Eigen::MatrixXd::Random(3, 4);
  arrays.matrices["flat"] = Eigen::MatrixXd(0, 7);
  const std::string bytes = ToBytes(arrays);
  const ArrayMap back = FromBytes(bytes);
  EXPECT_EQ(back.integers, arrays.integers);
  EXPECT_EQ(back.Matrix("m"), arrays.Matrix("m"));
  EXPECT_EQ(back.Matrix("flat").cols(), 7);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW((void)FromBytes(std::string_view(bytes).substr(0, size)), std::invalid_argument);
  }
}

}  // namespace
}  // namespace adamsde
